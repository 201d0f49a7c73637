"""What several measurements share: noisy runs, fractions correct, decoders and state spaces."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np
import pandas as pd
import torch
from numpy.typing import NDArray
from sklearn.decomposition import PCA
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import StratifiedKFold, cross_val_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from replicortex.primer.job import Trained
from replicortex.primer.network import Run
from replicortex.primer.trials import Trials
from replicortex.random_streams import generator

Array = NDArray[np.float64]
N_TEST = 2000  # trials of a test
FOLDS = 5


class Tested(NamedTuple):
    """Trials and what a network did with them; recurrent noise included."""

    trials: Trials
    run: Run


def tested(one: Trained, purpose: str, n_trials: int = N_TEST, **fixed: object) -> Tested:
    """Fresh trials of a stream named by experiment, network and purpose, run with recurrent noise."""
    rng = generator(one.experiment.name, one.label, "measure", purpose)
    trials = one.task.draw(n_trials, rng, **fixed)
    noise = torch.Generator().manual_seed(int(rng.integers(2**63)))
    return Tested(trials, one.network.run(trials.inputs, noise))


def right(one: Trained, found: Tested) -> NDArray[np.bool_]:
    """(trial,) whether the choice was right."""
    correct: NDArray[np.bool_] = one.task.choices(found.run.outputs, found.trials) == found.trials.truth
    return correct


def accuracy_rows(label: str, correct: NDArray[np.bool_], by: Array) -> pd.DataFrame:
    """network, coherence, n_correct, n_trials: a row per value of a condition."""
    counts = pd.DataFrame({"coherence": by, "correct": correct}).groupby("coherence")["correct"].agg(["sum", "size"])
    table = counts.reset_index().set_axis(["coherence", "n_correct", "n_trials"], axis=1)
    table.insert(0, "network", label)
    return table.astype({"n_correct": int})


def decoded(
    features: NDArray[np.floating], labels: Sequence[object] | NDArray[np.generic], balanced: bool = False
) -> float:
    """Fraction of labels that logistic regression reads off features (trial, feature), cross-validated in 5 folds.

    Balanced: the mean over labels of the fraction of each, so that a frequent label gives nothing away.
    """
    values = np.asarray(labels)
    folds = min(FOLDS, int(np.unique(values, return_counts=True)[1].min()))
    if folds < 2 or len(np.unique(values)) < 2:
        return float("nan")
    decoder = make_pipeline(StandardScaler(), LogisticRegression(max_iter=1000))
    split = StratifiedKFold(folds, shuffle=True, random_state=0)
    scoring = "balanced_accuracy" if balanced else "accuracy"
    return float(cross_val_score(decoder, features, values, cv=split, scoring=scoring).mean())


class Space(NamedTuple):
    """A state space: its axes (component, unit), the mean (unit,), and the share of variance along each."""

    axes: Array
    mean: Array
    explained: Array

    def project(self, rates: Array) -> Array:
        """(..., unit) -> (..., component)."""
        projected: Array = (rates - self.mean) @ self.axes.T
        return projected


def state_space(rates: Array, components: int = 3) -> Space:
    """Principal components of (..., unit), over everything else; of silent units the axes are zero."""
    flat = np.asarray(rates, dtype=float).reshape(-1, rates.shape[-1])
    fewer = min(components, *flat.shape)
    if np.ptp(flat, axis=0).max() == 0:
        return Space(np.zeros((components, flat.shape[1])), flat.mean(0), np.zeros(components))
    found = PCA(fewer, svd_solver="full").fit(flat)
    axes = np.zeros((components, flat.shape[1]))
    axes[:fewer] = found.components_
    axes *= np.where(axes.sum(1) < 0, -1, 1)[:, None]  # the sign of a component is arbitrary
    shares = np.zeros(components)
    shares[:fewer] = found.explained_variance_ratio_
    return Space(axes, found.mean_, shares)


def condition_means(rates: Array, groups: Sequence[NDArray[np.bool_]]) -> Array:
    """(group, time, unit) mean over the trials of each group of (time, trial, unit); nan for an empty one."""
    empty = np.full((rates.shape[0], rates.shape[2]), np.nan)
    return np.stack([rates[:, group].mean(1) if group.any() else empty for group in groups])


def trajectory_rows(
    label: str, space: Space, means: Array, times: NDArray[np.floating], columns: Mapping[str, Sequence[object]]
) -> pd.DataFrame:
    """network, columns of each condition, time_ms, pc1, pc2, pc3, explained_1 .. 3: a row per condition and time."""
    points = space.project(means)
    n, steps = points.shape[:2]
    table = pd.DataFrame({"network": label, **{name: np.repeat(list(v), steps) for name, v in columns.items()}})
    table["time_ms"] = np.tile(times, n)
    for i in range(3):
        table[f"pc{i + 1}"] = points[:, :, i].ravel()
        table[f"explained_{i + 1}"] = space.explained[i]
    return table.dropna(subset=["pc1"]).reset_index(drop=True)


def sample_rows(one: Trained, found: Tested, trial: int = 0) -> pd.DataFrame:
    """network, task, dt_ms, time_ms, kind (input, target, output, probability, decision), channel, value: one trial."""
    trials, run = found
    output = run.outputs[:, trial].astype(float)
    exponent = np.exp(output - output.max(-1, keepdims=True))
    shown = {
        "input": (one.task.input_lines, trials.inputs[:, trial]),
        "target": (one.task.output_lines, trials.targets[:, trial]),
        "output": (one.task.output_lines, output),
        "probability": (one.task.output_lines, exponent / exponent.sum(-1, keepdims=True)),
        "decision": (("decision",), trials.during("decision")[:, trial : trial + 1]),
    }
    parts = [
        pd.DataFrame(
            {"time_ms": np.arange(len(values)) * trials.dt, "kind": kind, "channel": name, "value": values[:, i]}
        )
        for kind, (names, values) in shown.items()
        for i, name in enumerate(names)
    ]
    table = pd.concat(parts, ignore_index=True)
    table.insert(0, "network", one.label)
    table.insert(1, "task", one.experiment.task.name)
    table.insert(2, "dt_ms", trials.dt)
    return table.astype({"value": float})

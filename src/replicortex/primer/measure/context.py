"""Context-dependent decisions: psychometric functions per context, and axes of choice, motion and colour by regression
(Mante, Sussillo, Shenoy & Newsome 2013)."""

from collections.abc import Mapping

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from sklearn.decomposition import PCA
from sklearn.linear_model import LinearRegression, LogisticRegression

from replicortex.primer.context import CONTEXTS
from replicortex.primer.job import Trained
from replicortex.primer.measure.common import Tested, accuracy_rows, condition_means, right, tested

Array = NDArray[np.float64]
N_TRIALS = 2500
DENOISED = 12  # principal components that the axes are confined to, as in the paper
AXES = ("choice", "motion", "colour")


def tables(experiment: str, networks: Mapping[str, Trained]) -> dict[str, pd.DataFrame]:
    """Tables accuracy, context_choices, context_weights and trajectories of all networks."""
    parts: dict[str, list[pd.DataFrame]] = {}
    for one in networks.values():
        found = tested(one, "test", N_TRIALS)
        made = {
            "accuracy": accuracy_rows(one.label, right(one, found), found.trials.conditions["coherence"]),
            "context_choices": choice_rows(one, found),
            "context_weights": weight_rows(one, found),
            "trajectories": state_rows(one, found),
        }
        for name, table in made.items():
            parts.setdefault(name, []).append(table)
    return {name: pd.concat(each, ignore_index=True) for name, each in parts.items()}


def choice_rows(one: Trained, found: Tested) -> pd.DataFrame:
    """network, context, modality, coherence (signed), n_choice1, n_trials."""
    conditions = found.trials.conditions
    first = one.task.choices(found.run.outputs, found.trials) == 1
    rows = []
    for context, name in enumerate(CONTEXTS, start=1):
        for modality in CONTEXTS:
            for coherence in np.unique(conditions[modality]):
                mask = (conditions["context"] == context) & (conditions[modality] == coherence)
                rows.append((one.label, name, modality, coherence, int(first[mask].sum()), int(mask.sum())))
    return pd.DataFrame(rows, columns=["network", "context", "modality", "coherence", "n_choice1", "n_trials"])


def weight_rows(one: Trained, found: Tested) -> pd.DataFrame:
    """network, context, modality, weight: of the signed coherence in a logistic regression of choices on both."""
    conditions = found.trials.conditions
    first = one.task.choices(found.run.outputs, found.trials) == 1
    rows = []
    for context, name in enumerate(CONTEXTS, start=1):
        mask = conditions["context"] == context
        x = np.stack([conditions[modality][mask] for modality in CONTEXTS], axis=1)
        both = len(np.unique(first[mask])) == 2
        weights = LogisticRegression().fit(x, first[mask]).coef_[0] if both else np.zeros(2)
        rows += [(one.label, name, modality, float(w)) for modality, w in zip(CONTEXTS, weights, strict=True)]
    return pd.DataFrame(rows, columns=["network", "context", "modality", "weight"])


def axes(one: Trained, found: Tested) -> tuple[Array, Array, Array]:
    """Orthonormal axes of choice, motion and colour (3, unit), and mean and scale of each unit (unit,).

    Per unit and step of the stimulus the z-scored rate is regressed on choice, motion, colour (each scaled to 1 at
    most) and context, over correct trials. The vectors of coefficients are confined to the first 12 principal
    components of the condition averages; for each variable the vector of the step where it is longest is taken; the
    axes are orthogonalised in the order choice, motion, colour (the paper's targeted dimensionality reduction).
    """
    trials, conditions = found.trials, found.trials.conditions
    kept = right(one, found)
    start, end = (int(edge[0]) for edge in trials.periods["stimulus"])
    rates = found.run.rates[start:end][:, kept].astype(float)
    mean, scale = rates.mean((0, 1)), rates.std((0, 1)) + 1e-9
    z = (rates - mean) / scale
    sign = np.where(trials.truth == 1, 1.0, -1.0)
    variables = [sign, *(conditions[m] / np.abs(conditions[m]).max() for m in CONTEXTS), conditions["context"] - 1.5]
    x = np.stack([v[kept] for v in variables], axis=1)
    fitted = np.stack([LinearRegression().fit(x, step).coef_[:, :3].T for step in z])  # (time, variable, unit)
    groups = [(x[:, 0] == c) & (x[:, 3] == k) for c in (-1, 1) for k in (-0.5, 0.5)]
    averages = condition_means(z, groups)
    flat = averages[~np.isnan(averages).any((1, 2))].reshape(-1, z.shape[-1])
    basis = PCA(min(DENOISED, *flat.shape), svd_solver="full").fit(flat).components_
    confined = fitted @ basis.T @ basis
    longest = np.linalg.norm(confined, axis=2).argmax(0)
    vectors = np.stack([confined[longest[i], i] for i in range(3)])
    q, r = np.linalg.qr(vectors.T)
    return (q * np.sign(np.diag(r) + 1e-30)).T, mean, scale


def state_rows(one: Trained, found: Tested) -> pd.DataFrame:
    """network, context, modality, coherence, time_ms, choice, motion, colour: mean trajectories of correct trials.

    In each context trials are sorted by the signed coherence of either modality; the three columns are projections.
    """
    found_axes, mean, scale = axes(one, found)
    trials, conditions, kept = found.trials, found.trials.conditions, right(one, found)
    start, end = (int(edge[0]) for edge in trials.periods["stimulus"])
    points = ((found.run.rates[start:end].astype(float) - mean) / scale) @ found_axes.T
    parts = []
    for context, name in enumerate(CONTEXTS, start=1):
        for modality in CONTEXTS:
            for coherence in np.unique(conditions[modality]):
                mask = kept & (conditions["context"] == context) & (conditions[modality] == coherence)
                if mask.any():
                    part = pd.DataFrame(points[:, mask].mean(1), columns=list(AXES))
                    part.insert(0, "time_ms", np.arange(end - start) * trials.dt)
                    parts.append(part.assign(network=one.label, context=name, modality=modality, coherence=coherence))
    return pd.concat(parts, ignore_index=True)[["network", "context", "modality", "coherence", "time_ms", *AXES]]

"""Trials and scores against data that the authors' own program produced."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from replicortex.tasks import decode_direction, generate, score

DATA = Path(__file__).parent / "data"


def _recorded() -> list:
    """Every rule of every golden_trials_*.npz that has a .json beside it."""
    found = []
    for path in sorted(DATA.glob("golden_trials_*.npz")):
        about = json.loads(path.with_suffix(".json").read_text())["rules"]
        found += [pytest.param(path, rule, about[rule], id=f"{path.stem}-{rule}") for rule in about]
    return found


class Recorded:
    """Arrays of one rule, expanded from their piecewise constant form."""

    def __init__(self, path: Path, rule: str) -> None:
        with np.load(path) as data:
            self._data = {key: data[key] for key in data if key.startswith(f"{rule}__")}
        self._rule = rule

    def scalar(self, name: str) -> np.ndarray:
        return self._data[f"{self._rule}__{name}"]

    def array(self, name: str) -> np.ndarray:
        starts = np.append(self.scalar(f"{name}__starts"), self.scalar("n_time"))
        return np.repeat(self.scalar(f"{name}__rows"), np.diff(starts), axis=0)


def test_recorded_trials_are_there() -> None:
    assert len(_recorded()) >= 10


@pytest.mark.parametrize(("path", "rule", "about"), _recorded())
def test_trials_agree_with_the_original_generator(path: Path, rule: str, about: dict) -> None:
    recorded = Recorded(path, rule)
    squared = generate(rule, mode="test", noise=False)
    entropy = generate(rule, mode="test", noise=False, loss="cross_entropy")
    # equally strong stimuli: which one the original picked is rounding, so targets are compared without them
    clear = ~recorded.scalar("tie")

    np.testing.assert_allclose(squared.x, recorded.array("x"), rtol=0, atol=1e-6)
    np.testing.assert_allclose(squared.y[:, clear], recorded.array("y")[:, clear], rtol=0, atol=1e-6)
    np.testing.assert_allclose(squared.y_loc[:, clear], recorded.array("y_loc")[:, clear], rtol=0, atol=1e-6)
    np.testing.assert_array_equal(squared.mask, recorded.array("c_mask"))
    np.testing.assert_array_equal(entropy.x, squared.x)
    np.testing.assert_allclose(entropy.y[:, clear], recorded.array("y_xent")[:, clear], rtol=0, atol=1e-6)
    np.testing.assert_array_equal(entropy.y_loc, squared.y_loc)
    np.testing.assert_array_equal(entropy.mask, recorded.array("c_mask_xent"))
    assert list(squared.epochs) == about["epoch_names"]
    np.testing.assert_array_equal(list(squared.epochs.values()), recorded.scalar("epochs"))
    for trial in (squared, entropy):
        assert {array.dtype for array in (trial.x, trial.y, trial.y_loc, trial.mask)} == {np.dtype(np.float32)}


@pytest.mark.parametrize("case", ["uniform", "noisy_bumps", "history_ignored", "limit_and_wrap", "fixation_threshold"])
def test_scores_agree_with_the_original_scorer(case: str) -> None:
    with np.load(DATA / "golden_perf.npz") as data:
        output, location, expected, direction = (
            data[f"{case}__{name}"] for name in ("y_hat", "y_loc", "perf", "popvec")
        )
    np.testing.assert_array_equal(score(output, location), expected)
    np.testing.assert_allclose(decode_direction(output[-1]), direction, rtol=0, atol=1e-9)

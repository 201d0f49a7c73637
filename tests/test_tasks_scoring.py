"""The scorer's rules, case by case."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from replicortex.tasks import RULE_SETS, circular_distance, decode_direction, generate, score
from replicortex.tasks.ring import bumps


def outputs(fixation: float, direction: float) -> np.ndarray:
    """(1, 1, 33)."""
    return np.concatenate([[fixation], 0.05 + bumps(direction)])[None, None]


@pytest.mark.parametrize("task", RULE_SETS["all"].tasks)
@pytest.mark.parametrize("loss", ["squared", "cross_entropy"])
def test_the_target_itself_is_correct(task: str, loss: str) -> None:
    trial = generate(task, rng=np.random.default_rng(1), noise=False, loss=loss)
    assert (score(trial.y, trial.y_loc) == 1).all()


@pytest.mark.parametrize(
    ("fixation", "direction", "target", "correct"),
    [
        (0.1, 1.0, 1.0 + 0.199 * math.pi, 1),
        (0.1, 1.0, 1.0 + 0.201 * math.pi, 0),
        (0.1, 0.1, 2 * math.pi - 0.1, 1),
        (0.6, 1.0, 1.0, 0),
        (0.5, 1.0, 1.0, 1),
        (0.5 + 1e-12, 1.0, 1.0, 1),  # 0.5 in single precision
        (0.5000001, 1.0, 1.0, 0),
        (0.8, 1.0, -1.0, 1),
        (0.5, 1.0, -1.0, 0),
        (0.1, 1.0, -1.0, 0),
        (math.nan, 1.0, 1.0, 0),
        (math.nan, 1.0, -1.0, 0),
    ],
)
def test_criterion(fixation: float, direction: float, target: float, correct: int) -> None:
    assert score(outputs(fixation, direction), np.array([[target]])) == [correct]


def test_only_the_last_step_counts() -> None:
    broken = np.concatenate([outputs(0.0, 3.0), outputs(0.8, 3.0)])
    assert score(broken, np.full((2, 1), -1.0)) == [1]


def test_axes_in_front_are_kept() -> None:
    trial = generate("fdgo", mode="test", noise=False)
    assert score(np.stack([trial.y, 1 - trial.y]), trial.y_loc).tolist() == [[1.0] * 40, [0.0] * 40]


@given(st.floats(0, 2 * math.pi, exclude_max=True), st.sampled_from([16, 32, 64]))
def test_decoding_inverts_coding(direction: float, ring: int) -> None:
    activity = bumps(direction, ring)
    decoded = decode_direction(activity, ring)
    assert 0 <= decoded < 2 * math.pi
    assert circular_distance(decoded, direction) < 1e-3
    assert decode_direction(np.concatenate([[0.9], activity]), ring) == decoded


def test_wrong_shapes() -> None:
    with pytest.raises(ValueError, match=r"\(40, 33\).*\(100, 40\)"):
        score(np.zeros((40, 33)), np.zeros((100, 40)))
    with pytest.raises(ValueError, match="same trials"):
        score(np.zeros((5, 4, 33)), np.zeros((5, 3)))
    with pytest.raises(ValueError, match=r"the ring \(32\) or the whole output \(33\)"):
        decode_direction(np.zeros(31))

"""Random mode: every draw has the distribution that the paper's program gives it."""

from __future__ import annotations

import math
from collections.abc import Iterable

import numpy as np
import pytest
from scipy import stats

from replicortex.tasks import RULE_SETS, TASKS, circular_distance, generate
from replicortex.tasks.coding import to_steps
from replicortex.tasks.timing import boundaries

RULES = RULE_SETS["all"].tasks
DM = ("dm1", "dm2", "contextdm1", "contextdm2", "multidm")
DELAY_DM = ("delaydm1", "delaydm2", "contextdelaydm1", "contextdelaydm2", "multidelaydm")
N = 8000
UNLIKELY = 1e-4  # of each test, at fixed seeds

# steps at dt 20: a real draw U(100, 400) gives 5..19, never 20
SHORT, DELAYS = (10, 20, 30), (10, 20, 40, 80)
DM_STEPS = (range(5, 20), (20, 40, 80), (25,))
DELAY_DM_STEPS = (SHORT, SHORT, DELAYS, SHORT, range(5, 15), (25,))
STEPS: dict[str, tuple] = {
    **dict.fromkeys(("fdgo", "fdanti"), (range(15, 35), range(25, 75), (25,))),
    **dict.fromkeys(("reactgo", "reactanti"), (range(25, 125), (25,))),
    **dict.fromkeys(("delaygo", "delayanti"), ((15, 25, 35), SHORT, DELAYS, (25,))),
    **dict.fromkeys(DM, DM_STEPS),
    **dict.fromkeys(DELAY_DM, DELAY_DM_STEPS),
    **dict.fromkeys(("dmsgo", "dmsnogo"), (SHORT, SHORT, DELAYS, (25,))),
    **dict.fromkeys(("dmcgo", "dmcnogo"), (SHORT, SHORT, DELAYS, SHORT)),
    "oic": (range(5, 30), (50,), (25,)),
    "dmc": (range(5, 30), (50,), (50,), (25,)),
}
MEAN_LENGTH = {
    **dict.fromkeys(("fdgo", "fdanti"), 99.0),
    **dict.fromkeys(("reactgo", "reactanti"), 99.5),
    **dict.fromkeys(("delaygo", "delayanti"), 107.5),
    **dict.fromkeys(DM, 83 + 2 / 3),
    **dict.fromkeys(DELAY_DM, 132.0),
    **dict.fromkeys(("dmsgo", "dmsnogo"), 102.5),
    **dict.fromkeys(("dmcgo", "dmcnogo"), 97.5),
}


def equally_often(drawn: np.ndarray, values: Iterable[float], tolerance: float = 1e-9) -> None:
    """Chi-square: ``drawn`` takes exactly these values, each equally often."""
    wanted = np.array(list(values), dtype=float)
    nearest = np.abs(np.asarray(drawn, dtype=float)[:, None] - wanted).argmin(axis=1)
    assert np.abs(drawn - wanted[nearest]).max() <= tolerance
    if len(wanted) > 1:
        assert stats.chisquare(np.bincount(nearest, minlength=len(wanted))).pvalue > UNLIKELY


def uniform(drawn: np.ndarray, low: float, high: float) -> None:
    """Kolmogorov-Smirnov: ``drawn`` is uniform between the limits."""
    assert stats.kstest(drawn, stats.uniform(low, high - low).cdf).pvalue > UNLIKELY


def draw(task: str, easy: bool = False) -> dict[str, np.ndarray]:
    return TASKS[task].conditions.draw(np.random.default_rng(5), N, easy)


@pytest.mark.parametrize("task", STEPS)
def test_durations(task: str) -> None:
    rng = np.random.default_rng(11)
    timing = TASKS[task].timing
    edges = np.array([boundaries(timing, "random", lambda ms: to_steps(ms, 20), rng, {}) for _ in range(3000)])
    lengths = np.diff(edges)
    for column, values in zip(lengths.T, STEPS[task], strict=True):
        equally_often(column, values)
    # periods are drawn independently of one another
    varying = lengths[:, lengths.std(axis=0) > 0]
    correlation = np.corrcoef(varying.T).reshape(varying.shape[1], -1) - np.eye(varying.shape[1])
    assert np.abs(correlation).max() < 5 / math.sqrt(3000)


@pytest.mark.parametrize("task", RULES)
def test_mean_length(task: str) -> None:
    rng = np.random.default_rng(8)
    lengths = np.array([len(generate(task, batch=1, rng=rng, noise=False).x) for _ in range(400)])
    sd = math.sqrt(sum(np.var(list(values)) for values in STEPS[task]))
    assert abs(lengths.mean() - MEAN_LENGTH[task]) < 4 * sd / math.sqrt(len(lengths))
    assert math.isclose(sum(np.mean(list(values)) for values in STEPS[task]), MEAN_LENGTH[task])


@pytest.mark.parametrize("task", RULES[:6])
def test_go_family(task: str) -> None:
    uniform(draw(task)["direction_1"], 0, 2 * math.pi)


@pytest.mark.parametrize("task", [*RULES[:6], *RULES[16:]])
def test_modality_is_one_draw_per_batch(task: str) -> None:
    rng = np.random.default_rng(9)
    batches = [TASKS[task].conditions.draw(rng, 3, False) for _ in range(1000)]
    names = ["modality", "modality_2"] if task in RULES[16:] else ["modality"]
    drawn = np.array([[batch[name] for name in names] for batch in batches])
    assert (drawn == drawn[:, :, :1]).all()
    equally_often(drawn[:, :, 0] @ [1, 2][: len(names)], [1, 2] if len(names) == 1 else [3, 4, 5, 6])
    for batch in batches[:20]:
        for k, name in enumerate(names, start=1):
            for modality in (1, 2):
                np.testing.assert_array_equal(batch[f"strength_{k}_mod{modality}"], batch[name] == modality)


@pytest.mark.parametrize("easy", [False, True])
@pytest.mark.parametrize("task", [*DM, *DELAY_DM])
def test_decision_tasks(task: str, easy: bool) -> None:
    drawn = draw(task, easy)
    turned = (drawn["direction_2"] - drawn["direction_1"]) % (2 * math.pi)
    uniform(drawn["direction_1"], 0, 2 * math.pi)
    uniform(turned, 0.5 * math.pi, 1.5 * math.pi)
    coherences = np.array([0.01, 0.02, 0.04, 0.08] if task in DM else [0.08, 0.16, 0.32])
    coherences *= 1 if not easy else 10 if task in DM else 2
    if task.startswith("multi"):
        sums = {s: drawn[f"strength_{s}_mod1"] + drawn[f"strength_{s}_mod2"] for s in (1, 2)}
        pairs = [(sums[1] / 2, sums[2] / 2)]
        for s in (1, 2):
            gap = (drawn[f"strength_{s}_mod1"] - drawn[f"strength_{s}_mod2"]) / (sums[s] / 2)
            uniform(np.abs(gap[sums[s] > 1e-6]), 0.2, 0.8)
            equally_often(np.sign(gap[sums[s] > 1e-6]), (-1, 1))
    else:
        modalities = (int(task[-1]),) if "context" not in task else (1, 2)
        pairs = [(drawn[f"strength_1_mod{m}"], drawn[f"strength_2_mod{m}"]) for m in modalities]
        other = 3 - modalities[0]
        assert len(pairs) == 2 or f"strength_1_mod{other}" not in drawn
    signed = []
    for first, second in pairs:
        uniform((first + second) / 2, 0.8, 1.2)
        half = (first - second) / 2
        equally_often(half, [*-coherences, *coherences])
        signed.append(half)
        assert abs(np.corrcoef(first + second, half)[0, 1]) < 5 / math.sqrt(N)
    if len(signed) == 2:  # the modalities are independent
        assert abs(np.corrcoef(signed)[0, 1]) < 5 / math.sqrt(N)
        assert abs(np.corrcoef([sum(pair) for pair in pairs])[0, 1]) < 5 / math.sqrt(N)


@pytest.mark.parametrize("task", ["dmsgo", "dmsnogo"])
def test_match_to_sample(task: str) -> None:
    drawn = draw(task)
    first, second = drawn["direction_1"], drawn["direction_2"]
    match = first == second
    equally_often(match, (0, 1))
    uniform(first, 0, 2 * math.pi)
    turned = ((second - first) % (2 * math.pi))[~match]
    uniform(turned, math.pi / 9, 17 * math.pi / 9)
    assert circular_distance(first, second)[~match].min() >= math.pi / 9 - 1e-9
    _, respond = TASKS[task].response(drawn)
    np.testing.assert_array_equal(respond, match if task == "dmsgo" else ~match)


@pytest.mark.parametrize("task", ["dmcgo", "dmcnogo"])
def test_match_to_category(task: str) -> None:
    drawn = draw(task)
    first, second = (np.round((drawn[f"direction_{k}"] / math.pi - 0.1) / 0.2, 6) for k in (1, 2))
    equally_often(first * 10 + second, range(100))
    match = (first < 5) == (second < 5)
    equally_often(match, (0, 1))
    _, respond = TASKS[task].response(drawn)
    np.testing.assert_array_equal(respond, match if task == "dmcgo" else ~match)


def test_optional_pair() -> None:
    drawn = draw("oic")
    equally_often(drawn["direction_1"] / math.pi, np.arange(1, 20, 2) / 10)
    uniform(drawn["direction_2"], 0, 2 * math.pi)
    drawn = draw("dmc")
    index = [np.round((drawn[f"direction_{k}"] / math.pi - 0.1) / 0.2, 6) for k in (1, 2)]
    equally_often(index[0] * 10 + index[1], range(100))


@pytest.mark.parametrize("task", ["dm1", "delaygo", "multidelaydm", "dmcgo"])
def test_seed_decides_everything(task: str) -> None:
    first, again, other = (generate(task, batch=4, rng=np.random.default_rng(s)) for s in (1, 1, 2))
    np.testing.assert_array_equal(first.x, again.x)
    np.testing.assert_array_equal(first.y_loc, again.y_loc)
    assert first.x.shape != other.x.shape or (first.x != other.x).any()


def test_easy_task_changes_the_trials_of_random_mode_alone() -> None:
    hard, easy = (generate("dm1", mode="test", noise=False, easy_task=flag).x for flag in (False, True))
    np.testing.assert_array_equal(hard, easy)
    trial = generate("dm1", batch=500, rng=np.random.default_rng(0), noise=False, easy_task=True)
    half = (trial.conditions["strength_1_mod1"] - trial.conditions["strength_2_mod1"]) / 2
    equally_often(np.abs(half), (0.1, 0.2, 0.4, 0.8))

"""Observers: what can be read from the input at all."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy import stats

from replicortex.tasks import RULE_SETS, TASKS, Coding, circular_distance, generate
from replicortex.tasks.observers import (
    estimate_conditions,
    fit_bumps,
    ideal_observer,
    ideal_observer_table,
    summing_observer,
    summing_observer_table,
)
from replicortex.tasks.ring import bumps


@pytest.mark.parametrize("task", TASKS)
def test_estimates_are_exact_without_noise(task: str) -> None:
    rule_set = next(name for name, rules in RULE_SETS.items() if task in rules.tasks)
    trial = generate(task, rng=np.random.default_rng(2), noise=False, rule_set=rule_set)
    found, true = estimate_conditions(trial), trial.conditions
    assert set(found) == {name for name in true if name.startswith(("direction", "strength"))}
    swapped = np.zeros(64, dtype=bool)
    if TASKS[task].family == "DM":  # both stimuli at once: which one is called 1 is arbitrary
        swapped = circular_distance(found["direction_1"], true["direction_1"]) > 1
        assert 0 < swapped.sum() < 64
    for name, values in found.items():
        other = name.replace("_1", "_x").replace("_2", "_1").replace("_x", "_2") if swapped.any() else name
        wanted = np.where(swapped, true.get(other, 0), true[name])
        apart = circular_distance(values, wanted) if name.startswith("direction") else np.abs(values - wanted)
        assert apart.max() < 1e-5, name


def test_fit_reaches_the_precision_that_noise_allows() -> None:
    """Scatter of the estimates against the Cramer-Rao bound of a lone stimulus."""
    rng = np.random.default_rng(3)
    n, sd = 4000, 0.02
    direction = rng.uniform(0, 2 * math.pi, n)
    activity = bumps(direction)[:, None] + sd * rng.standard_normal((n, 1, 32))
    found, strength = fit_bumps(activity, 1)
    error = (found[:, 0] - direction + math.pi) % (2 * math.pi) - math.pi
    template = bumps(np.array([1.0]))[0]
    slope = np.gradient(bumps(np.linspace(0.99, 1.01, 201)), 1e-4, axis=0)[100]
    tolerance = 4 / math.sqrt(2 * n)
    assert error.std() == pytest.approx(sd / np.linalg.norm(slope), rel=tolerance)
    assert strength.std() == pytest.approx(sd / np.linalg.norm(template), rel=tolerance)


def expected_performance(task: str, sigma_x: float) -> float:
    """Mean of Phi(signal / sd) over coherences, durations and separations, for known directions.

    The signal is the difference of the strengths, 2c in each modality that counts. For one modality and two
    bumps of energy E and overlap C in a mean over T steps, the variance of the difference is
    2 sd^2 / (T (E - C)).
    """
    energy = float((bumps(0.3) ** 2).sum())
    apart = np.linspace(0.5 * math.pi, 1.5 * math.pi, 201)
    overlap = bumps(np.mod(0.3 + apart, 2 * math.pi)) @ bumps(0.3)
    n_modalities = 2 if task == "multidm" else 1
    signal = 2 * n_modalities * np.array([0.01, 0.02, 0.04, 0.08])[:, None, None]
    steps = np.array([20, 40, 80])[:, None]
    noise = sigma_x * math.sqrt(10)
    sd = np.sqrt(n_modalities * 2 * noise**2 / (steps * (energy - overlap)))
    return float(stats.norm.cdf(signal / sd).mean())


@pytest.mark.parametrize("task", ["dm2", "contextdm1", "multidm"])
def test_ideal_observer_meets_the_analytic_value(task: str) -> None:
    # ten times the paper's noise: at its own the value is too near to 1 to test anything
    sigma_x, n = 0.1, 3200
    wanted = expected_performance(task, sigma_x)
    assert 0.7 < wanted < 0.95
    reached = ideal_observer(task, np.random.default_rng(4), n, Coding(sigma_x=sigma_x))
    # a batch shares its timing, so its trials are not quite independent: allow more than the binomial error
    assert reached.performance == pytest.approx(wanted, abs=6 * math.sqrt(wanted * (1 - wanted) / n))
    assert (reached.task, reached.n_trials) == (task, n)


def test_ideal_observer_at_the_papers_noise() -> None:
    table = ideal_observer_table(np.random.default_rng(0), 96)
    assert list(table.columns) == ["task", "performance", "n_trials"]
    assert tuple(table["task"]) == RULE_SETS["all"].tasks
    assert (table["n_trials"] == 96).all()
    assert expected_performance("dm1", 0.01) > 0.999
    assert table["performance"].min() > 0.97


def test_ideal_observer_sees_nothing_but_the_noisy_input() -> None:
    """With noise far above the signal it falls to chance: a fifth of the circle counts as correct."""
    flooded = Coding(sigma_x=1000.0)
    assert ideal_observer("fdgo", np.random.default_rng(1), 960, flooded).performance == pytest.approx(0.2, abs=0.06)
    assert ideal_observer("dm1", np.random.default_rng(1), 960, flooded).performance < 0.4


@pytest.mark.long
def test_tables_follow_the_coding_of_the_networks() -> None:
    plain, noisy, easy = (
        ideal_observer_table(np.random.default_rng(0), 320, coding).set_index("task")["performance"]["dm1"]
        for coding in (None, Coding(sigma_x=0.2), Coding(sigma_x=0.2, easy_task=True))
    )
    assert noisy < easy <= plain
    assert noisy < 0.8 < 0.95 < easy


def test_summing_observer_ignores_the_context() -> None:
    table = summing_observer_table(np.random.default_rng(7), 4000)
    assert table["task"].tolist() == ["contextdm1", "contextdm2"]
    assert np.abs(table["performance"] - 0.75).max() < 4 * math.sqrt(0.75 * 0.25 / 4000)
    mante = Coding(rule_set="mante")
    assert summing_observer_table(np.random.default_rng(7), 64, mante)["n_trials"].tolist() == [64, 64]


def test_optional_rule_set() -> None:
    coding = Coding(rule_set="oicdmc")
    assert ideal_observer_table(np.random.default_rng(0), 64, coding)["performance"].tolist() == [1.0, 1.0]
    none = summing_observer_table(np.random.default_rng(0), 64, coding)
    assert none.empty and list(none.columns) == ["task", "performance", "n_trials"]
    assert ideal_observer("oic", np.random.default_rng(0), 40).n_trials == 40


def test_wrong_arguments() -> None:
    rng = np.random.default_rng(0)
    with pytest.raises(ValueError, match="task: 'dm11' is not one of .*did you mean 'dm1'"):
        ideal_observer("dm11", rng)
    with pytest.raises(ValueError, match="task of the summing observer: 'dm1' is not one of contextdm1, contextdm2"):
        summing_observer("dm1", rng)
    with pytest.raises(ValueError, match="n_trials: 0"):
        ideal_observer("dm1", rng, 0)

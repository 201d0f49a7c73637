"""Psychometric, chronometric and memory experiments on networks whose behaviour is known, and their fits."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from analysis_networks import integrator, random_network
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import norm

from replicortex.analysis import (
    CHRONOMETRIC,
    MEMORY,
    PSYCHOMETRIC,
    choices,
    fit_psychometric,
    fit_threshold,
    psychometric_fits,
    run_protocol,
)
from replicortex.analysis import psychometrics as module
from replicortex.analysis.fits import fit_fractions
from replicortex.tasks import TASKS

X = 2 * 0.05 * np.array([-0.5, -0.15, -0.05, 0, 0.05, 0.15, 0.5])
COHERENCE = np.array([0.005, 0.01, 0.02, 0.04])


@given(mu=st.floats(-0.02, 0.02), sigma=st.floats(0.004, 0.2))
def test_psychometric_fit_recovers_planted_parameters(mu, sigma):
    p = norm.cdf(X, mu, sigma)
    fit = fit_psychometric(X, 1000 * p, 1000 * (1 - p))
    assert fit.mu == pytest.approx(mu, abs=2e-3 * sigma)
    assert fit.sigma == pytest.approx(sigma, rel=2e-3)
    assert fit.n_trials == 7000


@given(a=st.floats(0.004, 0.05), b=st.floats(0.8, 1.8))
def test_threshold_fit_recovers_planted_parameters(a, b):
    p = 1 - 0.5 * np.exp(-((COHERENCE / a) ** b))
    fit = fit_threshold(COHERENCE, 3000 * p, 3000 * (1 - p))
    assert fit.threshold == pytest.approx(a, rel=0.02)
    assert fit.exponent == pytest.approx(b, rel=0.02)


def test_fits_stay_within_their_bounds_and_skip_empty_conditions():
    step = fit_psychometric(X, 300 * (X > 0), 300 * (X <= 0))
    assert 1e-3 <= step.sigma < 0.01
    flat = fit_psychometric(X, np.full(7, 150), np.full(7, 150))
    assert 1 < flat.sigma <= 10
    p = norm.cdf(X, 0.01, 0.05)
    n1, n2 = 1000 * p, 1000 * (1 - p)
    n1[2] = n2[2] = 0
    assert fit_psychometric(X, n1, n2).sigma == pytest.approx(0.05, rel=1e-3)
    empty = fit_psychometric(X, np.zeros(7), np.zeros(7))
    assert np.isnan([empty.mu, empty.sigma]).all() and empty.n_trials == 0
    assert np.isnan(fit_threshold(COHERENCE, np.array([5, 0, 0, 0]), np.zeros(4))).all()
    chance = fit_threshold(COHERENCE, np.full(4, 50), np.full(4, 50))
    assert 0.04 < chance.threshold <= 1


def test_choices_use_the_limit_of_0_3_pi_and_ignore_fixation():
    angles = np.array([0.0, 0.29 * np.pi, 0.31 * np.pi, np.pi, 0.69 * np.pi, 0.71 * np.pi, 1.75 * np.pi])
    preferred = 2 * np.pi * np.arange(32) / 32
    ring = 1 + np.cos(angles[:, None] - preferred)
    outputs = np.column_stack([np.linspace(0, 1, len(angles)), ring])
    found = choices(outputs, np.zeros(len(angles)), np.full(len(angles), np.pi))
    assert found.tolist() == [1, 1, 0, 2, 0, 2, 1]


def test_declared_experiments_are_the_published_ones():
    shown = {(p.task, c.label): (len(c.pairs) * p.directions, c.gains) for p in PSYCHOMETRIC for c in p.curves}
    assert shown["dm1", "800 ms"] == (7 * 300, (1, 1))
    assert shown["contextdm2", "grid"] == (49 * 100, (1, 1))
    assert shown["multidm", "modality 2"] == (7 * 500, (0, 1))
    assert shown["delaydm1", "delay 3200 ms"] == (7 * 12, (1, 1))
    assert [p.task for p in CHRONOMETRIC] == ["dm1", "contextdm1", "multidm"]
    steps = [int(curve.times["stim_time"] // 20) for curve in CHRONOMETRIC[0].curves]
    assert steps == [10, 13, 17, 23, 31, 42, 56, 75]
    assert CHRONOMETRIC[1].curves[0].pairs == ((0.005, 0), (0.01, 0), (0.02, 0), (0.04, 0))
    assert CHRONOMETRIC[2].curves[0].pairs == ((0.005, 0.005), (0.01, 0.01), (0.02, 0.02), (0.04, 0.04))
    times = [curve.times for curve in MEMORY[0].curves]
    assert [t["stim2_on"] - t["stim1_off"] for t in times] == [100, 265, 707, 1880, 4999]
    assert {t["stim1_off"] - t["stim1_on"] for t in times} == {300}
    delays = PSYCHOMETRIC[3 + 1].curves
    assert {c.times["stim1_off"] - c.times["stim1_on"] for c in delays} == {200}
    assert {c.times["stim2_off"] - c.times["stim2_on"] for c in (*delays, *MEMORY[0].curves)} == {200}
    for protocol in (*PSYCHOMETRIC, *CHRONOMETRIC, *MEMORY):
        for curve in protocol.curves:
            assert set(curve.times) <= set(TASKS[protocol.task].parameters)


def by_task(protocols, task, directions):
    return replace(next(p for p in protocols if p.task == task), directions=directions)


def test_an_integrator_is_better_with_longer_stimuli():
    counts = run_protocol(integrator(), by_task(PSYCHOMETRIC, "dm1", 60), np.random.default_rng(0))
    assert (counts[["n_choice1", "n_choice2", "n_undecided"]].sum(axis=1) == 60).all()
    assert counts.duration_ms.unique().tolist() == [200, 400, 800]
    assert (counts.coherence_2 == 0).all()
    fits = psychometric_fits(counts).set_index("curve")
    assert fits.sigma["800 ms"] < fits.sigma["400 ms"] < fits.sigma["200 ms"]
    assert fits.mu.abs().max() < 0.02
    strong = counts[counts.coherence_1.abs() == 0.025].query("duration_ms == 800")
    assert strong.n_choice1.iloc[0] < 4 and strong.n_choice1.iloc[1] > 56


def test_two_modalities_are_better_than_one():
    counts = run_protocol(integrator((1, 2)), by_task(PSYCHOMETRIC, "multidm", 120), np.random.default_rng(0))
    sigma = psychometric_fits(counts).set_index("curve").sigma
    assert sigma["both"] < min(sigma["modality 1"], sigma["modality 2"])
    shown = counts.groupby("curve")[["coherence_1", "coherence_2"]].max()
    assert shown.loc["modality 1"].tolist() == [0.025, 0]
    assert shown.loc["modality 2"].tolist() == [0, 0.025]
    # the integrator of modality 1 alone cannot see the other
    blind = run_protocol(integrator((1,)), by_task(PSYCHOMETRIC, "multidm", 60), np.random.default_rng(0))
    blind = psychometric_fits(blind).set_index("curve").sigma
    assert blind["modality 2"] > 5 * blind["modality 1"]


def test_grids_are_fitted_by_attended_and_ignored_modality():
    net = integrator((1,))
    fits = {}
    for task in ("contextdm1", "contextdm2"):
        counts = run_protocol(net, by_task(PSYCHOMETRIC, task, 8), np.random.default_rng(0))
        assert len(counts) == 49 and set(counts.curve) == {"grid"}
        fits[task] = psychometric_fits(counts).set_index("curve")
        assert fits[task].index.tolist() == ["attended", "ignored"]
        assert (fits[task].n_trials == counts[["n_choice1", "n_choice2"]].to_numpy().sum()).all()
    assert fits["contextdm1"].sigma["attended"] < 0.1 < fits["contextdm1"].sigma["ignored"]
    assert fits["contextdm2"].sigma["ignored"] < 0.1 < fits["contextdm2"].sigma["attended"]


def test_every_coherence_pair_weighs_the_same_in_a_grid():
    """A pair of which few trials were decided, and one of which none was, among others."""
    c1, c2 = (index.ravel() for index in np.meshgrid(X / 2, X / 2, indexing="ij"))
    p = norm.cdf(2 * c1, 0, 0.04 + 10 * np.abs(c2))  # the ignored modality blurs the choice
    decided = np.where(np.abs(c2) > 0.02, 10_000_000, 1000).astype(float)
    decided[3] = 0
    columns = {"coherence_1": c1, "coherence_2": c2, "n_choice1": p * decided, "n_choice2": (1 - p) * decided}
    counts = pd.DataFrame(columns).assign(network="seed0", task="contextdm1", curve="grid", duration_ms=800.0)
    found = psychometric_fits(counts).set_index("curve").loc["attended"]
    cells = np.where(decided > 0, p, np.nan).reshape(7, 7)
    wanted = fit_fractions(X, np.nanmean(cells, axis=1), 1)
    assert (found.mu, found.sigma) == pytest.approx((wanted.mu, wanted.sigma))
    assert found.n_trials == decided.sum()
    pooled = fit_psychometric(X, *(counts.groupby("coherence_1")[f"n_choice{k}"].sum().to_numpy() for k in (1, 2)))
    assert pooled.sigma > 1.2 * found.sigma


def test_thresholds_of_an_integrator_fall_with_duration():
    counts = run_protocol(integrator(), by_task(CHRONOMETRIC, "dm1", 200), np.random.default_rng(0))
    chronometric = module.chronometric_table(counts)
    assert chronometric.duration_ms.unique().tolist() == [200, 260, 340, 460, 620, 840, 1120, 1500]
    table = module.threshold_table(chronometric)
    slope = np.polyfit(np.log10(table.duration_ms), np.log10(table.threshold), 1)[0]
    assert -0.9 < slope < -0.25
    row = table.iloc[3]
    group = chronometric[chronometric.duration_ms == row.duration_ms]
    alone = fit_threshold(group.coherence, group.n_choice1, group.n_choice2)
    assert (row.threshold, row.exponent) == alone


def test_an_integrator_remembers_over_the_delays():
    counts = run_protocol(integrator(sigma_rec=0.0), by_task(MEMORY, "delaydm1", 12), np.random.default_rng(0))
    memory = module.memory_table(counts)
    assert list(memory.columns) == [
        "network",
        "delay_ms",
        "coherence",
        "n_choice1",
        "n_choice2",
        "n_undecided",
    ]
    assert memory.delay_ms.unique().tolist() == [100, 260, 700, 1880, 4980]
    # the first stimulus lasts longer than the second: it wins at every coherence in its favour
    assert (memory.n_choice1 == 12).all()


def test_a_network_that_ignores_the_stimuli_is_counted_as_undecided_or_at_chance(monkeypatch):
    monkeypatch.setattr(module, "_TRIALS_AT_ONCE", 7)
    net = random_network(4, sigma_rec=0.0)
    net.parameters["w_in"][:, 1:65] = 0
    counts = run_protocol(net, by_task(PSYCHOMETRIC, "dm1", 20), np.random.default_rng(0))
    # all trials point the same way: 0.3 pi on either side of two opposite stimuli leave 40 % undecided
    assert (counts.n_undecided + counts.n_choice1 + counts.n_choice2 == 20).all()
    assert counts.n_undecided.between(6, 10).all()


def test_share_of_directions_and_errors():
    assert PSYCHOMETRIC[0].with_directions(0.1).directions == 30
    assert PSYCHOMETRIC[-1].with_directions(0.01).directions == 4
    assert PSYCHOMETRIC[1].with_directions(0.5).attended == 1
    with pytest.raises(ValueError, match="takes one network, not 2"):
        run_protocol(random_network(4, n_networks=2), PSYCHOMETRIC[0], np.random.default_rng(0))

"""The flip-flop: its task, a network whose fixed points are known, claims planted true and false, and the figure."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
import torch

from flipflop import fixed_points
from flipflop.claims import CLAIMS
from flipflop.paper import PAPER
from flipflop.task import FlipFlop, held, memory
from replicortex import primer
from replicortex.pipeline.tables import check_tables

FAST = {"units": 3, "cell": "vanilla", "loss": "l2", "updates": 0, "evaluation_trials": 8, "log": lambda line: None}


def bistable(gain: float = 2.0) -> primer.Trained:
    """Three units that keep one bit each, h -> tanh(gain h + 3 x): without a pulse each has fixed points at 0, +-a."""
    one = primer.train(FlipFlop(length=20), name="bistable", **FAST)["seed0"]
    weights = {name: torch.zeros_like(value) for name, value in one.network.weights().items()}
    weights["cell.cell.weight_ih_l0"] += 3 * torch.eye(3)
    weights["cell.cell.weight_hh_l0"] += gain * torch.eye(3)
    weights["w_out"] += torch.eye(3)
    return replace(one, network=one.network.with_weights(weights))


def training(one: dict[str, primer.Trained]) -> dict[str, pd.DataFrame]:
    return {"history": one["seed0"].history, "curve": one["seed0"].curve}


@pytest.fixture(scope="module", autouse=True)
def fewer_starts():
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(fixed_points, "STARTS", 500)
        patch.setattr(fixed_points, "SETTLED", 100)
        yield


@pytest.fixture(scope="module")
def tables() -> dict[str, pd.DataFrame]:
    """Those of six copies of the bistable network, with the tables that training makes."""
    one = {"seed0": bistable()}
    made = fixed_points.measure_points(one) | fixed_points.measure_trials(one) | training(one)
    return {"members": pd.DataFrame({"network": [f"seed{i}" for i in range(6)], "seed": range(6)})} | {
        name: pd.concat([table.assign(network=f"seed{i}") for i in range(6)], ignore_index=True)
        for name, table in made.items()
    }


def test_outputs_hold_the_sign_of_the_last_pulse():
    assert primer.check_task(FlipFlop()).alternatives[:3] == ("---", "+--", "-+-")
    trials = FlipFlop().draw(50, np.random.default_rng(0))
    state = np.zeros((50, 3))
    for shown, target in zip(trials.inputs, trials.targets, strict=True):
        state = np.where(shown != 0, shown, state)
        assert np.array_equal(state, target)
    assert (trials.inputs[0] != 0).all() and 0.48 < np.mean(trials.inputs[1:] != 0) < 0.52
    assert abs(trials.inputs.mean()) < 0.02 and trials.targets.shape == (64, 50, 3)
    sparse = FlipFlop(bits=2, length=200, p_pulse=0.1).draw(20, np.random.default_rng(0))
    assert sparse.inputs.shape == (200, 20, 2) and 0.08 < np.mean(sparse.inputs[1:] != 0) < 0.12
    assert held(np.zeros((3, 1, 1), np.float32)).sum() == 0  # nothing to hold before the first pulse


def test_a_memory_is_named_by_the_signs_of_its_bits():
    task = FlipFlop()
    trials = task.draw(30, np.random.default_rng(1))
    assert np.array_equal(task.choices(0.1 * trials.targets, trials), trials.truth)
    signs = ["".join("+" if value > 0 else "-" for value in trial) for trial in trials.targets[-1]]
    assert [task.alternatives[number - 1] for number in trials.truth] == signs
    assert memory(np.array([[1, -1, -1], [1, 1, 1]], np.float32)).tolist() == [2, 8]
    assert fixed_points.bits_apart(1, 8) == 3 and fixed_points.bits_apart(2, 1) == 1


@pytest.mark.parametrize(
    ("settings", "message"),
    [({"bits": 0}, "bits, length: 0, 64"), ({"length": 0}, "3, 0; each"), ({"p_pulse": 0}, "p_pulse: 0 is not a")],
)
def test_settings_that_no_trial_can_have(settings, message):
    with pytest.raises(ValueError, match=message):
        FlipFlop(**settings)


def test_all_fixed_points_of_a_known_network_are_found(tables):
    points = tables["points"][tables["points"]["network"] == "seed0"]
    a = 0.9575040240772687  # a = tanh(2 a)
    assert np.bincount(points["n_unstable"]).tolist() == [8, 12, 6, 1]
    values = points[["bit_1", "bit_2", "bit_3"]].to_numpy()
    assert np.allclose(np.unique(values.round(6)), [-a, 0, a], atol=1e-5)
    assert ((np.abs(values) < 1e-6).sum(axis=1) == points["n_unstable"]).all()
    corners = points[points["n_unstable"] == 0]
    assert corners["memory"].tolist() == list(range(1, 9)) and corners["distance"].max() < 0.01
    modes = tables["modes"][(tables["modes"]["network"] == "seed0") & (tables["modes"]["n_unstable"] == 3)]
    assert np.allclose(modes["real"], 2) and np.allclose(modes["imag"], 0)
    cube = tables["cube"].iloc[0]
    assert cube["share"] == pytest.approx(1) and cube[["shortest_edge", "longest_edge"]].tolist() == pytest.approx(
        [2 * a] * 2
    )


def test_saddles_lead_to_the_memories_beside_them(tables):
    saddles = tables["saddles"][tables["saddles"]["network"] == "seed0"]
    joined = set(zip(saddles["memory_1"], saddles["memory_2"], strict=True))
    assert joined == {(i, j) for i in range(1, 9) for j in range(i, 9) if fixed_points.bits_apart(i, j) == 1}
    assert (saddles["bits_apart"] == 1).all()
    linear = tables["linear"].set_index(["network", "point", "side", "steps"]).loc["seed0"]
    first = linear.xs(1, level="steps").iloc[0]
    start = 0.1 * 0.9575040240772687
    assert first["error"] == pytest.approx(2 * start - np.tanh(2 * start))  # the linear model doubles
    assert first["path"] == pytest.approx(np.tanh(2 * start) - start)


def test_tables_have_the_columns_that_the_paper_declares(tables):
    made = {table.name: tables[table.name] for table in PAPER.tables}
    check_tables(made, PAPER)
    assert sorted(name for step in PAPER.steps for name in step.makes) == sorted(made)


def judged(tables, change=lambda name, table: table):
    changed = {name: change(name, table) for name, table in tables.items()}
    return {
        claim.id: claim.threshold.verdict(
            claim.statistic({name: changed[name] for name in claim.needs}, np.random.default_rng(0))
        )
        for claim in CLAIMS
    }


def test_claims_hold_in_a_network_that_is_a_cube_and_read_only_what_they_name(tables):
    # (the bistable network doubles a small displacement in each step: after five the linear model is far off)
    assert judged(tables) == dict.fromkeys(("SB-1", "SB-2", "SB-3", "SB-4"), "replicated") | {"SB-7": "not replicated"}
    near = judged(tables, lambda name, table: table.assign(error=0.0) if name == "linear" else table)
    assert near["SB-7"] == "replicated"


@pytest.mark.parametrize(
    ("claim", "where", "change"),
    [
        ("SB-1", "points", lambda table: table[table["memory"] != 1]),
        ("SB-1", "points", lambda table: table.assign(memory=1)),
        ("SB-1", "points", lambda table: table.assign(distance=0.2)),
        ("SB-2", "cube", lambda table: table.assign(share=0.8)),
        ("SB-2", "cube", lambda table: table.assign(longest_edge=3.0)),
        ("SB-3", "saddles", lambda table: table[table["memory_1"] > 2]),
        ("SB-3", "saddles", lambda table: table.assign(bits_apart=2)),
        ("SB-4", "points", lambda table: table[table["n_unstable"] != 1]),
    ],
)
def test_each_claim_fails_where_its_statement_is_wrong(tables, claim, where, change):
    assert judged(tables, lambda name, table: change(table) if name == where else table)[claim] == "not replicated"


def test_a_network_without_memories_is_measured_judged_and_drawn(tables):
    from flipflop.figures.flipflop import draw

    one = {"seed0": bistable(gain=0.5)}  # its only fixed point is the origin
    made = fixed_points.measure_points(one) | fixed_points.measure_trials(one)
    made |= training(one) | {"members": pd.DataFrame({"network": ["seed0"], "seed": [0]})}
    assert made["points"]["n_unstable"].tolist() == [0]
    for name in ("ways", "saddles", "linear"):  # every network is in every table
        assert made[name][["network", "point"]].to_numpy().tolist() == [["seed0", -1]]
    check_tables(made, PAPER)
    assert set(judged(made).values()) <= {"not replicated", "inconclusive"}
    assert len(letters(draw(made, setting()))) == 7
    assert letters(draw(tables, setting())) == list("abcdefg")


def setting():
    from replicortex.report.style import Setting

    return Setting("smoke", "flipflop", "adam 0.01", 3)


def letters(figure):
    return sorted(text.get_text() for text in figure.texts if text.get_gid() == "letter")

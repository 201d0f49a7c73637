"""Groups of units: the Ctx DM circuit and the Anti units, on networks whose circuit is known."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd
import pytest
import xarray as xr
from analysis_networks import RING, RULES, channel_network, context_network, go_network, random_network
from fake_tables import make_tables

import replicortex as rx
from replicortex.analysis import anti, circuit
from replicortex.analysis.groups import (
    connections_table,
    group_names,
    groups_of,
    rules_table,
    tuning_table,
    turned,
    with_lesions,
)
from replicortex.analysis.variance import ACTIVE
from replicortex.networks import create, for_rule_set

BANKS = {"1": np.arange(RING), "2": np.arange(RING, 2 * RING), "12": np.arange(2 * RING, 3 * RING)}


def variance(values: dict[str, list[float]], network: str = "seed0") -> xr.DataArray:
    """Task variance of one network, from a list over units for each task; 0 in all other tasks."""
    n = len(next(iter(values.values())))
    array = np.zeros((1, n, len(RULES)))
    for task, numbers in values.items():
        array[0, :, RULES.index(task)] = numbers
    coords = {"network": [network], "unit": np.arange(n), "task": list(RULES)}
    return xr.DataArray(array, dims=("network", "unit", "task"), coords=coords)


def test_groups_lie_strictly_between_their_limits():
    first = [0.95, 0.9, 0.1, 0.05, 0.5, 0.4, 0.41, 0.6, 0.7, ACTIVE / 2]
    table = circuit.groups_table(variance({"contextdm1": first, "contextdm2": [1 - p for p in first[:-1]] + [0.0]}))
    assert table["group"].tolist() == ["1", "none", "none", "2", "12", "none", "12", "none", "none", "none"]
    np.testing.assert_allclose(table["fraction"], [*first[:-1], np.nan])
    assert {name: units.tolist() for name, units in groups_of(table, ("1", "2")).items()} == {"1": [0], "2": [3]}


def test_names_of_groups_come_back_as_groups():
    names = group_names({"a": np.array([2, 0]), "b": np.array([], int)}, 4)
    assert names == ["a", "none", "a", "none"]


def test_curves_are_turned_to_their_peak():
    rng = np.random.default_rng(0)
    weights, peak = rng.normal(size=(32, 5)), rng.integers(0, 32, 5)
    result = turned(weights, peak)
    for unit in range(5):
        for row in range(32):
            assert result[row, unit] == weights[(peak[unit] + row - 16) % 32, unit]


def test_tuning_is_averaged_over_the_units_of_a_group():
    curves = np.random.default_rng(1).normal(size=(32, 6))
    groups = {"many": np.array([0, 2, 5]), "one": np.array([1]), "none": np.array([], int)}
    table = tuning_table("seed7", {"input": curves}, groups).set_index(["group", "offset"])
    assert set(table["network"]) == {"seed7"} and set(table["weights"]) == {"input"}
    chosen = curves[20, [0, 2, 5]]
    row = table.loc[("many", 4)]
    assert row["mean"] == pytest.approx(sum(chosen) / 3)
    assert row["sem"] == pytest.approx(pd.Series(chosen).sem()) and row["n_units"] == 3
    assert table.loc[("one", -16), "mean"] == curves[0, 1] and np.isnan(table.loc[("one", 0), "sem"])
    assert table.loc["none"]["mean"].isna().all() and (table.loc["none"]["n_units"] == 0).all()


def test_connections_are_averaged_over_pairs_of_like_preference():
    net = random_network(20)
    groups = {"a": np.array([0, 3, 4, 7, 9, 11]), "b": np.array([1, 2, 5, 6, 8]), "none": np.array([], int)}
    table = connections_table(net, groups).set_index(["source", "target"])
    weights = net.one(0)["w_rec"].numpy()
    preferred = rx.analysis.preferred_input(net)[0]
    for (source, target), row in table.iterrows():
        found = []
        for i in groups[source]:
            for j in groups[target]:
                apart = abs(preferred[i] - preferred[j]) % 32
                if i != j and min(apart, 32 - apart) * 2 * math.pi / 32 < math.pi / 6:
                    found.append(float(weights[i, j]))
        assert row["n_pairs"] == len(found)
        assert row["mean"] == pytest.approx(np.mean(found)) if found else np.isnan(row["mean"])
    assert 0 < table.loc[("a", "b"), "n_pairs"] < 30 and table.loc[("none", "a"), "n_pairs"] == 0


@pytest.mark.parametrize("cell", ["leaky_rnn", "leaky_gru", "gru", "lstm"])
def test_every_cell_has_weights_between_units(cell):
    net = create(for_rule_set("all", cell=cell, units=6), [np.random.default_rng(0)], ["seed0"])
    assert net.recurrent_weights().shape == (1, 6, 6)
    groups = {"all": np.arange(6)}
    assert connections_table(net, groups)["mean"].notna().all()
    cut = net.lesioned([2]).recurrent_weights()[0]
    assert not cut[2].any() and np.array_equal(np.delete(cut, 2, 0), np.delete(net.recurrent_weights()[0], 2, 0))


def test_rule_weights_are_those_of_the_rules_channels():
    net = channel_network([65 + RULES.index("dm1"), 65 + RULES.index("dm2"), 0])
    table = rules_table(net, {"a": np.array([0, 1])}, ("dm1", "dm2"))
    weights = table.pivot(index="unit", columns="task", values="weight").to_numpy()
    assert weights.tolist() == [[1, 0], [0, 1], [0, 0]]
    assert table.drop_duplicates("unit")["group"].tolist() == ["a", "a", "none"]


def test_lesions_of_a_network_are_an_ensemble():
    net = random_network(5)
    variants = with_lesions(net, {"x": np.array([1, 3]), "y": np.array([], int)})
    assert variants.labels == ("intact", "x", "y")
    for name in ("w_rec", "w_out"):
        whole, cut, same = variants.parameters[name].numpy()
        assert np.array_equal(whole, net.parameters[name][0].numpy()) and np.array_equal(whole, same)
        assert not cut[[1, 3]].any() and np.array_equal(cut[[0, 2, 4]], whole[[0, 2, 4]])


@pytest.fixture(scope="module")
def measured() -> dict[str, pd.DataFrame]:
    net = context_network()
    table = rx.analysis.measure_variance([net])["task_variance"]
    return rx.analysis.measure_context([net], table)


def test_banks_of_a_known_network_are_found_as_groups(measured):
    table = measured["context_groups"]
    assert {name: units.tolist() for name, units in groups_of(table, circuit.GROUPS).items()} == {
        name: units.tolist() for name, units in BANKS.items()
    }
    np.testing.assert_allclose(table["fraction"][BANKS["12"]], 0.5, atol=1e-6)


def test_a_lesion_takes_the_task_of_its_bank_and_no_other(measured):
    table = measured["group_lesions"]
    counts = table[["n_correct", "n_opposite", "n_undecided"]]
    assert (counts.sum(axis=1) == 160).all() and list(table["task"].unique()) == list(circuit.TASKS)
    sizes = table.drop_duplicates("lesion").set_index("lesion")["n_units"]
    assert sizes.to_dict() == {"intact": 0, "1": 32, "2": 32, "12": 32, "1+2": 64}
    score = table.pivot(index="lesion", columns="task", values="performance")
    assert score.loc["intact"].min() > 0.97 and score.loc["12"].min() > 0.97
    # the mean of both modalities is right whenever their signs agree, and at a draw half the time
    for lesion, lost in (("1", "contextdm1"), ("2", "contextdm2")):
        assert 0.6 < score.loc[lesion, lost] < 0.9
        assert score.loc[lesion].drop(lost).min() > 0.9
    assert score.loc["1+2", ["contextdm1", "contextdm2"]].max() < 0.9


def test_maps_of_choices_show_what_decides(measured):
    table = measured["group_maps"]
    assert (table[["n_choice1", "n_choice2", "n_undecided"]].sum(axis=1) == 20).all()
    assert len(table) == 5 * 64 and table["coherence_1"].nunique() == 8
    share = table["n_choice1"] / (table["n_choice1"] + table["n_choice2"])
    for lesion, weights in (("intact", (1, 0)), ("1", (1, 1))):
        rows = table["lesion"] == lesion
        evidence = weights[0] * table["coherence_1"] + weights[1] * table["coherence_2"]
        assert share[rows & (evidence > 0.02)].mean() > 0.97
        assert share[rows & (evidence < -0.02)].mean() < 0.03


def test_tuning_connections_and_rules_of_the_banks(measured):
    curves = measured["group_tuning"].pivot(index=["weights", "group"], columns="offset", values="mean")
    depth = curves[0] - curves.drop(columns=0).max(axis=1)
    expected = {"modality 1": (1, 0, 0.5), "modality 2": (0, 1, 0.5), "output": (0.01, 0.01, 0.003)}
    for weights, heights in expected.items():
        np.testing.assert_allclose([depth[weights, name] for name in circuit.GROUPS], heights, rtol=1e-6)
    links = measured["group_connections"].set_index(["source", "target"])["mean"]
    assert (links == 0).all()  # the integrators are connected to themselves alone
    rules = measured["group_rules"].groupby(["group", "task"])["weight"].mean()
    assert rules["1", "contextdm2"] == -20 and rules["2", "contextdm1"] == -20
    assert rules.drop([("1", "contextdm2"), ("2", "contextdm1")]).abs().max() == 0


def test_tables_have_the_columns_that_figures_and_claims_read(measured):
    net = go_network()
    table = rx.analysis.measure_variance([net])["task_variance"]
    made = make_tables()
    found = measured | rx.analysis.measure_anti([net], table, draws=1) | rx.analysis.measure_conditions([net])
    for name, frame in found.items():
        assert list(frame.columns) == list(made[name].columns), name
        assert frame["network"].unique().tolist() == [net.labels[0]], name


def test_a_network_without_active_units_has_all_tables():
    """As training of seconds leaves them: no group has a unit, and every lesion is none."""
    net = channel_network([65, 66])
    quiet = rx.analysis.measure_variance([net])["task_variance"]
    tables = rx.analysis.measure_context([net], quiet) | rx.analysis.measure_anti([net], quiet, draws=2)
    assert (tables["context_groups"]["group"] == "none").all() and tables["context_groups"]["fraction"].isna().all()
    assert (tables["group_lesions"]["n_units"] == 0).all() and (tables["anti_lesions"]["n_units"] == 0).all()
    assert tables["group_tuning"]["mean"].isna().all() and tables["group_connections"]["mean"].isna().all()
    assert rx.analysis.measure_conditions([net])["condition_variance"]["ftv"].isna().all()


def test_a_table_of_other_units_is_refused():
    table = rx.analysis.measure_variance([random_network(6)])["task_variance"]
    with pytest.raises(ValueError, match="variance table: 6 units of network 'seed0', expected 16"):
        rx.analysis.measure_context([random_network(16)], table)


def test_measures_do_not_depend_on_other_networks():
    net = random_network(10, n_networks=2)
    table = rx.analysis.measure_variance([net])["task_variance"]
    together, alone = (rx.analysis.measure_context([each], table) for each in (net, net.select(1)))
    for name, frame in alone.items():
        same = together[name].query("network == 'seed1'").reset_index(drop=True)
        pd.testing.assert_frame_equal(frame, same, check_exact=True)


def test_anti_units_have_more_than_half_of_their_variance_in_the_anti_tasks():
    values = {"fdanti": [0.2, 0.5, 0.0, 0.0], "reactanti": [0.2, 0.0, 0.0, 0.0], "delayanti": [0.2, 0.0, 0.0, 0.0]}
    share = anti.anti_share(variance(values | {"dm1": [0.4, 0.5, 0.3, ACTIVE / 2]}))
    np.testing.assert_allclose(share, [0.6, 0.5, 0.0, np.nan])
    table = anti.anti_table(variance(values | {"dm1": [0.4, 0.5, 0.3, ACTIVE / 2]}))
    assert table["group"].tolist() == ["anti", "other", "other", "none"]
    assert anti.ANTI == ("fdanti", "reactanti", "delayanti")


def test_output_of_units_that_reverse_peaks_opposite_to_their_input():
    net = channel_network([*range(1, 33)])
    w_out = np.zeros((32, 33))
    w_out[np.arange(32), 1 + (np.arange(32) + 16) % 32] = 1.0
    net = rx.networks.from_arrays(
        net.input_weights()[0], np.zeros((32, 32)), np.zeros(32), w_out, np.zeros(33), activation="relu"
    )
    table = anti.anti_tuning(net, {"anti": np.arange(32), "other": np.array([], int)})
    curves = table.query("group == 'anti'").pivot(index="offset", columns="weights", values="mean")
    assert curves["input"].idxmax() == 0 and curves["input"].max() == 0.5  # mean of a ring and an empty one
    assert curves["output"].idxmax() == -16 and curves["output"].sum() == pytest.approx(1)


def test_random_groups_are_drawn_among_the_others():
    groups = anti.random_groups(np.array([3, 5, 8, 9]), 2, 40, np.random.default_rng(0))
    assert len(groups) == 40 and all(len(set(group)) == 2 and set(group) <= {3, 5, 8, 9} for group in groups)
    assert len({tuple(group) for group in groups}) == 6
    assert [group.tolist() for group in anti.random_groups(np.array([4]), 3, 1, np.random.default_rng(0))] == [[4]]


def test_lesion_of_the_ring_takes_go_and_a_lesion_of_silent_units_nothing():
    net = go_network(silent=40)
    ring, silent = np.arange(1, 1 + RING), np.arange(1 + RING, 41 + RING)
    table = anti.anti_lesions(net, {"anti": ring, "other": silent}, np.random.default_rng(0), draws=2)
    score = table.groupby(["lesion", "task"])["performance"].mean()
    assert score["intact", "fdgo"] == 1 and score["anti", "fdgo"] < 0.5 and score["random", "fdgo"] == 1
    assert table.groupby("lesion")["n_units"].first().to_dict() == {"anti": 32, "intact": 0, "random": 32}
    trials = table.drop_duplicates("task").set_index("task")["n_trials"]
    assert trials["fdgo"] == 40 and trials["contextdm1"] == 500

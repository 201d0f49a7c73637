"""Tables of the measuring steps: names, columns, and independence of the networks; traces and weights."""

from __future__ import annotations

from dataclasses import replace
from itertools import product

import numpy as np
import pandas as pd
import pytest
from analysis_networks import channel_network, integrator, random_network

import replicortex as rx
from replicortex.analysis import traces
from replicortex.analysis.common import coding_of
from replicortex.analysis.measure.clusters import plot_order
from replicortex.analysis.measure.streams import stream
from replicortex.networks import create, for_rule_set
from replicortex.pipeline import papers
from replicortex.pipeline.tables import check_tables
from replicortex.random_streams import generator
from replicortex.tasks import Coding, generate

PAPER = papers()["yang2019"]


def check_columns(tables, names):
    assert set(tables) == set(names)
    check_tables(tables, PAPER)


@pytest.fixture(scope="module")
def net():
    return random_network(14, n_networks=2)


@pytest.fixture(scope="module")
def variance(net):
    return rx.analysis.measure_variance([net])


@pytest.fixture(scope="module")
def clusters(net, variance):
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("replicortex.analysis.clustering.STARTS", 4)
        return rx.analysis.measure_clusters([net], **variance, restarts=2)


def test_variance_tables_and_their_independence_of_other_networks(net, variance):
    check_columns(variance, ("task_variance", "rotated_variance", "epoch_variance"))
    assert len(variance["task_variance"]) == 2 * 14 * 20
    assert len(variance["epoch_variance"]) == 2 * 14 * 59
    alone = rx.analysis.measure_variance([net.select(1)])
    for name, table in alone.items():
        pd.testing.assert_frame_equal(
            table, variance[name].query("network == 'seed1'").reset_index(drop=True), check_exact=True
        )


@pytest.mark.usefixtures("few_starts")
def test_cluster_tables(net, variance, clusters):
    check_columns(clusters, ("silhouette", "agreement", "cluster_number", "units"))
    number = clusters["cluster_number"]
    assert number[["network", "kind"]].values.tolist() == [
        ["seed0", "task"],
        ["seed0", "rotated"],
        ["seed1", "task"],
        ["seed1", "rotated"],
    ]
    units = clusters["units"]
    assert len(units) == 28
    chosen_k = number[number.kind == "task"].set_index("network").k
    for label, group in units.groupby("network"):
        chosen = int(chosen_k[label])
        assert set(group.cluster[group.active]) == set(range(chosen))
        assert set(group.cluster_epoch) - {-1} == set(range(10))
        assert sorted(group.position[group.active]) == list(range(int(group.active.sum())))
    alone = rx.analysis.measure_clusters([net.select(1)], **variance, restarts=2)
    pd.testing.assert_frame_equal(
        alone["units"], units.query("network == 'seed1'").reset_index(drop=True), check_exact=True
    )


@pytest.mark.usefixtures("few_starts")
def test_inactive_units_have_no_cluster_position_or_place():
    net = channel_network([1, 5, 9, 20, 30, 40, 45, 50, 55, 60, 62, 3], n_units=15)
    variance = rx.analysis.measure_variance([net])
    units = rx.analysis.measure_clusters([net], **variance, restarts=1)["units"]
    idle = units.iloc[12:]
    assert not idle.active.any()
    assert (idle[["cluster", "cluster_epoch", "position"]] == -1).all(axis=None)
    assert idle[["tsne_1", "tsne_2"]].isna().all(axis=None)
    assert units.iloc[:12].active.all()
    # unit 0 copies ring position 0 of modality 1, unit 5 position 7 of modality 2
    assert units.preferred_input[[0, 5]].tolist() == [0, 7]


def test_plot_order_sorts_by_cluster_then_preferred_input():
    labels, preferred = np.array([1, 0, -1, 1, 0]), np.array([3, 9, 0, 2, 9])
    assert plot_order(labels, preferred).tolist() == [3, 0, -1, 2, 1]


def test_lesion_table_and_a_units_table_that_does_not_fit(net):
    units = pd.DataFrame({"network": "seed1", "unit": np.arange(14), "cluster": [0] * 7 + [1] * 6 + [-1]})
    lesions = rx.analysis.measure_lesions([net.select(1)], units, repetitions=1)["lesions"]
    check_columns({"lesions": lesions}, ["lesions"])
    assert len(lesions) == 2 * 20
    assert lesions.groupby("cluster").n_units.first().tolist() == [7, 6]
    with pytest.raises(ValueError, match="0 rows for network 'seed0', expected 14"):
        rx.analysis.measure_lesions([net], units, repetitions=1)


def test_behaviour_tables():
    tables = rx.analysis.measure_behaviour([integrator()], share=0.001)
    names = ("psychometric", "psychometric_fit", "chronometric", "threshold", "memory")
    check_columns(tables, names)
    assert [len(tables[name]) for name in names] == [21 + 49 + 49 + 21 + 21, 3 + 2 + 2 + 3 + 3, 96, 24, 15]
    assert tables["psychometric_fit"].curve.tolist() == [
        "200 ms",
        "400 ms",
        "800 ms",
        *["attended", "ignored"] * 2,
        "modality 1",
        "modality 2",
        "both",
        "delay 200 ms",
        "delay 800 ms",
        "delay 3200 ms",
    ]
    again = rx.analysis.measure_behaviour([integrator()], share=0.001)
    assert all(tables[name].equals(again[name]) for name in names)


def test_example_tables(net):
    one = net.select(0)
    tables = rx.analysis.measure_example(one)
    check_columns(tables, ("sample_trials", "fine_trial", "unit_trace"))
    sample = tables["sample_trials"]
    assert sample.task.nunique() == 20
    channels = sample.groupby("kind").channel.nunique()
    assert channels.to_dict() == {"input": 85, "output": 33, "target": 33}
    fine = tables["fine_trial"]
    assert set(fine.task) == {"dm1"} and set(fine.dt_ms) == {1.0}
    assert fine.time_ms.max() == 2499
    # input noise has s.d. 0.01 sqrt(2 tau / dt)
    rest = fine.query("kind == 'input' and channel == 80").value
    assert rest.std() == pytest.approx(0.01 * np.sqrt(200), rel=0.1)


def test_the_shown_trial_points_to_the_middle_of_the_ring(net):
    for task in ("fdgo", "contextdm1", "dmcgo"):
        trial = generate(task, mode="test", noise=False)
        direction = trial.conditions["direction_1"]
        shown = traces.shown_trial(trial)
        assert abs(direction[shown] - np.pi / 2) <= np.abs(direction - np.pi / 2).min() + 1e-9


def test_unit_trace_is_the_unit_with_the_largest_variance_in_go():
    # unit 2 has twice the gain of the others
    net = channel_network([0, 3, 9, 40])
    net.parameters["w_in"][0, 9, 2] = 2.0
    table = traces.unit_trace(net)
    assert set(table.unit) == {2}
    assert len(table) == 40 * 75
    assert table.time_ms.min() == 500 and table.time_ms.max() == 1980
    trial = generate("fdgo", mode="test", noise=False)
    rates = net.run(trial.x).rates[0]
    wide = table.pivot(index="time_ms", columns="trial", values="rate")
    assert np.array_equal(wide.to_numpy(), rates[25:, :, 2])
    first = table.groupby("trial")[["direction", "modality"]].first()
    np.testing.assert_allclose(first.direction, trial.conditions["direction_1"])
    assert set(first.modality) == {1, 2}
    assert set(traces.unit_trace(net, unit=1).unit) == {1}
    with pytest.raises(ValueError, match=r"unit: 4 reaches outside 0\.\.3"):
        traces.unit_trace(net, unit=4)


def test_weights_table_holds_every_weight(net):
    one = net.select(1)
    table = rx.analysis.weights_table(one)
    assert table.groupby("block").size().to_dict() == {
        "input": 85 * 14,
        "recurrent": 14 * 14,
        "output": 14 * 33,
    }
    for block, name in (("input", "w_in"), ("recurrent", "w_rec"), ("output", "w_out")):
        wide = table[table.block == block].pivot(index="source", columns="target", values="value")
        assert np.array_equal(wide.to_numpy(), one.parameters[name][0].numpy())
    measured = rx.analysis.measure_weights(one)
    check_columns(measured, ["weights"])
    pd.testing.assert_frame_equal(measured["weights"], table)


def test_a_gated_network_has_every_table_but_the_weights():
    gru = create(for_rule_set("all", cell="leaky_gru", units=4), [np.random.default_rng(0)], ["seed0"])
    with pytest.raises(ValueError, match="'leaky_gru' has no single recurrent matrix"):
        rx.analysis.measure_weights(gru)
    check_columns(rx.analysis.measure_example(gru), ("sample_trials", "fine_trial", "unit_trace"))
    built = rx.analysis.measure_architecture([gru])
    check_columns(built, ["architecture"])
    assert built["architecture"].values.tolist() == [["seed0", "leaky_gru", gru.architecture.activation, 85, 33, 4]]


def test_random_streams_are_named_after_experiment_network_and_purpose(net):
    one, other = net.select(0), net.select(1)
    trained = replace(one, metadata={"experiment": "reference"})
    elsewhere = replace(one, metadata={"experiment": "tanh_gru"})
    named = generator("reference", "seed0", "analysis", "lesions")
    assert stream(trained, "lesions").random() == named.random()
    draws = [stream(*which).random() for which in product((one, other, trained, elsewhere), ("lesions", "rotation"))]
    assert len(set(draws)) == 8
    assert stream(one, "lesions").random() == draws[0]
    with pytest.raises(ValueError, match="takes one network, not 2"):
        stream(net, "lesions")


def test_networks_of_different_experiments_share_no_trials_or_rotations(net):
    units = pd.DataFrame({"network": "seed0", "unit": np.arange(14), "cluster": [0] * 7 + [1] * 7})
    named = [replace(net.select(0), metadata={"experiment": name}) for name in ("reference", "small_batches")]
    lesions = [rx.analysis.measure_lesions([each], units, repetitions=1)["lesions"] for each in named]
    assert (lesions[0].loss_intact != lesions[1].loss_intact).any()
    first, second = (rx.analysis.measure_variance([each]) for each in named)
    assert (first["rotated_variance"].variance != second["rotated_variance"].variance).any()
    pd.testing.assert_frame_equal(first["task_variance"], second["task_variance"])


def test_preferred_input_adds_both_modalities(net):
    weights = net.parameters["w_in"].numpy()
    expected = (weights[:, 1:33] + weights[:, 33:65]).argmax(axis=1)
    assert np.array_equal(rx.analysis.preferred_input(net), expected)


def test_composite_and_ftv_tables(net, variance):
    composite = rx.analysis.measure_composite([net.select(0)], repetitions=1)
    check_columns(composite, ["composite"])
    assert len(composite["composite"]) == 13
    ftv = rx.analysis.measure_ftv(variance["task_variance"])
    check_columns(ftv, ["ftv"])
    assert ftv["ftv"].ftv.between(-1, 1).all()
    row = ftv["ftv"].iloc[0]
    tv = variance["task_variance"].query("network == @row.network and unit == @row.unit").set_index("task").variance
    assert row.ftv == pytest.approx((tv[row.task_a] - tv[row.task_b]) / (tv[row.task_a] + tv[row.task_b]))


def test_a_network_is_analysed_with_the_coding_it_was_trained_with(net):
    assert coding_of(net) == Coding()
    settings = {"tasks": {"sigma_x": 0.02, "dt": 20.0, "loss": "cross_entropy", "train": ["fdgo"], "easy_task": True}}
    trained = replace(net, metadata={"settings": settings})
    assert coding_of(trained) == Coding(sigma_x=0.02, easy_task=True)
    assert coding_of(trained.with_dt(1.0)).dt == 1.0
    assert coding_of(trained, Coding(dt=10)).dt == 10


def test_every_public_name_can_be_imported():
    for name in rx.analysis.__all__:
        assert getattr(rx.analysis, name) is not None
    with pytest.raises(AttributeError, match="no_such_name"):
        getattr(rx.analysis, "no_such_name")  # noqa: B009

"""Lesions and composite rules on a network that does one task."""

from __future__ import annotations

import numpy as np
import pytest
from analysis_networks import RING, go_network, random_network
from fakes import YANG

from replicortex.analysis import cluster_groups, composite_performance, lesion_effects
from replicortex.analysis.composite import COMBINATIONS, combination_label, combination_performance
from replicortex.tasks import TASKS


def test_groups_leave_inactive_units_out():
    groups = cluster_groups(np.array([1, -1, 0, 1, 2]))
    assert {label: units.tolist() for label, units in groups.items()} == {0: [2], 1: [0, 3], 2: [4]}


def test_each_lesion_takes_what_its_units_did_and_nothing_else():
    net = go_network(silent=3)
    groups = {0: np.arange(1, 1 + RING), 1: np.array([0]), 2: np.arange(1 + RING, 4 + RING)}
    table = lesion_effects(net, groups, np.random.default_rng(0), tasks=["fdgo", "dmsgo"], repetitions=4)
    assert list(table.columns) == list(YANG["lesions"].columns)
    assert (table.n_trials == 64).all()
    assert table.groupby("cluster").n_units.first().tolist() == [32, 1, 3]
    go = table[table.task == "fdgo"].set_index("cluster")
    assert (go.performance_intact == 1).all()
    # without the ring the response points nowhere; the end of a trial does not need the fixation unit
    assert go.performance_lesioned[0] < 0.5
    assert go.performance_lesioned[1] == 1
    assert go.loss_lesioned[1] > go.loss_intact[1] + 0.03
    # units that lead nowhere change nothing at all: the trials and the noise are the same
    silent = table[table.cluster == 2]
    assert np.array_equal(silent.performance_lesioned, silent.performance_intact)
    assert np.array_equal(silent.loss_lesioned, silent.loss_intact)
    # in DMS the network fixates to the end, right on every other trial; without the fixation unit it always
    # answers in the direction of stimulus 2, right on the rest
    dms = table[table.task == "dmsgo"].set_index("cluster")
    assert 0.3 < dms.performance_intact[1] < 0.7
    assert dms.performance_lesioned[1] == pytest.approx(1 - dms.performance_intact[1], abs=0.05)


def test_lesions_follow_the_generator_and_refuse_ensembles():
    net, groups = go_network(), {0: np.array([1, 2])}
    one, again, other = (
        lesion_effects(net, groups, np.random.default_rng(seed), tasks=["fdgo"], repetitions=2) for seed in (1, 1, 2)
    )
    assert one.equals(again)
    assert one.loss_lesioned[0] != other.loss_lesioned[0]
    with pytest.raises(ValueError, match="takes one network, not 2"):
        lesion_effects(random_network(4, n_networks=2), groups, np.random.default_rng(0))


def test_labels_of_combinations():
    assert combination_label({"fdanti": 1, "delaygo": 1, "fdgo": -1}) == "fdanti + delaygo - fdgo"
    assert combination_label({"fdgo": 1}) == "fdgo"
    assert combination_label({"fdgo": -1, "dm1": 0.5}) == "- fdgo + 0.5 dm1"


def test_combinations_begin_with_the_own_rule_and_name_real_rules():
    assert {task: len(members) for task, members in COMBINATIONS.items()} == {
        "delayanti": 4,
        "contextdelaydm1": 5,
        "dmsgo": 4,
    }
    for task, members in COMBINATIONS.items():
        assert members[0] == {task: 1}
        assert all(rule in TASKS for rules in members for rule in rules)


def test_performance_depends_on_the_rule_that_is_shown():
    net, rng = go_network(), np.random.default_rng(0)
    combinations = {"fdgo": ({"fdgo": 1}, {"fdanti": 1}, {"fdanti": 1, "fdgo": -1}, {"fdanti": -1})}
    table = composite_performance(net, rng, combinations=combinations, repetitions=3, batch=10)
    assert list(table.columns) == list(YANG["composite"].columns)
    assert table.combination.tolist() == ["fdgo", "fdanti", "fdanti - fdgo", "- fdanti"]
    assert table.performance.tolist() == [1, 0, 0, 1]
    assert (table.n_trials == 30).all()
    with pytest.raises(ValueError, match="did you mean 'fdanti'"):
        combination_performance(net, "fdgo", {"fdant": 1}, rng)

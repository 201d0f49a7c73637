"""Clouds of points that are compared up to a rotation, and how far populations are from one another."""

import numpy as np
import pandas as pd
import pytest
from analysis_networks import random_network
from fake_tables import condition_scores
from scipy.spatial import procrustes
from scipy.stats import ortho_group

import replicortex as rx
from replicortex.analysis.similarity import COMPONENTS, MOMENTS, TRIALS, clouds, procrustes_angle
from replicortex.papers.yang2019.claims import optimisers


def test_the_angle_is_that_of_scipys_procrustes_disparity():
    rng = np.random.default_rng(0)
    for noise in (0.0, 0.5, 5.0):
        one = rng.normal(size=(40, 6))
        other = one @ ortho_group.rvs(6, random_state=rng) + noise * rng.normal(size=one.shape)
        # with clouds of norm 1 and the best scale, SciPy's disparity is 1 - cos(angle)^2
        assert np.sin(procrustes_angle(one, other)) ** 2 == pytest.approx(procrustes(one, other)[2], abs=1e-7)


def test_the_angle_knows_rotations_shifts_scales_and_more_directions():
    rng = np.random.default_rng(1)
    cloud = rng.normal(size=(50, 4))
    turned = 3 * cloud @ ortho_group.rvs(4, random_state=rng) + 7
    assert procrustes_angle(cloud, turned) == pytest.approx(0, abs=1e-6)
    wider = np.hstack([turned, np.zeros((50, 2))])
    assert procrustes_angle(cloud, wider) == pytest.approx(0, abs=1e-6)
    left, _, _ = np.linalg.svd(cloud - cloud.mean(axis=0), full_matrices=True)
    apart = left[:, 10:13] - left[:, 10:13].mean(axis=0)
    assert procrustes_angle(cloud, apart) > 1.5
    with pytest.raises(ValueError, match="50 points and 49"):
        procrustes_angle(cloud, cloud[1:])
    with pytest.raises(ValueError, match="the same"):
        procrustes_angle(cloud, np.ones((50, 4)))


@pytest.mark.parametrize("units", [COMPONENTS + 9, COMPONENTS - 5])
def test_the_scores_are_those_of_the_same_trials_whatever_the_network(units):
    nets = [random_network(units, seed) for seed in (0, 1)]
    one, two = (rx.analysis.condition_scores(net) for net in nets)
    assert one.rows == two.rows and len(one.rows) == 20 * TRIALS * MOMENTS
    assert all(0 < time < 10_000 for _, _, time in one.rows)
    assert one.points.shape[1] == min(units, COMPONENTS) and 0 < (one.points**2).sum() <= 1 + 1e-12
    table = rx.analysis.measure_condition_scores(nets)["condition_scores"]
    found = clouds(table)[nets[0].labels[0]]
    ordered = sorted(range(len(one.rows)), key=one.rows.__getitem__)
    assert procrustes_angle(found, one.points[ordered]) == pytest.approx(0, abs=1e-6)


def test_the_way_to_untrained_networks_is_0_among_its_own_and_1_among_them():
    names = tuple(f"seed{i}" for i in range(6))
    reference, untrained = condition_scores(names, 0), condition_scores(names, 1)
    same = pd.concat([reference, condition_scores(("other",), 0, noise=0.2)])
    share = optimisers.shares_of_the_way(same, reference, untrained)
    assert share[list(names)].abs().max() < 0.1 and share["other"] < 0.05
    assert optimisers.shares_of_the_way(untrained, reference, untrained).median() == pytest.approx(1)

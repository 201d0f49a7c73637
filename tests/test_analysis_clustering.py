"""Clusters of units: planted ones are found, the rotated control destroys them, k has an honest range."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.spatial.distance import cdist
from sklearn.cluster import KMeans
from sklearn.metrics import adjusted_rand_score, silhouette_score

from replicortex.analysis import cluster_units, clustering_tables, haar_rotations, normalised_variance, tsne
from replicortex.analysis.clustering import indistinguishable, ordered_labels
from replicortex.analysis.variance import trial_variance


def planted(n_clusters=6, per_cluster=15, n_tasks=20, noise=0.04, seed=0):
    """Variances of units in clusters, and the clusters; cluster c prefers task 3 c."""
    rng = np.random.default_rng(seed)
    profiles = 0.1 * rng.random((n_clusters, n_tasks))
    profiles[np.arange(n_clusters), 3 * np.arange(n_clusters) % n_tasks] = 1
    profiles[np.arange(n_clusters), (3 * np.arange(n_clusters) + 7) % n_tasks] = 0.6
    truth = rng.permutation(np.repeat(np.arange(n_clusters), per_cluster))
    values = np.abs(profiles[truth] + noise * rng.normal(size=(len(truth), n_tasks)))
    return values * rng.lognormal(0, 1, (len(truth), 1)), truth


@pytest.mark.usefixtures("few_starts")
def test_planted_clusters_are_found_numbered_by_task_and_sharp():
    values, truth = planted()
    values[[4, 40]] = 1e-6
    found = cluster_units(values, restarts=3)
    active = np.ones(len(truth), bool)
    active[[4, 40]] = False
    assert np.array_equal(found.active, active)
    assert (found.labels[~active] == -1).all()
    assert np.array_equal(found.labels[active], truth[active])
    assert found.k == found.k_low == found.k_high == 6
    assert found.n_active == 88
    assert found.n_pairs == 3
    assert found.agreement[found.ks == 6] == 1


def test_every_silhouette_equals_scikit_learns_own():
    values, _ = planted(4, 12, noise=0.3)
    points = values / values.max(axis=1, keepdims=True)
    found = cluster_units(values, restarts=2)
    assert found.ks.tolist() == list(range(2, 30))
    assert np.array_equal(found.silhouette, found.curves[0])
    parts = {}
    for restart in range(2):
        for k in (2, 5, 17):
            parts[restart, k] = KMeans(k, n_init=20, algorithm="lloyd", random_state=restart).fit_predict(points)
            expected = silhouette_score(points, parts[restart, k])
            assert found.curves[restart, k - 2] == pytest.approx(expected, abs=1e-9)
    for k in (5, 17):
        assert found.agreement[k - 2] == pytest.approx(adjusted_rand_score(parts[0, k], parts[1, k]))
    assert found.k == found.ks[found.silhouette.argmax()]


@pytest.mark.usefixtures("few_starts")
def test_the_rotated_control_destroys_the_clusters():
    rng = np.random.default_rng(3)
    values, truth = planted(seed=2)
    n_units, n_tasks = values.shape
    rotation = haar_rotations(1, n_units, rng)[0]
    # 80 trials per task with independent rates of the planted variances, at three times
    rates = [rng.normal(size=(3, 80, n_units)) * np.sqrt(values[:, task]) for task in range(n_tasks)]
    real = np.stack([trial_variance(rate).mean(axis=0) for rate in rates], axis=1)
    control = np.stack([trial_variance(rate, rotation).mean(axis=0) for rate in rates], axis=1)
    found, destroyed = cluster_units(real), cluster_units(control)
    assert adjusted_rand_score(found.labels, truth) == 1
    assert found.silhouette.max() > 2 * destroyed.silhouette.max()
    assert adjusted_rand_score(destroyed.labels, truth) < 0.2


def test_clusters_are_ordered_by_the_index_of_their_task():
    points = np.array([[0, 0, 1.0], [0, 0.2, 1.0], [0, 1, 0], [1, 0, 0]])
    assert ordered_labels(np.array([0, 0, 2, 1]), points).tolist() == [2, 2, 1, 0]
    # two clusters with the same task keep their order; labels need not be consecutive
    assert ordered_labels(np.array([5, 5, 7, 9]), np.eye(4)[[0, 0, 3, 0]]).tolist() == [0, 0, 2, 1]


def test_fixed_number_of_clusters():
    values, _ = planted()
    found = cluster_units(values, k=10)
    assert found.k == 10 and found.ks.tolist() == [10]
    assert sorted(set(found.labels)) == list(range(10))
    assert found.k_low == found.k_high == 10


def test_flat_curve_gives_a_wide_range_that_holds_k():
    values = np.random.default_rng(0).random((60, 20))
    found = cluster_units(values, restarts=3)
    assert found.k_low <= found.k <= found.k_high
    assert found.k_high - found.k_low > 8


def test_indistinguishable_is_the_one_standard_error_rule():
    rng = np.random.default_rng(1)
    samples = 0.3 + 0.1 * rng.normal(size=(4, 5, 50)) + np.array([0, 0.02, 0.05, 0.04, -0.2])[:, None]
    best = samples.mean(axis=(0, 2)).argmax()
    between = np.mean([samples[:, k].mean(axis=1).var(ddof=1) for k in range(5)])
    expected = []
    for k in range(5):
        d = samples[:, best].mean(axis=0) - samples[:, k].mean(axis=0)
        expected.append(d.mean() <= np.sqrt(d.var(ddof=1) / 50 + 2 * between))
    assert indistinguishable(samples).tolist() == expected
    assert expected[best] and not all(expected)
    # what all numbers of clusters have in common does not widen the range
    common = np.array([[[0.1, 0.9], [0.0, 0.8]]])
    assert indistinguishable(np.repeat(common, 20, axis=2)).tolist() == [True, False]


def test_few_units_cap_k_and_too_few_are_refused():
    values = np.random.default_rng(0).random((9, 20))
    assert cluster_units(values).ks.tolist() == list(range(2, 9))
    # three different points only
    assert cluster_units(np.repeat(values[:3], 4, axis=0)).ks.tolist() == [2, 3]
    with pytest.raises(ValueError, match="2 active units allow"):
        cluster_units(values[:2])
    with pytest.raises(ValueError, match="not k = 12"):
        cluster_units(values, k=12)
    with pytest.raises(ValueError, match=r"shape \(2, 9, 20\)"):
        cluster_units(np.stack([values, values]))
    with pytest.raises(ValueError, match="not finite"):
        cluster_units(np.full((9, 20), np.nan))
    with pytest.raises(ValueError, match="restarts: 0"):
        cluster_units(values, restarts=0)


def test_clustering_tables():
    values, _ = planted(3, 5)
    found = cluster_units(values, restarts=2)
    tables = clustering_tables(found, "seed0", "task")
    n = len(found.ks)
    assert len(tables["silhouette"]) == 2 * n and len(tables["agreement"]) == n
    first = tables["silhouette"].query("restart == 0").set_index("k")["silhouette"]
    number = tables["cluster_number"].iloc[0]
    assert number.k == first.idxmax() == found.k
    assert number.silhouette == first.max()
    assert (tables["agreement"].n_pairs == 1).all()


def test_tsne_separates_clusters_and_adapts_to_few_units():
    values, truth = planted(3, 12)
    points = normalised_variance(values)
    plane = tsne(points)
    assert plane.shape == (36, 2)
    assert np.array_equal(plane, tsne(points))
    distance = cdist(plane, plane) + np.diag(np.full(36, np.inf))
    assert (truth[distance.argmin(axis=1)] == truth).all()
    assert np.isfinite(tsne(points[:5])).all()
    with pytest.raises(ValueError, match="3 units"):
        tsne(points[:2])

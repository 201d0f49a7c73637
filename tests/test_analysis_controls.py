"""Controls of lesions, clusters and parallel changes, each against a plain reference."""

import numpy as np
import pandas as pd
import pytest
import xarray as xr
from analysis_networks import random_network
from scipy import stats

import replicortex as rx
from replicortex.analysis import controls
from replicortex.analysis.circuit import GROUPS, lesion_performance
from replicortex.analysis.groups import groups_of
from replicortex.analysis.measure.streams import stream
from replicortex.tasks import RULE_SETS

TASKS = RULE_SETS["all"].tasks


@pytest.fixture(scope="module")
def net():
    return random_network(24, n_networks=1)


@pytest.fixture(scope="module")
def sources(net):
    """Made up, since a random network has no groups."""
    label, units = net.labels[0], np.arange(24)
    rng = np.random.default_rng(0)
    variance = pd.DataFrame([(label, u, t, rng.random()) for u in units for t in TASKS],
                            columns=["network", "unit", "task", "variance"])  # fmt: skip
    fraction = np.linspace(0, 1, 24)
    names = np.select([fraction > 0.9, fraction < 0.1, abs(fraction - 0.5) < 0.1], ["1", "2", "12"], "none")
    context = pd.DataFrame({"network": label, "unit": units, "fraction": fraction, "group": names})
    clusters = np.where(units < 20, units % 4, -1)
    lesions = [(label, c, 5, t, 256, 0.9, 0.9 - 0.5 * (c == 2 and t in controls.ANTI)) for c in range(4) for t in TASKS]
    columns = "network cluster n_units task n_trials performance_intact performance_lesioned".split()
    return {
        "task_variance": variance,
        "rotated_variance": variance.assign(variance=rng.permutation(variance["variance"])),
        "units": pd.DataFrame({"network": label, "unit": units, "cluster": clusters}),
        "cluster_number": pd.DataFrame({"network": label, "kind": ["task", "rotated"], "k": [4, 2]}),
        "lesions": pd.DataFrame(lesions, columns=columns),
        "context_groups": context,
    }


@pytest.fixture(scope="module")
def tables(net, sources):
    return rx.analysis.measure_controls([net], **sources, batches=8)


def test_tables_of_controls(tables):
    assert {name: len(table) for name, table in tables.items()} == {
        "random_lesions": 3 * controls.DRAWS * 5,
        "lesion_batches": 20 * (8 + controls.ANTI_DRAWS * 1),
        "control_silhouettes": 2 + controls.SHUFFLES,
        "cluster_blocks": 1 + controls.RELABELLINGS,
        "group_outputs": 3,
        "projected": 2 * 3 * 3,
    }
    batches = tables["lesion_batches"]
    assert (batches["cluster"] == 2).all() and (batches["n_units"] == 5).all(), "the one whose loss takes away Anti"
    assert set(batches["draw"]) == {-1, 0, 1, 2}


def test_random_sets_see_the_trials_of_the_groups(net, sources, tables):
    """Silencing the group itself through the same function gives what the table of group lesions has."""
    groups = groups_of(sources["context_groups"], GROUPS)
    own = lesion_performance(net, groups, stream(net, "group lesions")).query("lesion in @groups.keys()")
    trials = stream(net, "group lesions")
    only = controls.random_lesions(net, {"1": groups["1"]}, groups["1"], trials, np.random.default_rng(0), draws=1)
    expected = own.query("lesion == '1'")
    assert only["n_correct"].tolist() == expected["n_correct"].tolist(), "a set of all there are is the group"
    assert tables["random_lesions"].groupby("matched")["n_units"].first().to_dict() == {
        name: len(units) for name, units in groups.items()
    }


def test_sets_are_of_the_pool_and_of_the_size():
    pool = np.array([3, 5, 8, 9])
    sets = controls.random_sets(pool, {"a": 2, "b": 4}, 50, np.random.default_rng(1))
    assert len(sets) == 100 and all(np.isin(units, pool).all() for units in sets.values())
    assert all(len(np.unique(units)) == {"a": 2, "b": 4}[name[0]] for name, units in sets.items())
    assert len({tuple(units) for name, units in sets.items() if name[0] == "a"}) == 6
    with pytest.raises(ValueError, match="5 units for 'a', but 4 to draw from"):
        controls.random_sets(pool, {"a": 5}, 1, np.random.default_rng(1))


def test_blocks_explain_what_an_analysis_of_variance_says():
    rng = np.random.default_rng(2)
    labels = np.repeat([0, 1, 2], (4, 5, 6))
    weights = rng.normal(size=(15, 15)) + 2 * (labels[:, None] == labels)
    off = ~np.eye(15, dtype=bool)
    groups = [weights[off & (labels[:, None] == a) & (labels == b)] for a in range(3) for b in range(3)]
    between, within = 8, sum(map(len, groups)) - 9
    f = stats.f_oneway(*groups).statistic
    assert controls.explained_by_blocks(weights, labels) == pytest.approx(f * between / (f * between + within))
    assert controls.explained_by_blocks(weights, np.zeros(15, int)) == pytest.approx(0)


def test_shuffled_columns_keep_the_tasks_and_lose_the_clusters():
    rng = np.random.default_rng(3)
    centres = rng.random((5, 20)) > 0.6
    points = np.repeat(centres, 20, axis=0) + 0.02 * rng.random((100, 20))
    variance = xr.DataArray(points[None], dims=("network", "unit", "task"), coords={"network": ["n"]})
    rotated = variance.copy(data=rng.random((1, 100, 20)))
    means = controls.shuffled_silhouettes(variance, rotated, 5, rng).groupby("kind")["silhouette"].mean()
    assert means["task"] > 0.9 > 0.3 > max(means["rotated"], means["shuffled"])
    few = controls.shuffled_silhouettes(variance[:, :4], rotated[:, :4], 5, rng)
    assert few["silhouette"].isna().all()


def test_an_error_along_the_long_side_is_projected_out():
    """Two parallel short changes, one corner moved along the long side; then two that share nothing."""
    e = np.eye(6)
    names = ["contextdelaydm1", "contextdelaydm2", "contextdm1", "contextdm2"]
    for second, expected in ((e[0], 1.0), (e[1], 0.0)):
        corners = [10 * e[5], 10 * e[5] + second + 0.8 * e[5], 0 * e[0], e[0]]
        vectors = xr.DataArray(np.stack(corners), dims=("task", "unit"), coords={"task": names})
        found = controls.projected_cosines(vectors, "n", "activity")
        (cosine,) = found.loc[found["kind"] == "paper", "cosine"]
        # nearly: the mean long side is turned a little by half of the second change
        assert cosine == pytest.approx(expected, abs=0.05)
        assert len(found) == 3 and list(found["kind"]) == ["paper", "shuffled", "shuffled"]

"""Task vectors against plain runs, their geometry against scikit-learn and shapes with known answers."""

from __future__ import annotations

from itertools import combinations, permutations

import numpy as np
import pandas as pd
import pytest
import torch
from analysis_networks import N_INPUT, N_OUTPUT, channel_network, random_network, rule_channel
from sklearn.decomposition import PCA

from replicortex import networks
from replicortex.analysis import measure_vectors, rule_vectors, task_vectors
from replicortex.analysis.geometry import cosine, distances, oriented, principal_plane, square
from replicortex.analysis.measure.vectors import parallelism_table, planes_table, squares_table
from replicortex.analysis.vectors import SETS
from replicortex.networks.architecture import for_rule_set
from replicortex.networks.ensemble import create
from replicortex.tasks import RULE_SETS, Coding, generate

RNG = np.random.default_rng
ANTI = SETS[0]


def test_a_vector_is_the_mean_rate_at_the_last_step_of_the_first_stimulus():
    quiet = Coding(sigma_x=0.0)
    net = random_network(12, sigma_rec=0.0)
    found = task_vectors(net, RNG(0), tasks=["contextdm1", "dmsgo", "fdgo"], coding=quiet)
    assert found.dims == ("repetition", "task", "unit")
    for task, last_ms in (("fdgo", 1500), ("contextdm1", 1500), ("dmsgo", 1000)):
        trial = generate(task, mode="test", noise=False, coding=quiet)
        rates = net.run(trial.x).rates[0]
        step = last_ms // 20 - 1
        ring = trial.x[step + 1] - trial.x[step]
        assert (ring[:, 1:65] <= 0).all() and (ring != 0).any(), "something goes off after the step that is read"
        expected = rates[step].astype(float).mean(axis=0)
        for repetition in range(2):
            np.testing.assert_allclose(found.sel(task=task)[repetition], expected, rtol=1e-5)


def test_both_noises_are_on_and_follow_the_generator():
    net = random_network(8, sigma_rec=0.05)
    one, again, other = (task_vectors(net, RNG(seed), tasks=["fdgo"]).values for seed in (1, 1, 2))
    np.testing.assert_array_equal(one, again)
    assert (one[0] != one[1]).all() and (one != other).all()
    still = task_vectors(random_network(8, sigma_rec=0.0), RNG(1), tasks=["fdgo"], coding=Coding(sigma_x=0.0)).values
    np.testing.assert_array_equal(still[0], still[1])


def test_tasks_whose_stimulus_is_the_go_signal_have_no_vector():
    found = task_vectors(random_network(4), RNG(0), repetitions=1)
    assert list(found.task.values) == [name for name in RULE_SETS["all"].tasks if not name.startswith("react")]
    with pytest.raises(ValueError, match="none of the tasks has the epoch 'stim1'"):
        task_vectors(random_network(4), RNG(0), tasks=["reactgo"])
    with pytest.raises(ValueError, match="takes one network, not 2"):
        task_vectors(random_network(4, n_networks=2), RNG(0))


def test_rule_vectors_are_the_rows_of_the_rule_channels_and_mixing_is_resolved():
    net = channel_network([rule_channel("fdanti"), rule_channel("dm2")])
    found = rule_vectors(net)
    assert found.sel(task="fdanti").values.tolist() == [1, 0] and found.sel(task="dm2").values.tolist() == [0, 1]
    assert float(abs(found).sum()) == 2
    mixed = create(for_rule_set("all", units=6, separate_input=True, mix_rule=True, activation="relu"), [RNG(3)], ["a"])
    weights = mixed.one(0)
    expected = torch.eye(20) @ weights["mix_rule"] @ weights["w_rule"]
    np.testing.assert_allclose(rule_vectors(mixed).values, expected.numpy(), atol=1e-6)


@pytest.mark.parametrize("shape", [(4, 30), (18, 5), (4, 2)])
def test_the_plane_is_scikit_learns(shape):
    vectors = RNG(0).normal(size=shape)
    pca = PCA(2).fit(vectors)
    plane = principal_plane(vectors)
    np.testing.assert_allclose(np.abs(plane.points), np.abs(pca.transform(vectors)), atol=1e-10)
    assert plane.explained == pytest.approx(pca.explained_variance_ratio_.sum())
    assert (plane.points[0] >= 0).all()


def test_a_plane_of_points_that_do_not_differ_is_a_point():
    plane = principal_plane(np.ones((4, 7)))
    assert not plane.points.any() and np.isnan(plane.explained)
    assert not oriented(plane.points).any()
    np.testing.assert_allclose(principal_plane(np.array([[1.0], [3.0]])).points, [[1, 0], [-1, 0]])


def test_orientation_undoes_any_rotation_and_reflection():
    points = RNG(1).normal(size=(4, 2))
    first = oriented(points)
    assert first[0] == pytest.approx([np.hypot(*points[0]), 0])
    assert first[1, 1] >= 0
    for angle in np.linspace(0, 2 * np.pi, 7):
        turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
        for mirror in (1, -1):
            np.testing.assert_allclose(oriented(points @ turn * [1, mirror]), first, atol=1e-12)


def test_assignments_are_all_that_the_orders_of_four_tasks_give():
    point = dict(zip("abcd", RNG(2).normal(size=(4, 9)), strict=True))

    def value(pair):
        (a, b), (c, d) = pair
        return cosine(point[b] - point[a], point[d] - point[c])

    named = type(ANTI)("x", tuple("abcd"), (("a", "b"), ("c", "d")))
    found = [value(pair) for pair in named.assignments()]
    every = {round(value(((a, b), (c, d))), 10) for a, b, c, d in permutations("abcd")}
    assert sorted(round(each, 10) for each in found) == sorted(every)
    assert len(every) == 6
    assert found[0] == value((("a", "b"), ("c", "d")))
    assert sum(found) == pytest.approx(0), "shuffled assignments have the mean 0"


def test_sets_name_the_tasks_of_their_arrows_and_tasks_that_exist():
    for each in SETS:
        assert sorted(task for arrow in each.arrows for task in arrow) == sorted(each.tasks)
        assert set(each.tasks) <= set(RULE_SETS["all"].tasks)


def corners(side_1=1.0, side_2=1.0, out=0.0, dimension=6, seed=4):
    """Corners a, b, c, d of a rectangle in a random plane; `out` lifts a and d above it and b and c below."""
    axes = np.linalg.qr(RNG(seed).normal(size=(dimension, 3)))[0].T
    u, v, w = side_1 * axes[0], side_2 * axes[1], out * axes[2]
    return [w, u - w, v - w, u + v + w]


def test_a_square_is_a_square():
    measured = square(*corners())
    assert measured.extent_1 == pytest.approx(0.5) and measured.extent_2 == pytest.approx(0.5)
    assert measured.extent_3 == pytest.approx(0, abs=1e-12)
    assert (measured.side_1, measured.side_2, measured.angle_deg) == pytest.approx((1, 1, 90))


def test_rectangles_and_tetrahedra_are_told_from_squares():
    long = square(*corners(side_2=3))
    assert long.extent_2 / long.extent_1 == pytest.approx(1 / 3)
    assert (long.side_1, long.side_2) == pytest.approx((1, 3))
    free = square(*np.eye(4))
    assert (free.extent_1, free.extent_2) == pytest.approx((free.extent_3, free.extent_3))
    a, b, c, d = np.eye(4)
    assert cosine(b - a, d - c) == 0
    assert np.isnan(cosine(a, np.zeros(4)))


@pytest.mark.parametrize(("out", "expected"), [(0.0, 1.0), (0.25, 0.6), (0.5, 0.0)])
def test_the_cosine_falls_as_tasks_leave_the_plane(out, expected):
    """Sides u -+ 2w: shared part 1, private part 2 x out, so cos = (1 - 4 out^2) / (1 + 4 out^2)."""
    a, b, c, d = corners(out=out)
    assert cosine(b - a, d - c) == pytest.approx(expected, abs=1e-12)


def test_distances_against_loops_and_without_a_difference():
    vectors = RNG(5).normal(size=(3, 4, 6))
    between, within = distances(vectors)
    for a, b in combinations(range(4), 2):
        apart = [np.linalg.norm(vectors[i, a] - vectors[j, b]) for i in range(3) for j in range(3) if i != j]
        assert between[a, b] == pytest.approx(np.mean(apart)) and between[b, a] == pytest.approx(between[a, b])
    twice = [np.linalg.norm(vectors[i, 2] - vectors[j, 2]) for i, j in combinations(range(3), 2)]
    assert within[2] == pytest.approx(np.mean(twice))
    same = RNG(6).normal(size=(2, 40, 200))  # forty measurements of one point, twice
    between, within = distances(same)
    assert between[np.triu_indices(40, 1)].mean() == pytest.approx(within.mean(), rel=0.02)
    with pytest.raises(ValueError, match="needs two"):
        distances(vectors[:1])


def factorial_network(private: float) -> networks.Ensemble:
    """Rule channels of Go, Dly Go, Anti, Dly Anti drive a unit for "Anti", one for "Dly", and each one of its own."""
    w_in = np.zeros((N_INPUT, 6))
    for i, (task, anti, delay) in enumerate((("fdgo", 0, 0), ("delaygo", 0, 1), ("fdanti", 1, 0), ("delayanti", 1, 1))):
        w_in[rule_channel(task), :2] = anti, delay
        w_in[rule_channel(task), 2 + i] = private
    zeros = np.zeros((6, 6)), np.zeros(6), np.zeros((6, N_OUTPUT)), np.zeros(N_OUTPUT)
    return networks.from_arrays(w_in, *zeros, activation="relu", labels=["seed5"])


def test_tables_of_a_network_made_of_factors():
    tables = measure_vectors([factorial_network(0.0)])
    assert set(tables) == {
        "task_vectors", "task_planes", "rule_planes", "parallelism", "squares", "task_distances",
    }  # fmt: skip
    for table in tables.values():
        assert set(table["network"]) == {"seed5"}
    pairs = tables["parallelism"].query("set == 'anti'")
    assert pairs.groupby("space").size().tolist() == [6, 6]
    for space, tolerance in (("rules", 1e-12), ("activity", 0.05)):
        rows = pairs[pairs["space"] == space]
        (paper,) = rows.query("kind == 'paper'").itertuples()
        assert (paper.from_1, paper.to_1, paper.from_2, paper.to_2) == ("fdgo", "delaygo", "fdanti", "delayanti")
        assert paper.cosine == pytest.approx(1, abs=tolerance)
        assert sorted(rows["cosine"]) == pytest.approx([-1, -1, 0, 0, 1, 1], abs=2 * tolerance + 0.05)
        (shape,) = tables["squares"].query("space == @space and set == 'anti'").itertuples()
        assert shape.side_1 == pytest.approx(shape.side_2, rel=0.05) and shape.angle_deg == pytest.approx(90, abs=3)
    plane = tables["rule_planes"].query("set == 'anti'").set_index("task")
    assert plane.index.tolist() == ["fdgo", "fdanti", "delaygo", "delayanti"]
    half = np.sqrt(0.5)
    expected = [[half, 0], [0, half], [0, -half], [-half, 0]]
    np.testing.assert_allclose(plane[["x", "y"]], expected, atol=1e-12)
    assert plane["explained"].tolist() == pytest.approx([1] * 4)
    assert len(tables["task_distances"]) == 18 * 17 / 2


def test_private_rule_weights_lower_the_cosine_as_computed():
    """Changes share one unit and differ in four: cos = 1 / (1 + 2 p^2)."""
    table = parallelism_table(rule_vectors(factorial_network(0.5)), "n", "rules")
    assert table.query("set == 'anti' and kind == 'paper'")["cosine"].item() == pytest.approx(1 / 1.5)


def test_silent_networks_and_sets_that_lack_a_task_are_no_error():
    vectors = rule_vectors(factorial_network(0.0)).sel(task=list(ANTI.tasks)) * 0
    assert parallelism_table(vectors, "n", "rules")["cosine"].isna().all()
    assert set(planes_table(vectors, "n")["set"]) == {"anti", "all"}
    assert len(squares_table(vectors.isel(task=slice(3)), "n", "rules")) == 0
    two = create(for_rule_set("mante", units=5), [RNG(0)], ["seed0"])
    tables = measure_vectors([two])
    assert set(tables["task_planes"]["set"]) == {"all"} and len(tables["task_distances"]) == 1
    assert tables["parallelism"].empty and "cosine" in tables["parallelism"]


def test_a_networks_tables_do_not_depend_on_who_is_measured_beside_it():
    pair = create(for_rule_set("mante", units=6), [RNG(0), RNG(1)], ["seed0", "seed1"])
    both = measure_vectors([pair])
    alone = measure_vectors([pair.select(1)])
    for name, table in both.items():
        own = table[table["network"] == "seed1"].reset_index(drop=True)
        pd.testing.assert_frame_equal(own, alone[name])


def test_composite_rule_inputs_are_added_up_before_they_are_mixed():
    """A mixed network under Anti + Dly Go - Go does what the sum of its three rule vectors asks for."""
    arch = for_rule_set("all", units=10, separate_input=True, mix_rule=True, activation="relu", sigma_rec=0.0)
    mixed = create(arch, [RNG(4)], ["a"])
    rules = {"fdanti": 1, "delaygo": 1, "fdgo": -1}
    trial = generate("delayanti", mode="test", noise=False, rules=rules)
    vectors = rule_vectors(mixed)
    weights = mixed.input_weights()[0].copy()
    weights[rule_channel("delayanti")] = sum(sign * vectors.sel(task=rule).values for rule, sign in rules.items())
    one = {name: value.numpy() for name, value in mixed.one(0).items()}
    bias = one["b_rec"] + one["b_sensory"]
    plain = networks.from_arrays(
        weights, one["w_rec"], bias, one["w_out"], one["b_out"], activation="relu", sigma_rec=0.0
    )
    own = generate("delayanti", mode="test", noise=False)
    np.testing.assert_allclose(mixed.run(trial.x).outputs, plain.run(own.x).outputs, atol=1e-5)

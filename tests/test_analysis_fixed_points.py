"""Fixed points and linearisation, on maps and networks whose answer is known or can be had in another way."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest
import torch
from analysis_networks import random_network
from scipy.optimize import brentq

import replicortex as rx
from replicortex.analysis import fixed_points as fp
from replicortex.analysis.integration import Held, find_line, line_tables, slow_speed
from replicortex.analysis.integration_tasks import choice_axis, context_held
from replicortex.analysis.linearised import dynamics
from replicortex.networks import Architecture, create

CELLS = (
    ("leaky_rnn", "softplus"),
    ("leaky_rnn", "tanh"),
    ("leaky_rnn", "power"),
    ("leaky_gru", "tanh"),
    ("leaky_gru", "elu"),
    ("gru", "softplus"),
    ("lstm", "tanh"),
)
W = np.random.default_rng(1).normal(0, 0.6, (5, 5))


def network(cell: str, activation: str, seed: int = 0):
    arch = Architecture(cell=cell, activation=activation, units=6, n_input=4, n_output=3, n_rule=0)
    net = create(arch, [np.random.default_rng(seed)], ["seed0"], init="randgauss") if cell == "leaky_rnn" else create(
        arch, [np.random.default_rng(seed)], ["seed0"]
    )  # fmt: skip
    weights = {name: value.double() for name, value in net.parameters.items()}
    return type(net)(arch, weights, net.labels)


def states(net, n: int = 3) -> torch.Tensor:
    size = net.architecture.units * (2 if net.architecture.cell == "lstm" else 1)
    return torch.from_numpy(np.random.default_rng(2).normal(0, 0.7, (n, size)))


@pytest.mark.parametrize(("cell", "activation"), CELLS)
def test_jacobian_by_hand_is_that_of_autograd(cell, activation):
    net = network(cell, activation)
    moves = dynamics(net, np.array([0.3, -1.0, 0.5, 0.1]))
    h = states(net)
    expected = torch.stack([torch.autograd.functional.jacobian(lambda s: moves.step(s[None])[0], one) for one in h])
    torch.testing.assert_close(moves.jacobian(h), expected, rtol=1e-10, atol=1e-12)


@pytest.mark.parametrize(("cell", "activation"), CELLS)
def test_derivative_by_the_input_is_that_of_differences(cell, activation):
    net, x, small = network(cell, activation), np.array([0.3, -1.0, 0.5, 0.1]), 1e-6
    h = states(net)
    for channel, each in enumerate(np.eye(4) * small):
        up, down = (dynamics(net, x + sign * each).step(h) for sign in (1, -1))
        found = dynamics(net, x).inputs(h)[..., channel]
        torch.testing.assert_close(found, (up - down) / (2 * small), rtol=1e-6, atol=1e-8)


@pytest.mark.parametrize(("cell", "activation"), CELLS)
def test_step_is_that_of_the_network(cell, activation):
    net = network(cell, activation)
    x = np.array([0.3, -1.0, 0.5, 0.1], np.float32)
    rates = net.run(np.broadcast_to(x, (4, 1, 4)).copy()).rates[0, :, 0]
    h = torch.zeros(1, net.architecture.units * (2 if cell == "lstm" else 1), dtype=torch.float64)
    for expected in rates:
        h = dynamics(net, x).step(h)
        np.testing.assert_allclose(h[0, : net.architecture.units], expected, atol=1e-6)


def test_dynamics_says_what_input_it_takes():
    with pytest.raises(ValueError, match=r"shape \(3,\) is not \(4,\)"):
        dynamics(network("gru", "tanh"), np.zeros(3))


def tanh_map(h: torch.Tensor) -> torch.Tensor:
    return torch.tanh(2 * h)


def test_newton_finds_the_roots_of_a_map_and_which_of_them_hold():
    root = brentq(lambda h: math.tanh(2 * h) - h, 0.5, 1)
    found = fp.fixed_points(tanh_map, np.array([[0.01], [0.8], [-0.7]]))
    np.testing.assert_allclose(found.states[:, 0], [0, root, -root], atol=1e-9)
    assert (found.speed < 1e-20).all()
    modes = fp.modes(fp.automatic(tanh_map)(torch.from_numpy(found.states)).numpy())
    assert modes.unstable.tolist() == [1, 0, 0]
    np.testing.assert_allclose(modes.values[:, 0], [2, *[2 * (1 - root**2)] * 2], atol=1e-8)


def test_newton_does_not_leave_a_line_of_fixed_points_nor_run_along_it():
    """F(h) = h - 0.3 n (n . h) leaves every point still that is orthogonal to n: A = J - I is singular there."""
    n = torch.tensor([0.6, 0.8], dtype=torch.float64)
    found = fp.fixed_points(lambda h: h - 0.3 * n * (h @ n)[:, None], np.array([[1.0, 1.0], [-2.0, 3.0]]))
    np.testing.assert_allclose(found.states @ n.numpy(), 0, atol=1e-9)
    np.testing.assert_allclose(found.states @ [0.8, -0.6], np.array([[1.0, 1.0], [-2.0, 3.0]]) @ [0.8, -0.6], atol=1e-9)


def test_slow_points_stop_where_it_is_slow_enough_each_by_itself():
    def drift(h: torch.Tensor) -> torch.Tensor:  # fast towards the axis, slow along it
        return torch.stack([h[:, 0] + 1e-3, 0.5 * h[:, 1]], dim=1)

    starts = np.array([[0.0, 1.0], [2.0, -0.5], [5.0, 0.0]])
    found = fp.slow_points(drift, starts, enough=1e-6)
    assert (found.speed < 1e-6).all()
    np.testing.assert_allclose(found.states[:, 0], [0, 2, 5], atol=1e-6)
    assert abs(found.states[:, 1]).max() < 4e-3
    np.testing.assert_array_equal(fp.slow_points(drift, starts[1:2], enough=1e-6).states, found.states[1:2])
    np.testing.assert_array_equal(found.states[2], starts[2])  # was slow from the beginning


def test_slow_points_reach_a_minimum_of_the_speed_that_is_no_fixed_point():
    """F(h) - h = h^2 + 0.1 has no root; q is least at h = 0."""
    found = fp.slow_points(lambda h: h + h.square() + 0.1, np.array([[0.5], [-0.4]]), steps=3000)
    np.testing.assert_allclose(found.states, 0, atol=1e-3)
    np.testing.assert_allclose(found.speed, 0.005, rtol=1e-3)


def test_modes_against_their_definition():
    modes = fp.modes(W[None])
    values = np.linalg.eigvals(W)
    slowness = np.sort(np.abs(np.log(np.abs(values))))
    np.testing.assert_allclose(np.abs(np.log(np.abs(modes.values[0]))), slowness)
    symmetric = W @ W.T  # its slowest mode is real
    found = fp.modes(symmetric[None])
    top = found.values[0, 0].real
    np.testing.assert_allclose(symmetric @ found.right[0], top * found.right[0], rtol=1e-9)
    tilted = np.diag([0.99, 0.5]) + np.array([[0, 0.3], [0, 0]])
    found = fp.modes(tilted[None])
    np.testing.assert_allclose(found.left[0] @ tilted, 0.99 * found.left[0], rtol=1e-9)
    assert found.left[0] @ found.right[0] == pytest.approx(1)
    # a push changes the state along the slowest mode by left . push, and that is what is left of it in the end
    late = np.linalg.matrix_power(tilted, 200) @ [1.0, 2.0]
    np.testing.assert_allclose(late, 0.99**200 * found.right[0] * (found.left[0] @ [1.0, 2.0]), atol=1e-12)


def test_modes_whose_vectors_coincide_do_not_end_it():
    found = fp.modes(np.array([[[0.9, 0.1], [0.0, 0.9]], [[0.0, 1.0], [0.0, 0.0]]]))
    np.testing.assert_allclose(found.values[0], [0.9, 0.9], atol=1e-6)
    assert np.isfinite(found.right).all() and found.unstable.tolist() == [0, 0]


def test_time_constants_are_those_of_the_decay():
    found = fp.modes(np.diag([math.exp(-20 / 500), 1.25, math.exp(-20 / 100)])[None]).time_constants(20.0)
    np.testing.assert_allclose(found, [[500, 100, 20 / math.log(1.25)]])


def test_of_near_points_the_slowest_is_kept():
    points = fp.Points(np.array([[0.0], [0.4], [0.8], [5.0]]), np.array([3.0, 1.0, 2.0, 9.0]), np.ones(4, bool))
    assert fp.distinct(points, 0.5).tolist() == [1, 3]  # a chain of near points is one
    assert fp.distinct(points, 0.1).tolist() == [0, 1, 2, 3]
    assert fp.distinct(points.where(np.array([2])), 1.0).tolist() == [0]
    with pytest.raises(ValueError, match="not above 0"):
        fp.distinct(points, 0)


def test_line_share_position_and_order():
    along = np.array([-1.0, 0.0, 3.0])
    straight = fp.line(along[:, None] * [0.6, 0.8], towards=-along)
    assert straight.share == pytest.approx(1) and straight.second == pytest.approx(0)
    np.testing.assert_allclose(straight.position, [1, 0.5, -1])
    np.testing.assert_allclose(straight.axis, [-0.6, -0.8])
    square = fp.line(np.array([[0.0, 0.0], [0, 1], [1, 0], [1, 1]]))
    assert square.share == pytest.approx(0.5)
    assert fp.order_along(np.array([0.0, 1, 2]), np.array([5.0, 7, 6])) == pytest.approx(0.5)
    assert np.isnan(fp.order_along(np.zeros(3), np.arange(3.0)))
    alone = fp.line(np.zeros((1, 4)))
    assert np.isnan(alone.share) and alone.position.tolist() == [0]


def integrator_held(leak: float = 0.0) -> Held:
    """Two states: the first adds up evidence (with a leak), the second decays by half in a step; answers saturate."""
    matrix = torch.tensor([[1 - leak, 0.0], [0.0, 0.5]], dtype=torch.float64)

    class Moves:
        @staticmethod
        def step(h):
            return h @ matrix.T

        @staticmethod
        def jacobian(h):
            return matrix.expand(len(h), 2, 2)

        @staticmethod
        def inputs(h):
            return torch.tensor([[1.0, 0.1], [0.5, 0.5]], dtype=torch.float64).expand(len(h), 2, 2)

    time = np.arange(1, 41)[:, None]
    coherences = np.array([-1.0, -0.5, 0.0, 0.5, 1.0])
    visited = np.stack([0.02 * time * coherences, 0.3 * 0.5**time * np.ones_like(coherences)], axis=2)
    return Held({"network": "seed0", "task": "toy", "direction": 0.0}, Moves, 20.0, visited, coherences,
                lambda h: np.clip(h[:, 0] / 0.7, -1, 1), np.array([[1.0, 0.0], [0.0, 1.0]]))  # fmt: skip


def test_an_integrator_is_found_to_be_one():
    held = integrator_held(0.001)
    found = find_line(held)
    assert (found.slow.speed < slow_speed(held.visited)).all()
    assert found.line.share > 0.99 and abs(found.line.axis[0]) > 0.99
    np.testing.assert_allclose(found.modes.time_constants(20.0)[:, 0], 20 / -math.log(0.999))
    np.testing.assert_allclose(found.modes.time_constants(20.0)[:, 1], 20 / math.log(2))
    np.testing.assert_allclose(found.pushed, [[1.0] * len(found.answer), [0.1] * len(found.answer)])
    tables = line_tables([held])
    (row,) = tables["slow_line"].to_dict("records")
    assert row["order"] > 0.99 and row["tau_1_ms"] == pytest.approx(20 / -math.log(0.999))
    assert (row["relevant"], row["irrelevant"]) == (pytest.approx(1), pytest.approx(0.1))
    assert 0 < row["n_undecided"] < row["n_slow"]  # where answers are at their largest, the choice is made
    assert len(tables["slow_paths"]) == 40 * 5 and set(tables["slow_points"]["kind"]) == {"slow", "fixed"}


def test_slow_speed_by_hand():
    visited = np.zeros((10, 2, 2))
    visited[-1, 1] = [3, 4]
    assert slow_speed(visited) == pytest.approx(0.5 * (0.1 * 5 / 10) ** 2)


def test_a_network_without_slow_points_has_a_row_that_says_so():
    held, never = integrator_held(), integrator_held().moves
    running = type(
        "Moves", (), {"step": staticmethod(lambda h: h + 1.0), "jacobian": never.jacobian, "inputs": never.inputs}
    )
    tables = line_tables([replace(held, moves=running)])
    (row,) = tables["slow_line"].to_dict("records")
    assert (row["n_slow"], row["n_fixed"], row["n_undecided"]) == (0, 0, 0)
    assert np.isnan([row[name] for name in ("share_1", "order", "tau_1_ms", "relevant")]).all()
    assert tables["slow_points"]["kind"].tolist() == ["none"] and tables["slow_modes"]["point"].tolist() == [-1]
    assert len(tables["slow_paths"]) == 200


def test_answers_of_the_context_tasks_are_read_after_ten_steps_of_response():
    net = random_network(8)
    held = context_held(net, "contextdm1", 0.0)
    assert held.visited.shape == (40, 11, 8) and held.pushes.shape == (2, 85)
    # coherence in modality 1 raises one stimulus of its ring and lowers the opposite one, and nothing else
    assert abs(held.pushes[0, 1:33]).max() > 0.5 and not held.pushes[0, 33:].any()
    assert abs(held.pushes[1, 33:65]).max() > 0.5 and not held.pushes[1, :33].any()
    go = np.zeros(85, np.float32)
    start = held.visited[-1, :2]
    x = np.broadcast_to(go, (10, 2, 85)).copy()
    moves, h = dynamics(net, go), torch.from_numpy(start)
    for _ in range(len(x)):
        h = moves.step(h)
    y = 1 / (1 + np.exp(-(h.numpy() @ net.one(0)["w_out"].numpy() + net.one(0)["b_out"].numpy())))[:, 1:]
    cosine = np.cos(2 * np.pi * np.arange(32) / 32 - 1.0)
    np.testing.assert_allclose(choice_axis(net, start, go, 1.0), (y * cosine).sum(1) / y.sum(1), rtol=1e-6)


def test_tables_of_a_population_hold_every_network_task_and_direction():
    tables = rx.analysis.measure_integration([random_network(8, n_networks=2)])
    for table in tables.values():
        assert len(table.groupby(["network", "task", "direction"])) == 2 * 2 * 2
    assert (tables["slow_line"]["n_slow"] >= 1).all() and (tables["slow_line"]["tau_all_1_ms"] > 0).all()

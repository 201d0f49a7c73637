"""Networks of the primer against plain loops, costs against sums, training that stops and goes on to the same bits."""

import json

import numpy as np
import pandas as pd
import pytest
import torch

import replicortex as rx
from replicortex import primer
from replicortex.primer import cells, job, tasks
from replicortex.primer.job import Trained
from replicortex.primer.learning import OPTIMISERS, Learner, costs, mask_of, soft_threshold, task_loss
from replicortex.primer.measure import checkerboard, perceptual


def experiment(**sections):
    settings = {"seeds": 1, "training": {"updates": 12, "evaluate_every": 5, "evaluation_trials": 20}, **sections}
    settings["training"] = {"updates": 12, "evaluate_every": 5, "evaluation_trials": 20, **settings["training"]}
    config = {"schedules": {"paper": {}}, "experiments": {"other": {}}, "primer": {"small": settings}}
    return rx.load_config(config, scale="laptop")["small"]


def generator(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def test_leaky_cell_and_its_variant_by_a_plain_loop():
    x = torch.randn((9, 4, 3), generator=generator(1))
    for outside in (False, True):
        cell = cells.Leaky(3, 5, generator(), activation="softplus", alpha=0.2, outside=outside)
        f, h = torch.nn.functional.softplus, torch.zeros(4, 5)
        rates = cell(x)
        for t in range(9):
            p = x[t] @ cell.w_in + h @ cell.w_rec + cell.b_rec
            h = f(0.8 * h + 0.2 * p) if outside else 0.8 * h + 0.2 * f(p)
            assert torch.allclose(rates[t], h, atol=1e-6)


@pytest.mark.parametrize("noisy", [True, False])
@pytest.mark.parametrize("outside", [True, False])
@pytest.mark.parametrize("activation", cells.ACTIVATIONS)
def test_written_out_gradient_of_the_leaky_cells_is_the_numerical_one(activation, outside, noisy):
    source = generator()
    drives, shocks = torch.randn((2, 7, 3, 4), generator=source, dtype=torch.float64).unbind()
    w_rec = torch.randn((4, 4), generator=source, dtype=torch.float64)
    arguments = (drives.requires_grad_(), w_rec.requires_grad_(), shocks if noisy else None, activation, 0.3, outside)
    assert torch.autograd.gradcheck(cells.Euler.apply, arguments, atol=1e-8, rtol=1e-6)


def test_rates_are_never_negative_without_noise_and_can_be_with_it():
    x = torch.randn((50, 20, 3), generator=generator(1))
    cell = cells.Leaky(3, 30, generator(), sigma=0.1)
    assert cell(x).min() >= 0
    noisy = cell(x, generator(2))
    assert noisy.min() < 0
    # noise after f, of s.d. sigma sqrt(2 alpha): with silent units nothing else is left
    with torch.no_grad():
        cell.b_rec.fill_(-100.0)
    silent = cell(torch.zeros(1, 20000, 3), generator(3))
    assert float(silent.detach().std()) == pytest.approx(0.1 * 0.4**0.5, rel=0.02)


def test_vanilla_cell_is_tanh_of_the_sum():
    cell = cells.BuiltIn("vanilla", 3, 5, generator())
    x, h = torch.randn((6, 2, 3), generator=generator(1)), torch.zeros(2, 5)
    w = dict(cell.cell.named_parameters())
    for t, rate in enumerate(cell(x)):
        h = torch.tanh(x[t] @ w["weight_ih_l0"].T + w["bias_ih_l0"] + h @ w["weight_hh_l0"].T + w["bias_hh_l0"])
        assert torch.allclose(rate, h, atol=1e-6)


def test_plastic_synapses_by_a_plain_loop_and_at_rest():
    cell = cells.Plastic(3, 4, generator(), dt=20.0, alpha=0.2)
    x = 3 * torch.randn((40, 2, 3), generator=generator(1))
    rates = cell(x).detach().numpy()
    w_in, w_rec, b = (p.detach().numpy() for p in (cell.w_in, cell.w_rec, cell.b_rec))
    tau_x, tau_u, rest = np.array([cell.FACILITATING, cell.DEPRESSING])[[0, 1, 0, 1]].T
    h, left, used = np.zeros((2, 4)), np.ones((2, 4)), np.tile(rest, (2, 1))
    for t in range(40):
        r = np.maximum(h, 0)
        new = left + 20 * (1 - left) / tau_x - 0.02 * used * left * r
        used = np.clip(used + 20 * (rest - used) / tau_u + 0.02 * rest * (1 - used) * r, 0, 1)
        left = np.clip(new, 0, 1)
        p = x[t].numpy() @ w_in + (used * left * r) @ w_rec + b
        h = 0.8 * h + 0.2 * np.maximum(p, 0)
        assert np.allclose(rates[t], h, atol=1e-5)
    assert cell.efficacy.shape == (40, 2, 4) and 0 <= cell.efficacy.min() and cell.efficacy.max() <= 1


def test_modules_are_driven_from_below_and_the_last_is_read():
    e = experiment(network={"cell": "modules", "units": 12})
    network = primer.network_of(e, "seed0")
    x = torch.randn((7, 2, 3), generator=generator(1))
    outputs, rates = network(x)
    low = network.cell.levels[0](x)
    assert torch.equal(rates[..., :4], low) and torch.equal(rates[..., 4:8], network.cell.levels[1](low))
    assert torch.allclose(outputs, rates[..., 8:] @ network.w_out + network.b_out)


def test_losses_against_pytorchs_own():
    outputs, index = torch.randn((5, 4, 3), generator=generator()), torch.randint(3, (5, 4), generator=generator(1))
    targets = torch.nn.functional.one_hot(index, 3).float()
    functional = torch.nn.functional
    expected = functional.cross_entropy(outputs.reshape(-1, 3), index.reshape(-1))
    assert torch.allclose(task_loss("cross_entropy", outputs, targets), expected)
    assert torch.allclose(task_loss("l1", outputs, targets), functional.l1_loss(outputs, targets))
    assert torch.allclose(task_loss("l2", outputs, targets), functional.mse_loss(outputs, targets))


def test_loss_under_a_mask_is_the_weighted_mean_and_integers_are_onehot():
    outputs, index = torch.randn((5, 4, 3), generator=generator()), torch.randint(3, (5, 4), generator=generator(1))
    onehot, mask = torch.nn.functional.one_hot(index, 3).float(), torch.rand((5, 4), generator=generator(2))
    for name in ("cross_entropy", "l1", "l2"):
        each = torch.stack(
            [task_loss(name, outputs[t : t + 1, [k]], onehot[t : t + 1, [k]]) for t in range(5) for k in range(4)]
        )
        expected = (each * mask.flatten()).sum() / mask.sum()
        assert torch.allclose(task_loss(name, outputs, onehot, mask), expected)
    assert torch.equal(task_loss("cross_entropy", outputs, index), task_loss("cross_entropy", outputs, onehot))


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("crossentropy", (5, 4, 3), (5, 4, 3)), "loss: 'crossentropy' is not one of .*did you mean 'cross_entropy'"),
        (("ce", (5, 4, 3), (5, 4, 3)), "loss: 'ce' is not one of cross_entropy, l1, l2"),
        (("l2", (5, 4, 3), (5, 4)), r"targets: shape \(5, 4\) does not go with outputs of shape \(5, 4, 3\); give"),
        (("cross_entropy", (5, 4, 3), (4, 5, 3)), r"targets: shape \(4, 5, 3\) .*or, for cross_entropy, integers"),
        (("l1", (5, 4, 3), (5, 4, 3), (4, 5)), r"mask: shape \(4, 5\) is not \(time, trial\), \(5, 4\)"),
    ],
)
def test_losses_refuse_unknown_names_and_shapes_that_would_be_misread(arguments, message):
    name, *shapes = arguments
    with pytest.raises(ValueError, match=message):
        task_loss(name, *(torch.zeros(shape) for shape in shapes))


def test_periods_weigh_as_they_are_told_to():
    e = experiment(training={"period_weights": {"fixation": 0.0, "decision": 5.0}})
    trials = primer.PerceptualDecision().draw(2, np.random.default_rng(0))
    mask = mask_of(trials, e.training)
    assert mask[:, 0].tolist() == [0.0] * 5 + [1.0] * 50 + [5.0] * 5
    assert mask_of(trials, experiment().training) is None
    learner = Learner(experiment(training={"period_weights": {"decide": 2}}), "seed0")
    with pytest.raises(ValueError, match="period: 'decide' is not one of fixation, stimulus"):
        learner.advance()


def test_a_cost_of_squared_rates_is_their_mean():
    e = experiment(training={"l2_rates": 0.5, "l1_rates": 1e-3})
    rates = torch.randn((7, 2, 64), generator=generator(1))
    expected = 0.5 * rates.square().mean() + 1e-3 * rates.abs().sum()
    assert torch.allclose(costs(primer.network_of(e, "seed0"), rates, e.training)["rate_cost"], expected)


@pytest.mark.parametrize("cell", ["leaky", "leaky_outside", "plastic"])
def test_signs_and_masks_hold_while_a_network_learns(cell):
    e = experiment(network={"cell": cell, "excitatory": 0.75, "density": 0.4, "units": 20, "sigma": 0})
    learner = Learner(e, "seed0")
    before = learner.network.cell.connections.detach()
    absent = before == 0
    assert (before[:15] >= 0).all() and (before[15:] <= 0).all() and 0.4 < absent.float().mean() < 0.8
    balance = before[:15].sum() / -before[15:].sum()
    assert 0.6 < balance < 1.6
    learner.run()
    after = learner.network.cell.connections.detach()
    assert not torch.equal(after, before) and (after[absent] == 0).all()
    assert (after[:15] >= 0).all() and (after[15:] <= 0).all()
    x = torch.randn((6, 2, 3), generator=generator(1))
    if cell == "leaky":
        h = torch.zeros(2, 20)
        w = learner.network.cell
        for t in range(6):
            h = 0.8 * h + 0.2 * torch.relu(x[t] @ w.w_in + h @ after + w.b_rec)
        assert torch.allclose(w(x)[-1], h, atol=1e-6)


def test_a_network_with_a_mask_is_the_same_when_read_again(tmp_path):
    e = experiment(network={"density": 0.3, "excitatory": 0.8, "units": 9})
    kept = primer.train(e, results=tmp_path, log=lambda line: None)["seed0"].network
    read = primer.load(tmp_path / "primer" / "small" / "part0.safetensors")["seed0"].network
    assert torch.equal(read.cell.mask, kept.cell.mask) and torch.equal(read.cell.connections, kept.cell.connections)


@pytest.mark.parametrize("cell", ["leaky", "gru", "modules"])
def test_frozen_weights_stay_and_the_others_learn(cell):
    e = experiment(network={"cell": cell, "units": 9}, training={"frozen": ["w_in", "b_out"]})
    learner = Learner(e, "seed0")
    before = {kind: [p.detach().clone() for p in each] for kind, each in learner.network.matrices().items()}
    learner.run()
    for kind, each in learner.network.matrices().items():
        same = all(torch.equal(p, q) for p, q in zip(each, before[kind], strict=True))
        assert same == (kind in ("w_in", "b_out")), kind


def test_a_start_below_the_identity():
    half = {"init": "identity", "init_scale": 0.5}
    assert torch.equal(Learner(experiment(network=half), "seed0").network.w_rec, 0.5 * torch.eye(64))
    plastic = Learner(experiment(network={**half, "cell": "plastic"}), "seed0").network.cell
    assert torch.allclose(plastic.constants[2][:, None] * plastic.w_rec, 0.5 * torch.eye(64))


def test_a_curriculum_goes_on_where_enough_is_right_and_resumes_there(tmp_path):
    stages = [{"coherences": [51.2]}, {"coherences": [25.6], "sigma": 0.5}]
    training = {"curriculum": stages, "curriculum_at": 0.75, "evaluate_every": 2}
    e = experiment(task={"sigma": 1.0}, training=training)
    learner = Learner(e, "seed0")
    assert [task.coherences for task in learner.stages] == [(51.2,), (25.6,), primer.PerceptualDecision().coherences]
    assert learner.task_at(0) is learner.stages[0]
    learner.history = [[0, 0, "stage 1", 0.0, 0.0, 0.5], [0, 0, "stage 2", 0.0, 0.0, 0.9]]
    assert learner.stage == 0  # only the stage that is being learnt counts
    learner.history.append([2, 32, "stage 1", 0.0, 0.0, 0.8])
    assert learner.stage == 1 and learner.task_at(2).sigma == 0.5
    learner.history.append([4, 64, "stage 2", 0.0, 0.0, 0.75])
    assert learner.stage == 2 and learner.task_at(4) == learner.task
    whole, first, second = (Learner(e, "seed0") for _ in range(3))
    whole.run()
    for _ in range(6):
        if not first.update % 2:
            first.evaluate()
        first.advance()
    job.save(first, tmp_path / "half.safetensors")
    job.restore(second, tmp_path / "half.safetensors")
    second.run()
    assert torch.equal(whole.network.w_rec, second.network.w_rec)
    assert {row[2] for row in whole.history} == {"stage 1", "stage 2", "perceptual"}


def test_a_cell_refuses_an_unknown_activation_or_kind():
    with pytest.raises(ValueError, match="activation: 'rely' is not one of .*did you mean 'relu'"):
        cells.Leaky(3, 4, generator(), activation="rely")
    with pytest.raises(ValueError, match="cell: 'gruu' is not one of vanilla, gru, lstm"):
        cells.BuiltIn("gruu", 3, 4, generator())


def test_what_is_said_of_a_training_holds_for_all_of_its_networks():
    e = experiment(conditions={"a": {}, "b": {"training.optimiser": "sgd", "training.rate": 0.1}})
    assert e.about == "adam, sgd 0.01, 0.1, batch 16, 12 updates"
    played = experiment(task={"name": "bandit"}, network={"cell": "lstm"}, training={"loss": "actor_critic"})
    assert played.about == "adam 0.01, episodes 16, 12 updates"


def test_costs_are_sums_over_everything():
    e = experiment(training={"l1_rates": 1e-3, "l1_parameters": 1e-2, "wiring": 0.5})
    network = primer.network_of(e, "seed0")
    _, rates = network(torch.randn((7, 2, 3), generator=generator(1)))
    found = costs(network, rates, e.training)
    assert found["rate_cost"].item() == pytest.approx(1e-3 * np.abs(rates.detach().numpy()).sum(), rel=1e-5)
    size = sum(np.abs(p.detach().numpy()).sum() for p in network.parameters())
    assert len(list(network.parameters())) == 5 and found["weight_cost"].item() == pytest.approx(1e-2 * size, rel=1e-5)
    place, w = network.positions.numpy(), network.w_rec.detach().numpy()
    wire = sum(abs(w[i, j]) * np.hypot(*(place[i] - place[j])) for i in range(64) for j in range(64))
    assert found["wiring_cost"].item() == pytest.approx(0.5 * wire, rel=1e-4)


def test_soft_threshold_solves_the_proximal_problem_of_each_parameter():
    """Against a search for the smallest value of rate strength |p| + sqrt(v) (p - q)^2 / 2 around Adam's step q."""
    p = torch.nn.Parameter(torch.tensor([0.5, -0.02, 0.002, -0.7]))
    optimiser = torch.optim.Adam([p], lr=0.01)
    (p * torch.tensor([1.0, 0.1, 3.0, 0.5])).sum().backward()
    optimiser.step()
    after_adam = p.detach().clone().double()
    v = p.grad.double().square()  # bias-corrected, after one step
    soft_threshold(optimiser, 0.3, 0.01)
    grid = torch.linspace(-1, 1, 400001, dtype=torch.float64)
    for i in range(4):
        cost = 0.01 * 0.3 * grid.abs() + v[i].sqrt() * (grid - after_adam[i]).square() / 2
        assert p[i].item() == pytest.approx(float(grid[cost.argmin()]), abs=1e-5)


def test_a_strong_proximal_cost_leaves_exact_zeros_and_the_gradient_none():
    counts = {}
    for by in ("gradient", "proximal"):
        e = experiment(training={"l1_by": by, "l1_parameters": 0.01, "updates": 30})
        weights = primer.train(e, log=lambda line: None)["seed0"].network.w_rec
        counts[by] = int((weights == 0).sum())
    assert counts["gradient"] == 0 and counts["proximal"] > 200


@pytest.mark.parametrize("optimiser", OPTIMISERS)
@pytest.mark.parametrize("cell", ["leaky", "lstm", "plastic"])
def test_a_resumed_training_ends_with_the_same_bits(tmp_path, optimiser, cell):
    e = experiment(network={"cell": cell, "units": 9}, training={"optimiser": optimiser})
    whole = Learner(e, "seed0")
    whole.run()
    first = Learner(e, "seed0")
    for _ in range(7):
        first.advance()
    job.save(first, tmp_path / "half.safetensors")
    second = Learner(e, "seed0")
    assert job.restore(second, tmp_path / "half.safetensors") and second.update == 7
    second.run()
    for name, weight in whole.network.weights().items():
        assert torch.equal(weight, second.network.weights()[name]), name
    assert whole.curve == second.curve and whole.history[-1] == second.history[-1]


def test_networks_do_not_depend_on_who_trains_beside_them(tmp_path):
    e = experiment(seeds=2, conditions={"a": {}, "b": {"network.cell": "gru"}}, shard=3)
    said = []
    for part in e.shards():
        primer.train(e, part, results=tmp_path, log=said.append)
    found = {}
    for part in e.shards():
        found |= primer.load(tmp_path / "primer" / "small" / f"{part}.safetensors")
    assert list(found) == ["a,seed0", "a,seed1", "b,seed0", "b,seed1"] and len(said) == 4
    alone = e.members()[3]
    learner = Learner(alone.experiment, alone.label)
    learner.run()
    for name, weight in learner.network.weights().items():
        assert torch.equal(weight, found["b,seed1"].network.weights()[name])
    assert found["b,seed1"].experiment == alone.experiment
    assert not list((tmp_path / "checkpoints").rglob("*.safetensors"))
    status = json.loads((tmp_path / "progress/small/a,seed0.json").read_text())
    assert status["state"] == "finished" and status["trials"] == 12 * 16


def test_half_of_a_training_is_on_the_second_context():
    e = experiment(task={"name": "context", "contexts": [1]}, training={"second_contexts": [2]})
    learner = Learner(e, "seed0")
    assert learner.task_at(5).contexts == (1,) and learner.task_at(6).contexts == (2,)
    learner.run()
    assert [row[2] for row in learner.history[:2]] == ["first context", "second context"]


def test_only_the_read_out_learns_where_told_so():
    learner = Learner(experiment(training={"trainable": "output"}), "seed0")
    before = learner.network.weights()
    learner.run()
    changed = {name for name, w in learner.network.weights().items() if not torch.equal(w, before[name])}
    assert changed == {"w_out", "b_out"}


def test_identity_at_the_start():
    learner = Learner(experiment(network={"init": "identity"}), "seed0")
    assert torch.equal(learner.network.w_rec, torch.eye(64))


def test_identity_of_plastic_synapses_is_of_what_arrives_at_rest():
    cell = cells.Plastic(3, 4, generator(), dt=20.0, identity=1.0)
    assert torch.allclose(cell.constants[2][:, None] * cell.w_rec, torch.eye(4))


def test_a_loss_that_is_not_finite_stops_with_the_update_named(tmp_path):
    e = experiment(training={"optimiser": "sgd", "rate": 10.0, "loss": "l2", "updates": 200})
    with pytest.raises(primer.Diverged, match=r"small, seed0: loss (inf|nan) at update \d+; lower training.rate"):
        primer.train(e, results=tmp_path, log=lambda line: None)
    assert json.loads((tmp_path / "progress/small/seed0.json").read_text())["state"] == "failed"


def test_perceptual_decisions_are_learnt_within_four_hundred_updates():
    e = experiment(task={"sigma": 0.3}, training={"updates": 400, "evaluate_every": 100, "evaluation_trials": 500})
    learner = Learner(e, "seed0")
    learner.run()
    best = max(row[-1] for row in learner.history)  # at this rate of learning it goes down again now and then
    assert best > 0.7  # guessing: 0.5, the ideal observer 0.9


@pytest.mark.parametrize(
    ("sections", "message"),
    [
        ({"task": {"name": "checkerboard", "sigma": 1}}, "primer.small.task.sigma: task 'checkerboard' has no such"),
        ({"network": {"cell": "gru", "init": "identity"}}, "network.init: 'identity' is for leaky"),
        ({"network": {"cell": "gru"}, "training": {"wiring": 1}}, "training.wiring: needs one recurrent matrix"),
        ({"training": {"optimiser": "sgd", "l1_by": "proximal"}}, "training.l1_by: 'proximal' uses Adam"),
        ({"training": {"second_contexts": [1]}}, "training.second_contexts: task 'perceptual' has no contexts"),
        ({"training": {"curriculum": [{"dellay": 1}]}}, "training.curriculum.0: dellay: .*did you mean 'delay'"),
        ({"training": {"curriculum": [{"sigma": -1}]}}, "training.curriculum.0: sigma: -1"),
        ({"training": {"frozen": ["w_inn"]}}, "training.frozen.* 'w_inn' is not one of"),
        ({"network": {"cell": "lstm", "density": 0.5}}, "network.density: not for 'lstm'; choose a cell of leaky"),
        ({"task": {"delay_range": [1, 5]}}, "task.delay_range: needs the mean"),
        ({"task": {"name": "checkerboard", "board_onset": [5, 1]}}, "task.board_onset: 5 is not below 1"),
        ({"network": {"tau": 10}}, "network.tau: 10 ms is shorter than a step"),
        ({"grid": {"training.los": ["l1"]}}, "primer.small.grid: 'training.los' is not one of .*'training.loss'"),
        ({"conditions": {"a": {"network.cell": "rnn"}}}, "primer.small.conditions.a.network.cell: 'rnn' is not one of"),
    ],
)
def test_settings_that_do_not_go_together_are_refused(sections, message):
    with pytest.raises(rx.errors.ConfigError, match=message):
        experiment(**sections)


@pytest.mark.parametrize(
    ("accuracy", "drawn"),
    [
        ([0, 0, 0, 0.52, 0.3, 0.69, 0.86], ["n3", "n5", "n6"]),  # the median is 0: a network that never answers
        ([0, 0, 0, 0, 0, 0, 0], ["n0"]),
        ([0.5, 0.9, 0.5, 0.5, 0.5, 0.5, 0.5], ["n0", "n1"]),
    ],
)
def test_a_grid_shows_a_network_at_chance_one_halfway_and_the_best(accuracy, drawn):
    labels = [f"n{i}" for i in range(len(accuracy))]
    table = pd.DataFrame({"network": labels, "accuracy": accuracy})
    assert perceptual.shown("primer_grid", dict.fromkeys(labels), table) == drawn


def test_what_is_measured_of_weights_are_the_connections_that_act():
    e = experiment(network={"density": 0.4, "excitatory": 0.75, "units": 20, "sigma": 0})
    network = primer.network_of(e, "seed0")
    with torch.no_grad():
        network.w_rec[0] = -network.w_rec[0]  # a weight that was driven below 0 is no connection under Dale's law
    one = Trained("seed0", network, e, tasks.task_of(e.task))
    shown, act = perceptual.weight_rows(one)["value"], network.cell.connections.detach()
    assert torch.equal(checkerboard.acting(one), act) and not act[0].any()
    assert np.sort(shown) == pytest.approx(np.sort(act.numpy().ravel())) and (shown < 0).any()

"""Cells of the primer against plain loops, their gradients, signs and masks while a network learns."""

import numpy as np
import pytest
import torch
from tiny_primer import experiment, generator

from replicortex import primer
from replicortex.primer import cells, tasks
from replicortex.primer.job import Trained
from replicortex.primer.learning import Learner
from replicortex.primer.measure import checkerboard, perceptual


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


def test_a_start_below_the_identity():
    half = {"init": "identity", "init_scale": 0.5}
    assert torch.equal(Learner(experiment(network=half), "seed0").network.w_rec, 0.5 * torch.eye(64))
    plastic = Learner(experiment(network={**half, "cell": "plastic"}), "seed0").network.cell
    assert torch.allclose(plastic.constants[2][:, None] * plastic.w_rec, 0.5 * torch.eye(64))


def test_a_cell_refuses_an_unknown_activation_or_kind():
    with pytest.raises(ValueError, match="activation: 'rely' is not one of .*did you mean 'relu'"):
        cells.Leaky(3, 4, generator(), activation="rely")
    with pytest.raises(ValueError, match="cell: 'gruu' is not one of vanilla, gru, lstm"):
        cells.BuiltIn("gruu", 3, 4, generator())


def test_identity_at_the_start():
    learner = Learner(experiment(network={"init": "identity"}), "seed0")
    assert torch.equal(learner.network.w_rec, torch.eye(64))


def test_identity_of_plastic_synapses_is_of_what_arrives_at_rest():
    cell = cells.Plastic(3, 4, generator(), dt=20.0, identity=1.0)
    assert torch.allclose(cell.constants[2][:, None] * cell.w_rec, torch.eye(4))


def test_what_is_measured_of_weights_are_the_connections_that_act():
    e = experiment(network={"density": 0.4, "excitatory": 0.75, "units": 20, "sigma": 0})
    network = primer.network_of(e, "seed0")
    with torch.no_grad():
        network.w_rec[0] = -network.w_rec[0]  # a weight that was driven below 0 is no connection under Dale's law
    one = Trained("seed0", network, e, tasks.task_of(e.task))
    shown, act = perceptual.weight_rows(one)["value"], network.cell.connections.detach()
    assert torch.equal(checkerboard.acting(one), act) and not act[0].any()
    assert np.sort(shown) == pytest.approx(np.sort(act.numpy().ravel())) and (shown < 0).any()

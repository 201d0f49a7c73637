"""Networks as PyTorch modules and back, and networks that PyTorch trained: the same rates, the same outputs."""

from __future__ import annotations

import pickle

import numpy as np
import pytest
import torch
from torch import nn

import replicortex as rx
from replicortex.networks import Architecture, create, from_torch, save_ensemble, stack, to_torch

SIZES = dict(units=12, n_input=7, n_output=5, n_rule=2)
RNG = np.random.default_rng(3)
X = RNG.standard_normal((9, 4, 7)).astype(np.float32)


def network(**fields):
    arch = Architecture(**{**SIZES, **fields})
    return create(arch, [np.random.default_rng(seed) for seed in (0, 1)], ["a", "b"])


ARCHITECTURES = [
    {},
    {"activation": "relu", "softmax_output": True},
    {"separate_input": True, "mix_rule": True},
    {"cell": "leaky_gru"},
    {"cell": "gru", "activation": "tanh"},
    {"cell": "lstm", "activation": "tanh"},
]


@pytest.mark.parametrize("fields", ARCHITECTURES)
@pytest.mark.parametrize("noise", [False, True])
def test_a_module_has_the_outputs_of_its_network(fields, noise):
    net = network(**fields)
    module = net.to_torch(1)
    run = net.select(1).run(X, noise, np.random.default_rng(5))
    generator = torch.Generator().manual_seed(int(np.random.default_rng(5).integers(2**63))) if noise else None
    outputs, rates = module(torch.from_numpy(X), generator)
    np.testing.assert_array_equal(outputs.detach().numpy(), run.outputs[0])
    np.testing.assert_array_equal(rates.detach().numpy(), run.rates[0])


@pytest.mark.parametrize("fields", ARCHITECTURES)
def test_there_and_back_gives_the_same_weights(fields):
    net = network(**fields)
    back = from_torch(to_torch(net, 0), label="a")
    assert back.architecture == net.architecture and back.labels == ("a",)
    assert all(torch.equal(back.parameters[name][0], weight[0]) for name, weight in net.parameters.items())


def test_autograd_trains_a_module():
    module = to_torch(network())
    optimiser = torch.optim.Adam(module.parameters(), lr=0.05)
    target = torch.full((9, 4, 5), 0.9)
    losses = []
    for _ in range(20):
        optimiser.zero_grad()
        loss = (module(torch.from_numpy(X))[0] - target).square().mean()
        loss.backward()
        optimiser.step()
        losses.append(loss.item())
    assert losses[-1] < 0.3 * losses[0]
    np.testing.assert_allclose(from_torch(module).run(X).outputs[0], module(torch.from_numpy(X))[0].detach(), atol=1e-6)


def test_a_network_that_is_not_there():
    with pytest.raises(IndexError, match="network: 2 is not there; the ensemble has 2"):
        to_torch(network(), 2)


class Theirs(nn.Module):
    """A network as people write it."""

    def __init__(self, kind=nn.RNN, **options):
        super().__init__()
        torch.manual_seed(1)
        self.rnn = kind(7, 12, **options)
        self.fc = nn.Linear(12, 5)

    def forward(self, x):
        return self.fc(self.rnn(x)[0])


AFTER = {"linear": lambda z: z, "sigmoid": torch.sigmoid, "softmax": lambda z: torch.softmax(z, -1)}


@pytest.mark.parametrize("readout", AFTER)
@pytest.mark.parametrize(
    "kind", [(nn.RNN, {}), (nn.RNN, {"nonlinearity": "relu"}), (nn.LSTM, {}), (nn.RNN, {"bias": False})]
)
def test_a_network_of_pytorch_keeps_rates_and_outputs(kind, readout):
    theirs = Theirs(kind[0], **kind[1])
    net = from_torch(theirs, readout=readout)
    with torch.no_grad():
        rates, outputs = theirs.rnn(torch.from_numpy(X))[0], AFTER[readout](theirs(torch.from_numpy(X)))
    run = net.run(X)
    np.testing.assert_allclose(run.rates[0], rates, atol=2e-6)
    np.testing.assert_allclose(run.outputs[0], outputs, atol=2e-6)
    again = from_torch(to_torch(net))
    np.testing.assert_array_equal(again.run(X).outputs, run.outputs)


def test_a_linear_read_out_stays_linear_in_every_derived_ensemble(tmp_path):
    net = from_torch(Theirs(), readout="linear")
    outputs = net.run(X).outputs
    assert outputs.min() < 0
    np.testing.assert_array_equal(net.select(0).run(X).outputs, outputs)
    np.testing.assert_allclose(net.lesioned([]).with_dt(20.0).run(X).outputs, outputs, atol=1e-6)
    np.testing.assert_array_equal(stack([net]).run(X).outputs, outputs)
    save_ensemble(tmp_path / "net.safetensors", net)
    np.testing.assert_array_equal(rx.networks.load(tmp_path / "net.safetensors").run(X).outputs, outputs)


def test_a_file_is_read_for_its_weights_alone(tmp_path):
    theirs = Theirs()
    torch.save(theirs.state_dict(), tmp_path / "net.pt")
    net = from_torch(tmp_path / "net.pt", readout="linear")
    with torch.no_grad():
        np.testing.assert_allclose(net.run(X).outputs[0], theirs(torch.from_numpy(X)), atol=2e-6)
    torch.save(theirs, tmp_path / "whole.pt")  # a pickled module, which could run code
    with pytest.raises(ValueError, match=r"whole.pt: not a readable PyTorch file of weights alone; .*state_dict"):
        from_torch(tmp_path / "whole.pt", readout="linear")
    (tmp_path / "other.pt").write_bytes(pickle.dumps({"a": 1}))
    with pytest.raises(
        ValueError, match="other.pt: not a readable PyTorch file .it is a Python pickle.; it could run code"
    ):
        from_torch(tmp_path / "other.pt", readout="linear")


def without(name):
    return {key: value for key, value in Theirs().state_dict().items() if not key.startswith(name)}


@pytest.mark.parametrize(
    ("source", "options", "message"),
    [
        (Theirs(), {}, "readout: say what follows the last layer, one of linear, sigmoid, softmax"),
        (Theirs(), {"readout": "linaer"}, "did you mean 'linear'"),
        (Theirs(nn.GRU), {"readout": "linear"}, "a torch.nn.GRU, whose reset gate acts after"),
        (Theirs(num_layers=2), {"readout": "linear"}, "2 recurrent layers or directions"),
        (without("rnn"), {"readout": "linear"}, "no entry weight_ih_l0"),
        (without("fc"), {"readout": "linear"}, r"0 matrices of shape \(output, 12\) could be the read-out"),
        ({"a": 3}, {"readout": "linear"}, "no state_dict"),
        ({**without("zz"), "fc.bias": torch.full((5,), torch.nan)}, {"readout": "linear"}, "fc.bias: holds numbers"),
        (
            Theirs(),
            {"readout": "linear", "nonlinearity": "softplus"},
            "nonlinearity: 'softplus' is not one of tanh, relu",
        ),
    ],
)
def test_what_cannot_be_imported_is_told_by_name(source, options, message):
    with pytest.raises(ValueError, match=message):
        from_torch(source, **options)


def test_other_entries_are_named_and_a_useless_network_is_told():
    state = {**Theirs().state_dict(), "norm.running_mean": torch.zeros(12)}
    with pytest.warns(UserWarning, match="left out of the import: norm.running_mean"):
        from_torch(state, readout="linear")
    torch.manual_seed(0)
    layers = nn.ModuleDict({"rnn": nn.RNN(85, 8), "fc": nn.Linear(8, 33)})
    with torch.no_grad():
        layers["fc"].bias[0] = 0.2  # neither fixating nor at the right place
    with pytest.warns(
        UserWarning, match=r"network0: solves \d+% of .*, as an untrained one; check readout='linear', dt=20"
    ):
        from_torch(layers, readout="linear")

"""Networks from PyTorch modules, and as PyTorch modules.

`torch.nn.RNN` and `torch.nn.LSTM` act on column vectors and have two biases; here weights act on row vectors, x @ w,
and there is one. They have no leak, which is tau = dt, and no recurrent noise. A linear read-out, such as
`torch.nn.Linear`, is followed by nothing: `Architecture.linear_output`.
"""

from __future__ import annotations

import re
import warnings
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from replicortex.errors import choose, shorten
from replicortex.networks import cells
from replicortex.networks.architecture import for_rule_set
from replicortex.networks.ensemble import Ensemble, rates_of
from replicortex.networks.sequence import Workspace
from replicortex.readers.content import look, refusal
from replicortex.tasks import RULE_SETS, generate, score

READOUTS = ("linear", "sigmoid", "softmax")
CHANCE = 0.25  # which a network without any training stays below: a fifth of all directions count as right
RECURRENT = re.compile(r"(?P<of>.*?)(?P<name>weight_ih|weight_hh|bias_ih|bias_hh)_l(?P<layer>\d+)(?P<back>_reverse)?")
_FEW = 20  # trials of each task for a look at an imported network
_WHAT = "PyTorch file"


class TorchNetwork(nn.Module):
    """One network of an ensemble as a PyTorch module, with the same numbers; autograd trains it.

    Its parameters have the names of `networks.cells`. The fixed ``mix_rule`` of a network is a buffer.
    """

    def __init__(self, ensemble: Ensemble, network: int = 0) -> None:
        super().__init__()
        self.architecture = ensemble.architecture
        for name, weight in ensemble.one(network).items():
            if name == "mix_rule":
                self.register_buffer(name, weight.clone())
            else:
                self.register_parameter(name, nn.Parameter(weight.clone()))

    def forward(self, x: Tensor, generator: torch.Generator | None = None) -> tuple[Tensor, Tensor]:
        """Outputs (time, trial, output) and rates (time, trial, unit) for input x (time, trial, channel).

        Recurrent noise is added if a generator is given, the same as `Ensemble.run` adds with its draws.
        """
        weights = {**dict(self.named_parameters()), **dict(self.named_buffers())}
        rates = rates_of(weights, self.architecture, x, generator, Workspace())
        return cells.outputs(weights, self.architecture, rates), rates


def to_torch(net: Ensemble, network: int = 0) -> TorchNetwork:
    """One network of an ensemble as a `torch.nn.Module`.

    Parameters
    ----------
    net
        The ensemble.
    network
        Which of its networks, by place.

    Raises
    ------
    IndexError
        There is no such network.

    Examples
    --------
    >>> module = to_torch(net)
    >>> outputs, rates = module(torch.from_numpy(trial.x))  # (time, trial, output), (time, trial, unit)
    """
    if not -net.n_networks <= network < net.n_networks:
        raise IndexError(f"network: {network} is not there; the ensemble has {net.n_networks}, counted from 0")
    return TorchNetwork(net, network)


def from_torch(
    source: nn.Module | Mapping[str, Tensor] | str | Path,
    *,
    readout: str | None = None,
    nonlinearity: str | None = None,
    rule_set: str = "all",
    dt: float = 20.0,
    label: str = "network0",
) -> Ensemble:
    """One network from a PyTorch module, its state_dict, or a file of a state_dict.

    Parameters
    ----------
    source
        A module that holds one layer of `torch.nn.RNN` or `torch.nn.LSTM` and one `torch.nn.Linear`, or a
        `TorchNetwork`; its ``state_dict()``; or a ``.pt`` file of one, of which weights alone are read.
    readout
        What follows the last layer: "linear", "sigmoid" or "softmax". There is no default, as weights do not say it,
        but for a `TorchNetwork`, which knows.
    nonlinearity
        "tanh" or "relu" of a `torch.nn.RNN`; a module says it itself, a state_dict does not (then "tanh").
    rule_set
        Which rules the last input channels stand for, if the sizes fit it.
    dt
        Time step in ms for which the network was trained. There is no leak, so tau = dt.
    label
        Name of the network.

    Returns
    -------
    Ensemble
        Of one network.

    Raises
    ------
    ValueError
        No such layers, several or bidirectional ones, shapes that do not fit, or a `torch.nn.GRU`, whose equations
        are none of the cells here; the message names the entry.

    Warns
    -----
    UserWarning
        Entries that are left out; a network that solves no more of the rule set's trials than an untrained one.
    """
    if isinstance(source, TorchNetwork):
        return _returned(source, label)
    if isinstance(source, nn.Module):
        nonlinearity = nonlinearity or _nonlinearity_of(source)
    if readout is None:
        raise ValueError(f"readout: say what follows the last layer, one of {', '.join(READOUTS)}")
    choose(readout, READOUTS, "readout")
    state = _state(source)
    kind, weights, left_out = translated(state)
    if left_out:
        warnings.warn(f"left out of the import: {', '.join(left_out)}", UserWarning, stacklevel=2)
    units, n_output = weights["w_out"].shape
    n_input = weights["w_in"].shape[0] if kind == "leaky_rnn" else weights["w_gates"].shape[0] - units
    fields: dict[str, Any] = {"n_input": n_input, "n_output": n_output}
    if (rules := RULE_SETS[choose(rule_set, RULE_SETS, "rule_set")]) and fields["n_input"] < len(rules.tasks):
        fields["n_rule"] = 0
    activation = choose(nonlinearity or "tanh", ("tanh", "relu"), "nonlinearity")
    arch = for_rule_set(
        rule_set, cell=kind, units=units, activation=activation, dt=dt, tau=dt, sigma_rec=0.0,
        softmax_output=readout == "softmax", linear_output=readout == "linear", **fields,
    )  # fmt: skip
    tensors = {name: torch.from_numpy(value)[None] for name, value in weights.items()}
    net = Ensemble(arch, tensors, (label,))
    _look_at(net, readout)
    return net


def _returned(module: TorchNetwork, label: str) -> Ensemble:
    """The ensemble that `to_torch` made a module of, with the module's weights of now."""
    named = {**dict(module.named_parameters()), **dict(module.named_buffers())}
    return Ensemble(
        module.architecture, {name: value.detach().cpu().clone()[None] for name, value in named.items()}, (label,)
    )


def _nonlinearity_of(module: nn.Module) -> str | None:
    return next((each.nonlinearity for each in module.modules() if isinstance(each, nn.RNN)), None)


def _state(source: nn.Module | Mapping[str, Tensor] | str | Path) -> dict[str, NDArray[np.float32]]:
    """Entries of a state_dict as float32 arrays."""
    if isinstance(source, (str, Path)):
        source = read_state(Path(source))
    entries = source.state_dict() if isinstance(source, nn.Module) else source
    if not isinstance(entries, Mapping) or not all(isinstance(value, Tensor) for value in entries.values()):
        raise ValueError(f"{shorten(source)}: no state_dict, which maps names to tensors; save module.state_dict()")
    state = {name: value.detach().cpu().to(torch.float32).numpy() for name, value in entries.items()}
    for name, value in state.items():
        if not np.isfinite(value).all():
            raise ValueError(f"{name}: holds numbers that are not finite")
    return state


def read_state(path: Path) -> Mapping[str, Tensor]:
    """A file of a state_dict; nothing in it is executed."""
    if (kind := look(path, _WHAT)) != "zip":
        raise refusal(path, _WHAT, kind, "write it with torch.save(module.state_dict(), path)")
    try:
        content: Mapping[str, Tensor] = torch.load(path, map_location="cpu", weights_only=True)
    except Exception:  # whatever torch makes of a file that holds more than weights, or is damaged
        raise ValueError(
            f"{path}: not a readable {_WHAT} of weights alone; write it with torch.save(module.state_dict(), path)"
        ) from None
    return content


def translated(state: Mapping[str, NDArray[np.float32]]) -> tuple[str, dict[str, NDArray[np.float32]], list[str]]:
    """Cell, its weights by the names of `networks.cells`, and the entries that belong to neither layer."""
    found = {name: match for name in state if (match := RECURRENT.fullmatch(name))}
    layers = {(match["of"], match["layer"], match["back"]) for match in found.values()}
    if len(layers) != 1:
        how = "no entry weight_ih_l0" if not layers else f"{len(layers)} recurrent layers or directions"
        raise ValueError(f"state_dict: {how}; wanted one layer of torch.nn.RNN or torch.nn.LSTM, in one direction")
    rec = {match["name"]: state[name] for name, match in found.items()}
    units = rec["weight_hh"].shape[1]
    gates = rec["weight_hh"].shape[0] // units
    if gates == 3:
        raise ValueError(
            "state_dict: a torch.nn.GRU, whose reset gate acts after the recurrent product; no cell here does"
        )
    linear = [name.removesuffix("weight") for name, value in state.items()
              if name not in found and name.endswith("weight") and value.shape[1:] == (units,)]  # fmt: skip
    if len(linear) != 1:
        raise ValueError(
            f"state_dict: {len(linear)} matrices of shape (output, {units}) could be the read-out; wanted one "
            "torch.nn.Linear"
        )
    w_out = state[f"{linear[0]}weight"]
    zero_out = np.zeros(w_out.shape[0], np.float32)
    b_out = state.get(f"{linear[0]}bias", zero_out)
    zero = np.zeros(len(rec["weight_hh"]), np.float32)
    bias = rec.get("bias_ih", zero) + rec.get("bias_hh", zero)
    used = {*found, f"{linear[0]}weight", f"{linear[0]}bias"}
    read = {"w_out": np.ascontiguousarray(w_out.T), "b_out": b_out}
    if gates == 1:
        more = {"w_in": rec["weight_ih"].T, "w_rec": rec["weight_hh"].T, "b_rec": bias}
    else:
        more = {
            "w_gates": _lstm(np.concatenate([rec["weight_ih"], rec["weight_hh"]], axis=1)).T,
            "b_gates": _lstm(bias),
        }
        more["b_gates"][2 * units : 3 * units] -= 1.0  # which the cell adds to the forget gate
    weights = {name: np.ascontiguousarray(value) for name, value in {**more, **read}.items()}
    return "leaky_rnn" if gates == 1 else "lstm", weights, [name for name in state if name not in used]


def _lstm(rows: NDArray[np.float32]) -> NDArray[np.float32]:
    """PyTorch's order of gates (input, forget, candidate, output) as the cell's (input, candidate, forget, output)."""
    i, forget, candidate, o = np.split(rows, 4)
    return np.concatenate([i, candidate, forget, o])


def _look_at(net: Ensemble, readout: str) -> None:
    """Warn of a network whose sizes fit its rule set, and that solves no more of its trials than an untrained one."""
    arch = net.architecture
    rules = RULE_SETS[arch.rule_set]
    if (arch.n_input, arch.n_output) != (rules.n_input, rules.n_output):
        return
    rng = np.random.default_rng(0)
    solved = []
    for task in rules.tasks:
        trial = generate(task, batch=_FEW, rng=rng, rule_set=arch.rule_set, dt=arch.dt, tau=max(arch.tau, 100.0))
        solved.append(score(net.run(trial.x).outputs[0], trial.y_loc).mean())
    if (mean := float(np.mean(solved))) < CHANCE:
        warnings.warn(
            f"{net.labels[0]}: solves {mean:.0%} of the trials of rule set {arch.rule_set!r}, as an untrained one; "
            f"check readout={readout!r}, dt={arch.dt:g} and the order of the input channels",
            UserWarning,
            stacklevel=3,
        )

"""Trained spiking networks and recorded runs in files: safetensors, with everything else as JSON in the header.

A network's file holds what was learned and the state at the end; the reservoir is drawn again from its settings and
the name of its random streams, and has to be the same to the bit.
"""

import json
from collections.abc import Mapping
from dataclasses import asdict, fields
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from safetensors.numpy import load, save

from replicortex.errors import rebuild_hint
from replicortex.readers.guard import one_line
from replicortex.readers.tensors import read_safetensors, write_safetensors
from replicortex.spiking.network import TrainedNetwork
from replicortex.spiking.neurons import LIF, Izhikevich, Neuron, Theta
from replicortex.spiking.recorder import Traces
from replicortex.spiking.reservoir import ReservoirSettings, build
from replicortex.spiking.synapses import Synapse

FORMAT = "replicortex-spiking-network-1"
TRACES = "replicortex-spiking-traces-1"
_NEURONS: dict[str, type[LIF] | type[Theta] | type[Izhikevich]] = {
    "lif": LIF,
    "theta": Theta,
    "izhikevich": Izhikevich,
}


def write_arrays(path: Path, arrays: Mapping[str, NDArray[Any]], header: dict[str, str]) -> None:
    """Write a safetensors file so that a reader meets the whole new file or the old one, never half of it.

    Its header carries the checksum of the file, see `replicortex.checksums`.
    """
    dense = {name: np.asarray(array, order="C") for name, array in arrays.items()}
    write_safetensors(path, save(dense), header)


def read_arrays(path: Path) -> tuple[dict[str, NDArray[Any]], dict[str, str]]:
    """Arrays and header of a safetensors file.

    Raises
    ------
    FileNotFoundError
        The file does not exist.
    ValueError
        The file is not a safetensors file, or is damaged.
    """
    return read_safetensors(path, load, rebuild_hint(path), required=True)


def save_network(path: str | Path, network: TrainedNetwork) -> None:
    """Write a trained network."""
    header = {
        "format": FORMAT,
        "reservoir": json.dumps(_settings_to_dict(network.reservoir.settings), sort_keys=True),
        "name": json.dumps(network.reservoir.name),
        "checksum": network.reservoir.checksum(),
        "run": json.dumps({"dt": network.dt, "step": network.step}),
        "metadata": json.dumps(network.metadata, sort_keys=True),
    }
    write_arrays(Path(path), {"decoders": network.decoders, **network.state}, header)


def load_network(path: str | Path) -> TrainedNetwork:
    """Read a trained network and draw its reservoir again.

    Raises
    ------
    FileNotFoundError
        The file does not exist.
    ValueError
        The file is of another kind, or the reservoir drawn here differs from the saved one.
    """
    arrays, header = read_arrays(Path(path))
    if header.get("format") != FORMAT:
        raise ValueError(foreign(path, header))
    with one_line(path, "trained spiking network", rebuild_hint(path)):
        settings, name = _settings_from_dict(json.loads(header["reservoir"])), json.loads(header["name"])
        run, metadata, decoders = json.loads(header["run"]), json.loads(header["metadata"]), arrays.pop("decoders")
        drawn_with, dt, step = header["checksum"], run["dt"], run["step"]
    reservoir = build(settings, *name)
    if reservoir.checksum() != drawn_with:
        raise ValueError(
            f"{path}: the reservoir drawn here differs from the one it was trained with; its random numbers came from "
            "another version of NumPy, train it again"
        )
    return TrainedNetwork(reservoir, decoders, dt, step, arrays, metadata)


def foreign(path: str | Path, header: Mapping[str, str]) -> str:
    """The message about a file that holds something else."""
    told = f"format {header.get('format')!r}, not {FORMAT!r}"
    return f"{path}: not a trained spiking network ({told}); {rebuild_hint(path)}"


def save_traces(path: str | Path, traces: Traces, marks: Mapping[str, Any] | None = None) -> None:
    """Write what a run recorded; ``marks`` (JSON) tells e.g. why it was stopped."""
    header = {"format": TRACES, "marks": json.dumps(dict(marks or {}), sort_keys=True)}
    write_arrays(Path(path), {field.name: getattr(traces, field.name) for field in fields(traces)}, header)


def load_traces(path: str | Path) -> tuple[Traces, dict[str, Any]]:
    """What a run recorded, and its marks.

    Raises
    ------
    FileNotFoundError
        The file does not exist.
    ValueError
        The file is of another kind.
    """
    arrays, header = read_arrays(Path(path))
    if header.get("format") != TRACES:
        raise ValueError(
            f"{path}: not the traces of a spiking network (format {header.get('format')!r}); {rebuild_hint(path)}"
        )
    with one_line(path, "recorded run", rebuild_hint(path)):
        return Traces(**arrays), json.loads(header["marks"])


def _settings_to_dict(settings: ReservoirSettings) -> dict[str, Any]:
    kind = next(name for name, cls in _NEURONS.items() if type(settings.neuron) is cls)
    return {**asdict(settings), "neuron": {"kind": kind, **asdict(settings.neuron)}}


def _settings_from_dict(values: dict[str, Any]) -> ReservoirSettings:
    constants = dict(values["neuron"])
    neuron: Neuron = _NEURONS[constants.pop("kind")](**constants)
    return ReservoirSettings(**{**values, "neuron": neuron, "synapse": Synapse(**values["synapse"])})

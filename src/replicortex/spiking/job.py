"""Between files and the library: what a workflow's jobs on spiking networks read and write."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from replicortex import provenance, random_streams
from replicortex.config.spiking import VARIED, ForceExperiment
from replicortex.errors import ConfigError, check_place, rebuild_hint
from replicortex.spiking import drives, files, force, music, rates, song, sound
from replicortex.spiking.perturbations import Subject
from replicortex.spiking.protocols import Floats, Supervisor
from replicortex.spiking.recorder import Traces
from replicortex.spiking.targets import Target
from replicortex.spiking.trace_tables import Run, recording, tables

if TYPE_CHECKING:
    from replicortex.config.population import Member

_ALWAYS_TOLD = ("gain", "feedback", "target.kind", "target.hdts")  # figures ask for them, be there one value or more
_RATES = "replicortex-rate-network-1"
_NOTES = ("ode_short", "ode_long")


def train(member: Member[ForceExperiment], results: Path) -> tuple[Path, Path]:
    """Train a network; returns its file and that of what was recorded, below ``results`` (the folder of the scale).

    Raises
    ------
    ValueError
        Its target's file is not what it should be.
    """
    experiment, seed = member.experiment, member.seed
    target = force.target(experiment, seed)[0]
    if experiment.neuron == "rate":
        return _train_rates(member, target, results)
    kept = recording(experiment, target.outputs)
    force.train_force(experiment, seed, label=member.label, recording=kept, results=results)
    where = results, experiment.name, member.label
    return force.network_path(*where), force.traces_path(*where)


def _train_rates(member: Member[ForceExperiment], target: Supervisor, results: Path) -> tuple[Path, Path]:
    """The same for rate units, which have no spikes."""
    e = member.experiment
    run = rates.train_rates(e, member.seed, target)
    told = {
        "experiment": e.name,
        "label": member.label,
        "seed": member.seed,
        "configuration": e.fingerprint(),
        "code": provenance.code_hash(f"{rates.__name__}:train_rates", choice=provenance.Choice(e.registries())),
        "settings": e.model_dump(mode="json", exclude={"seeds"}),
        "problem": run.problem,
        "stopped_at": run.stopped_at,
        "versions": provenance.environment(),
    }
    where = results, e.name, member.label
    network, traces = force.network_path(*where), force.traces_path(*where)
    marks = {key: told[key] for key in ("experiment", "label", "seed", "configuration", "problem")}
    files.save_traces(traces, _without_spikes(run), marks)
    files.write_arrays(network, {"decoders": run.decoders}, {"format": _RATES, "metadata": json.dumps(told)})
    return network, traces


def _without_spikes(run: rates.RateRun) -> Traces:
    nothing = np.zeros(0)
    return Traces(
        times=run.times,
        z=run.z,
        x=run.x,
        spike_times=nothing,
        spike_cells=np.zeros(0, np.int32),
        voltage_times=nothing,
        voltages=np.zeros((0, 0)),
        decoder_times=run.samples,
        decoders=run.decoder_samples,
        decoder_norms=np.zeros((len(run.samples), run.z.shape[1])),
        counts=np.zeros(0, np.int64),
        cell_counts=np.zeros((3, 1), np.int64),
        phase_times=np.zeros(3),
    )


def recorded(path: Path) -> Run:
    """The recorded run of a network, which lies in ``networks/``, from the file of the same name in ``traces/``.

    Raises
    ------
    ValueError
        A file is not what it should be.
    OSError
        There is none.
    """
    told = _metadata(path)
    beside = path.parents[2] / "traces" / path.parent.name / path.name
    traces, marks = files.load_traces(beside)
    check_place(beside, marks.get("experiment"), marks.get("label"))
    if any(marks.get(key) != told.get(key) for key in ("configuration", "seed")):
        raise ValueError(f"{beside}: was recorded from a network of other settings than {path}; {rebuild_hint(beside)}")
    return Run(told["label"], told["seed"], _experiment(told), traces, told["problem"], told["stopped_at"])


def measured(runs: Sequence[Run]) -> dict[str, pd.DataFrame]:
    """The tables of an experiment's recorded runs."""
    return {**tables(runs), "members": members(runs)}


def members(runs: Sequence[Run]) -> pd.DataFrame:
    """network, seed and the settings in which the networks of an experiment differ, by their dotted names."""
    values = {path: [_setting(run.experiment, path) for run in runs] for path in VARIED}
    varied = {path: each for path, each in values.items() if len(set(each)) > 1 or path in _ALWAYS_TOLD}
    return pd.DataFrame({"network": [run.label for run in runs], "seed": [run.seed for run in runs], **varied})


def _setting(experiment: ForceExperiment, path: str) -> Any:
    section, _, key = path.rpartition(".")
    return getattr(getattr(experiment, section) if section else experiment, key)


def subject(path: Path) -> Subject:
    """A trained network with the target and the drive that it was taught with.

    Raises
    ------
    ValueError
        Not the file of a trained network, or the target's file is gone or another.
    """
    network, told = files.load_network(path), _metadata(path)
    experiment, seed = _experiment(told), told["seed"]
    target, stimulus = force.target(experiment, seed)
    assert isinstance(target, Target), "what supervisors make"
    drive = None
    period = experiment.period if experiment.period is not None else target.cycle
    if experiment.drive is not None and period is not None:
        drive = drives.hdts(experiment.drive.components, period, experiment.time_step)
    return Subject(told["label"], seed, experiment, network, target, drive, stimulus)


def _metadata(path: Path) -> dict[str, Any]:
    _, header = files.read_arrays(path)
    if header.get("format") not in (files.FORMAT, _RATES):
        raise ValueError(files.foreign(path, header))
    told: dict[str, Any] = json.loads(header["metadata"])
    check_place(path, told.get("experiment"), told.get("label"))
    return told


def _experiment(told: dict[str, Any]) -> ForceExperiment:
    return ForceExperiment.model_validate({**told["settings"], "seeds": [told["seed"]]})


def sounds(path: Path, traces: pd.DataFrame) -> dict[str, tuple[Floats, int]]:
    """The sound of a network's output (value) and of its target over the last window: samples and their rate.

    Of a run that was stopped before it is a second of silence.

    Raises
    ------
    ValueError
        Its target is nothing that can be heard.
    """
    experiment = _experiment(_metadata(path))
    table = traces[traces["window"] == "after"]
    if table.empty:  # the run was stopped before
        return dict.fromkeys(("value", "target"), (np.zeros(music.AUDIO_RATE), music.AUDIO_RATE))
    heard = {}
    for source in ("value", "target"):
        wide = table.pivot(index="time_s", columns="output", values=source).sort_index()
        values, interval = wide.to_numpy(dtype=np.float64), float(np.diff(wide.index).mean())
        if experiment.target.kind in _NOTES:
            heard[source] = (music.render(values[:, : len(music.PITCHES)], interval), music.AUDIO_RATE)
        elif experiment.target.kind == "song":
            heard[source] = sung(values, interval, experiment)
        else:
            raise ConfigError(f"{experiment.name}: target {experiment.target.kind!r} is nothing that can be heard")
    return heard


def sung(values: Floats, interval: float, experiment: ForceExperiment) -> tuple[Floats, int]:
    """Sound of a spectrogram, (time, band) every ``interval`` s, by Griffin-Lim."""
    target = experiment.target
    like = song.song_spectrogram(experiment.period, target.channels, file=target.file, channel=target.channel)
    rng = random_streams.generator("force", experiment.name, "phases")
    return sound.invert(values[:, : len(like.frequencies)], interval, like, rng, song.RATE), song.RATE

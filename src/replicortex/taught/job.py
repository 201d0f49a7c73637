"""Between files and the library: what a workflow's jobs on networks that are taught read and write."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from replicortex import provenance
from replicortex.errors import check_place, rebuild_hint
from replicortex.readers.guard import one_line
from replicortex.spiking.files import read_arrays, write_arrays
from replicortex.taught.measures import KEPT_UNITS, Results, measured
from replicortex.taught.rates import Learnt, RateSettings, train_rates
from replicortex.taught.spikes import SpikeSettings, train_spikes
from replicortex.taught.tasks import DT, FourSines, Oscillation, ReadySetGo, Task

if TYPE_CHECKING:
    from replicortex.config.population import Member
    from replicortex.config.taught import TaughtExperiment

FORMAT = "replicortex-taught-network-1"


@dataclass(frozen=True)
class Taught:
    """A trained network as its file tells it: its place and settings, its measures, and arrays by name."""

    label: str
    seed: int
    settings: dict[str, Any]
    results: dict[str, Any]
    arrays: dict[str, NDArray[Any]]


def task_of(experiment: TaughtExperiment) -> Task:
    """What the networks of an experiment are taught."""
    t = experiment.task
    if t.name == "oscillation":
        return Oscillation(t.version)
    return FourSines() if t.name == "four_sines" else ReadySetGo((t.delays[0], t.delays[1]), t.pause, hint=t.hint)


def train(member: Member[TaughtExperiment], results: Path) -> Path:
    """Train and test a network; returns its file, below ``results`` (the folder of the scale).

    Networks of one seed share their matrices and trials over the methods and noise levels of an experiment.
    """
    e, seed, k = member.experiment, member.seed, 0
    if e.method == "spiking":
        learnt, transfer = train_spikes(
            SpikeSettings(
                units=e.units, teacher=e.units, gain=e.gain, spread=e.spread, variance=e.variance,
                share=e.trained_share, every=e.every, clamped=e.clamped, trials=e.trials, tests=e.tests, shown=e.shown,
            ), task_of(e), e.name, seed,
        )  # fmt: skip
        k = transfer.directions.shape[1]
    else:
        settings = RateSettings(e.units, e.method, e.gain, e.noise, e.every, e.clamped, e.trials, e.tests)
        learnt = train_rates(settings, task_of(e), e.name, seed)
    found = measured(learnt.tested, e.method == "spiking")
    told = {
        "experiment": e.name,
        "label": member.label,
        "seed": seed,
        "configuration": e.fingerprint(),
        "code": provenance.code_hash(f"{__name__}:train"),
        "settings": e.model_dump(mode="json", exclude={"seeds"}),
        "results": {**_numbers(found), "directions": k},
        "versions": provenance.environment(),
    }
    path = results / "taught" / e.name / f"{member.label}.safetensors"
    write_arrays(path, _arrays(learnt, found), {"format": FORMAT, "metadata": json.dumps(told)})
    return path


def _numbers(found: Results) -> dict[str, float]:
    names = ("nmse", "unit_nmse", "rate_hz", "response_nmse", "participation")
    return {name: getattr(found, name) for name in names} | {"median_nmse": float(np.median(found.errors))}


def _arrays(learnt: Learnt, found: Results) -> dict[str, NDArray[Any]]:
    shown = found.shown
    return {
        "weights": learnt.weights.astype(np.float32),
        "course": learnt.course,
        "errors": np.array(found.errors),
        "responses": np.array(found.responses).reshape(-1, 2),
        "z": np.concatenate([one.z for one in shown]),
        "target": np.concatenate([one.trial.targets for one in shown]),
        "units": np.concatenate([one.rates[:, :KEPT_UNITS] for one in shown]),
        "teacher": np.concatenate([one.teacher[:, :KEPT_UNITS] for one in shown]),
        "eigenvalues": _pairs([np.linalg.eigvals(each) for each in learnt.recurrent]),
    }


def _pairs(values: Sequence[NDArray[Any]]) -> NDArray[np.float64]:
    """Complex numbers (matrix, N) as (matrix, N, 2)."""
    numbers = np.array(values)
    return np.stack([numbers.real, numbers.imag], axis=-1)


def load(path: Path) -> Taught:
    """A trained network from its file.

    Raises
    ------
    ValueError
        Another kind of file, or of another place.
    OSError
        There is none.
    """
    arrays, header = read_arrays(path)
    if header.get("format") != FORMAT:
        told = f"format {header.get('format')!r}, not {FORMAT!r}"
        raise ValueError(f"{path}: not a network that was taught ({told}); {rebuild_hint(path)}")
    with one_line(path, "network that was taught", rebuild_hint(path)):
        told = json.loads(header["metadata"])
        found = Taught(told["label"], told["seed"], told["settings"], told["results"], arrays)
    check_place(path, told.get("experiment"), told.get("label"))
    return found


def tables(networks: Sequence[Taught], experiment: TaughtExperiment) -> dict[str, pd.DataFrame]:
    """The tables of an experiment; traces, units and eigenvalues of the networks of its first seed alone."""
    first = [each for each in networks if each.seed == networks[0].seed]
    parts = {
        "summary": [pd.DataFrame([_summary(each)]) for each in networks],
        "course": [_course(each) for each in networks],
        "responses": [_responses(each) for each in networks],
        "traces": [_traces(each) for each in first],
        "units": [_units(each) for each in first],
        "eigenvalues": [_eigenvalues(each) for each in first],
    }
    made = {name: pd.concat(frames, ignore_index=True) for name, frames in parts.items()}
    return {**made, "members": pd.DataFrame(experiment.member_table())}


def _summary(one: Taught) -> dict[str, Any]:
    s, trial = one.settings, _trial_s(one)
    finite = bool(np.isfinite(one.results["nmse"]))
    return {
        "network": one.label,
        "seed": one.seed,
        "status": "ok" if finite else "an output is no longer a finite number",
        "task": s["task"]["name"],
        **{key: s[key] for key in ("method", "units", "noise")},
        "hint": s["task"]["hint"],
        "train_start_s": s["clamped"] * trial,
        "train_stop_s": (s["clamped"] + s["trials"]) * trial,
        **one.results,
    }


def _trial_s(one: Taught) -> float:
    """Seconds of a trial, as the last of the test lasted."""
    return len(one.arrays["z"]) * DT / min(2, len(one.arrays["errors"]))


def _course(one: Taught) -> pd.DataFrame:
    course = one.arrays["course"]
    return pd.DataFrame({"network": one.label, "trial": np.arange(len(course)), "error": course})


def _responses(one: Taught) -> pd.DataFrame:
    requested, produced = one.arrays["responses"].T
    return pd.DataFrame({"network": one.label, "interval_s": requested, "produced_s": produced})


def _traces(one: Taught) -> pd.DataFrame:
    z, target = one.arrays["z"][:, 0], one.arrays["target"][:, 0]
    return pd.DataFrame({"network": one.label, "time_s": np.arange(len(z)) * DT, "value": z, "target": target})


def _units(one: Taught) -> pd.DataFrame:
    units, teacher = one.arrays["units"], one.arrays["teacher"]
    kept = min(units.shape[1], teacher.shape[1])
    time, unit = np.meshgrid(np.arange(len(units)) * DT, np.arange(kept), indexing="ij")
    values = {"value": units[:, :kept].ravel(), "teacher": teacher[:, :kept].ravel()}
    return pd.DataFrame({"network": one.label, "unit": unit.ravel(), "time_s": time.ravel(), **values})


def _eigenvalues(one: Taught) -> pd.DataFrame:
    found = one.arrays["eigenvalues"]
    phases = zip(("before", "after"), found, strict=False)
    frames = [pd.DataFrame({"network": one.label, "phase": p, "real": e[:, 0], "imag": e[:, 1]}) for p, e in phases]
    nothing = pd.DataFrame({"network": [one.label], "phase": ["none"], "real": [np.nan], "imag": [np.nan]})
    return pd.concat(frames, ignore_index=True) if frames else nothing

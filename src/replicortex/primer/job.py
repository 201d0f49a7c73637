"""Training as a job: the networks of one process, with files, checkpoints, log lines and a status others can watch."""

import inspect
import json
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import torch

from replicortex import origin, provenance
from replicortex.atomic import atomic_write
from replicortex.errors import ConfigError, Interrupted, choose, rebuild_hint
from replicortex.networks.files import read_tensors, write_tensors
from replicortex.primer.learning import CURVE, HISTORY, Diverged, Learner, network_of, stages_of
from replicortex.primer.meta_rl import learner_of
from replicortex.primer.network import Network
from replicortex.primer.tasks import check_task, task_of
from replicortex.primer.trials import Task
from replicortex.shown import short_repr
from replicortex.status import write_status
from replicortex.tables import read_table, write_table

if TYPE_CHECKING:
    import pandas as pd

    from replicortex.config.primer import PrimerExperiment, PrimerMember
    from replicortex.config.primer_schema import PrimerTask

FORMAT = "replicortex-primer-1"
SAVE_EVERY = 20.0  # seconds between checkpoints
Log = Callable[[str], None]


@short_repr
@dataclass(frozen=True)
class Trained:
    """A network with the settings it was trained under, and the task that it learnt.

    Attributes
    ----------
    label
        Its name among the networks of the experiment.
    network
        With its weights.
    experiment
        Its settings.
    task
        What it learnt.
    curve, history
        The tables `curve_table` and `history_table` of this network; None if they were not found beside its file.
    """

    label: str
    network: Network
    experiment: "PrimerExperiment"
    task: Task
    curve: "pd.DataFrame | None" = field(default=None, repr=False, compare=False)
    history: "pd.DataFrame | None" = field(default=None, repr=False, compare=False)


def train(
    what: "PrimerExperiment | Task | Sequence[Task]",
    part: str | None = None,
    *,
    results: str | Path | None = None,
    log: Log | None = None,
    **settings: Any,
) -> dict[str, Trained]:
    """Train the networks of an experiment, or networks on a task of your own, one after the other.

    Parameters
    ----------
    what
        An experiment from ``rx.load_config(...)``; or a task, also one of your own; or several tasks, the
        easiest first, of which the next begins where enough is right (``curriculum_at``).
    part
        Of an experiment the networks of one process alone, a key of ``experiment.shards()``; all by default.
    results
        Folder ``results/<scale>``. Weights, history and curves are written there, with checkpoints from which an
        interrupted training goes on; None keeps everything in memory.
    log
        Receives a line per network; standard error by default.
    settings
        With a task: every setting of the network and the training by its name (``units``, ``cell``, ``updates``,
        ``rate`` ...; docs/config.example.yaml lists them), and ``seeds``, ``conditions``, ``grid`` and ``name`` as in a
        file.

    Returns
    -------
    dict
        The trained networks by label.

    Raises
    ------
    Diverged
        A loss is not finite.
    ConfigError
        A setting that there is not, or that does not fit.
    TypeError, ValueError
        A task that lacks something; see `check_task`.

    Examples
    --------
    >>> from replicortex import primer
    >>> networks = primer.train(primer.GoNoGo(), units=16, updates=20, evaluate_every=20, log=lambda line: None)
    >>> list(networks)
    ['seed0']
    """
    from replicortex.config.primer import PrimerExperiment

    stages: tuple[Task, ...] = ()
    if isinstance(what, PrimerExperiment):
        if settings:
            raise ValueError(f"train: {next(iter(settings))!r} goes with a task; an experiment has its settings")
        experiment = what
    else:
        given: Any = what if isinstance(what, (list, tuple)) else [what]
        stages = tuple(check_task(task) for task in given)
        experiment = experiment_on(stages[-1], **settings)
    say = log if log is not None else lambda line: print(line, file=sys.stderr, flush=True)
    shards = experiment.shards()
    members = experiment.members() if part is None else shards[choose(part, shards, f"part of {experiment.name}")]
    folder = Path(results) if results is not None else None
    with _one_thread():
        learners = [_learn(member, folder, say, stages) for member in members]
    if folder is not None:
        _write(folder / "primer" / experiment.name, part or "part0", members, learners)
        for member in members:
            _checkpoint(folder, member, stages).unlink(missing_ok=True)
    return {
        m.label: Trained(m.label, at.network, m.experiment, at.task, curve_table([m], [at]), history_table([m], [at]))
        for m, at in zip(members, learners, strict=True)
    }


def experiment_on(task: Task, **settings: Any) -> "PrimerExperiment":
    """The experiment that `train` makes of a task and settings by their names.

    Raises
    ------
    ConfigError
        A setting that there is not, or that does not fit.
    """
    from pydantic import ValidationError

    from replicortex.config.messages import lines
    from replicortex.config.primer import PrimerExperiment
    from replicortex.config.primer_schema import PrimerNetwork, PrimerTraining

    sections = {"network": PrimerNetwork.model_fields, "training": PrimerTraining.model_fields}
    top = ("name", "seeds", "conditions", "grid", "title")
    data: dict[str, Any] = {"name": type(task).__name__, "scale": "laptop", "task": {"name": "own", "dt": task.dt}}
    for key, value in settings.items():
        choose(key, [*top, *(name for fields in sections.values() for name in fields)], "setting")
        section = next((name for name, fields in sections.items() if key in fields), None)
        (data if section is None else data.setdefault(section, {}))[key] = value
    try:
        return PrimerExperiment.model_validate(data)
    except ValidationError as error:
        raise ConfigError(lines(error, PrimerExperiment)) from None


def load(path: str | Path, task: "Task | Callable[[PrimerTask], Task] | None" = None) -> dict[str, Trained]:
    """The networks in a file that `train` wrote, by label.

    Parameters
    ----------
    path
        ``<part>.safetensors``; the tables beside it are read as well if they are there.
    task
        The task of your own that they learnt, as a file holds no code; or, for a file of yours whose tasks a
        configuration named as "module:Class", `task_of`, which imports what the file names.

    Raises
    ------
    FileNotFoundError
        No such file.
    ValueError
        Not a file of networks of the primer, or a task of your own that was not handed over.
    """
    from replicortex.config.primer import PrimerExperiment

    path = Path(path)
    tensors, header = read_tensors(path, required=True)
    if header.get("format") != FORMAT:
        told = f"format {header.get('format')!r} is not that of the primer's networks, {FORMAT!r}"
        raise ValueError(f"{path}: {told}; {rebuild_hint(path)}")
    curves, histories = (_beside(path, name) for name in ("curve", "history"))
    found = {}
    for label, settings in json.loads(header["settings"]).items():
        experiment = PrimerExperiment.model_validate(settings)
        if task is None and ":" in experiment.task.name:
            told = f"{label} learnt {experiment.task.name!r}, which is not imported because a file says so"
            raise ValueError(f"{path}: {told}; hand it over: primer.load(path, task=...)")
        learnt = task_of(experiment.task) if task is None else task(experiment.task) if callable(task) else task
        arrays = {
            name.removeprefix(f"{label}/"): array for name, array in tensors.items() if name.startswith(f"{label}/")
        }
        network = network_of(experiment, label, learnt).with_weights(arrays)
        found[label] = Trained(label, network, experiment, learnt, curves.get(label), histories.get(label))
    return found


def _beside(path: Path, name: str) -> "dict[str, pd.DataFrame]":
    """Label -> its rows of a table that training wrote beside the weights."""
    table = path.with_suffix(f".{name}.parquet")
    rows = read_table(table) if table.exists() else None
    if rows is None:
        return {}
    return {str(label): part.reset_index(drop=True) for label, part in rows.groupby("network", sort=False)}


def _learn(member: "PrimerMember", results: Path | None, say: Log, stages: Sequence[Task] = ()) -> Learner:
    """Train one network, or go on with it from its checkpoint."""
    learner = learner_of(member.experiment, member.label, stages)
    name, updates = member.experiment.name, member.experiment.training.updates
    if results is not None and restore(learner, _checkpoint(results, member, stages)):
        say(f"{name} {member.label}: goes on from update {learner.update}")
    begun, first, saved = time.perf_counter(), learner.update, time.monotonic()
    kept_at = first

    def evaluated(at: Learner, performance: float) -> None:
        nonlocal saved, kept_at
        seconds = time.perf_counter() - begun
        rate = (at.update - first) * member.experiment.training.batch / max(seconds, 1e-9)
        if results is not None:
            if time.monotonic() - saved > SAVE_EVERY:
                save(at, _checkpoint(results, member, stages))
                saved, kept_at = time.monotonic(), at.update
            _tell(results, member, at, performance, rate)
        if at.update == updates:
            pace = f"{updates} updates in {seconds:.1f} s, {rate:,.0f} trials/s"
            what = "reward per trial" if member.experiment.training.loss == "actor_critic" else "correct"
            say(f"{name} {member.label}: {pace}, {performance:.3f} {what}")

    try:
        learner.run(evaluated)
    except Diverged as error:
        if results is not None:
            write_status(_status(results, member), state="failed", message=str(error))
        raise
    except KeyboardInterrupt:
        kept = f"{kept_at:,} of {updates:,} updates are kept" if kept_at else "nothing of it is kept yet"
        raise Interrupted(f"{name} {member.label}: interrupted; {kept}; the same call goes on from there") from None
    if results is not None:
        save(learner, _checkpoint(results, member, stages))
    return learner


def _tell(results: Path, member: "PrimerMember", at: Learner, performance: float, rate: float) -> None:
    training = member.experiment.training
    left = (training.updates - at.update) * training.batch
    write_status(
        _status(results, member),
        state="finished" if not left else "running",
        trials=at.update * training.batch,
        trials_total=training.updates * training.batch,
        trials_per_s=rate,
        eta_s=left / rate if rate else None,
        min_performance=performance,
        mean_performance=performance,
        worst_task=member.experiment.task.name,
    )


def _status(results: Path, member: "PrimerMember") -> Path:
    return results / "progress" / member.experiment.name / f"{member.label}.json"


def _checkpoint(results: Path, member: "PrimerMember", stages: Sequence[Task] = ()) -> Path:
    """The name holds what the weights depend on, so that other settings or other code never meet this file."""
    basis: dict[str, Any] = {
        "settings": member.experiment.fingerprint(),
        "code": provenance.code_hash(f"{__name__}:train", choice=provenance.Choice(member.experiment.registries())),
        "torch": torch.__version__,
    }
    own = stages or (stages_of(member.experiment) if member.experiment.entry_points() else ())
    if own:
        basis["tasks"] = [(repr(task), _source(type(task))) for task in own]
    part = provenance.fingerprint(basis)[:16]
    return results / "checkpoints" / member.experiment.name / f"{member.label}.{part}.safetensors"


def _source(kind: type) -> str:
    """The code of a class, "" where Python does not have it."""
    try:
        return inspect.getsource(kind)
    except (OSError, TypeError):
        return ""


def save(learner: Learner, path: Path) -> None:
    """Write all that is needed to go on: weights, the optimiser's memory, curve and history."""
    tensors = {f"weight/{name}": value for name, value in learner.network.weights().items()}
    for index, memory in learner.optimiser.state_dict()["state"].items():
        tensors |= {f"memory/{index}/{name}": value for name, value in memory.items() if torch.is_tensor(value)}
    tensors["curve"] = torch.tensor(learner.curve, dtype=torch.float64)
    header = {"format": FORMAT, "update": str(learner.update), "history": json.dumps(learner.history)}
    write_tensors(path, tensors, header)


def restore(learner: Learner, path: Path) -> bool:
    """Take up the state in a file; False if there is none."""
    if not path.exists():
        return False
    tensors, header = read_tensors(path)
    learner.network.with_weights({n[7:]: t for n, t in tensors.items() if n.startswith("weight/")})
    state: dict[int, dict[str, Any]] = {}
    for name, tensor in tensors.items():
        if name.startswith("memory/"):
            _, index, key = name.split("/")
            state.setdefault(int(index), {})[key] = tensor
    groups = learner.optimiser.state_dict()["param_groups"]
    learner.optimiser.load_state_dict({"state": state, "param_groups": groups})
    learner.curve = tensors["curve"].tolist()
    learner.update, learner.history = int(header["update"]), json.loads(header["history"])
    return True


def _write(folder: Path, part: str, members: Sequence["PrimerMember"], learners: Sequence[Learner]) -> None:
    """<part>.safetensors with all networks, <part>.history.parquet and <part>.curve.parquet."""
    tensors = {
        f"{m.label}/{k}": v for m, at in zip(members, learners, strict=True) for k, v in at.network.weights().items()
    }
    settings = {m.label: m.experiment.model_dump(mode="json") for m in members}
    made_from = [_origin(members)]
    header = {
        "format": FORMAT,
        "settings": json.dumps(settings),
        "versions": json.dumps(provenance.environment()),
        origin.KEY: origin.dumps(made_from),
    }
    for name, table in (("history", history_table), ("curve", curve_table)):
        with atomic_write(folder / f"{part}.{name}.parquet") as temporary:
            write_table(table(members, learners), temporary, made_from)
    write_tensors(folder / f"{part}.safetensors", tensors, header)


def _origin(members: Sequence["PrimerMember"]) -> origin.Origin:
    """What a job's files were made from."""
    each = [member.experiment for member in members]
    return replace(
        origin.of_members(each[0].name, each[0].scale, members),
        schedules=tuple(dict.fromkeys(one.about for one in each)),
        units=tuple(dict.fromkeys(one.network.units for one in each)),
        sources=(origin.TRAINED_HERE,),
    )


def history_table(members: Sequence["PrimerMember"], learners: Sequence[Learner]) -> "pd.DataFrame":
    """Tidy: network, updates, trials, task, loss, regulariser, performance; a row per evaluation and task."""
    import pandas as pd

    rows = [(m.label, *row) for m, at in zip(members, learners, strict=True) for row in at.history]
    return pd.DataFrame(rows, columns=["network", *HISTORY])


def curve_table(members: Sequence["PrimerMember"], learners: Sequence[Learner]) -> "pd.DataFrame":
    """Tidy: network, update, the parts of the loss and the fraction correct of the batch; a row per update."""
    import pandas as pd

    parts = [pd.DataFrame(at.curve, columns=list(CURVE), dtype=float) for at in learners]
    for member, table in zip(members, parts, strict=True):
        table.insert(0, "network", member.label)
    return pd.concat(parts, ignore_index=True).astype({"update": "int64"})


@contextmanager
def _one_thread() -> Iterator[None]:
    """More threads would change the order of sums, and so the last bits, with the machine's load."""
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(threads)

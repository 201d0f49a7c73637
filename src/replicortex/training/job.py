"""Training as a job: files, checkpoints, log lines and a status that others can watch."""

import hashlib
import socket
import sys
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import torch

from replicortex import origin, provenance
from replicortex.atomic import atomic_write
from replicortex.errors import Interrupted
from replicortex.networks.ensemble import Ensemble, stack
from replicortex.networks.files import load, save_ensemble
from replicortex.status import write_status
from replicortex.tables import write_table
from replicortex.training.checkpoint import checkpoint_path, load_checkpoint, save_checkpoint
from replicortex.training.ensemble import EnsembleTrainer, Listener, device_of
from replicortex.training.history import history_table
from replicortex.training.imported import READERS, doubt_of
from replicortex.training.moments import Moments, load_moments, moments_path, save_moments
from replicortex.training.trainer import Progress, Trainer, TrainingDiverged

if TYPE_CHECKING:
    from replicortex.config.experiment import Experiment
    from replicortex.config.population import Member

Log = Callable[[str], None]
NEWS_EVERY = 20.0  # seconds between signs of life of a training between evaluations
SAVE_EVERY = 20.0  # seconds between checkpoints on a GPU, where evaluations are seconds apart and files many


def network_path(results: Path, experiment: str, label: str) -> Path:
    """Where the weights of a network live below the results folder of a scale."""
    return results / "networks" / experiment / f"{label}.safetensors"


def history_path(results: Path, experiment: str, label: str) -> Path:
    """Where the learning history of a network lives."""
    return results / "networks" / experiment / f"{label}.history.parquet"


def status_path(results: Path, experiment: str, label: str) -> Path:
    """Where a training writes its progress."""
    return results / "progress" / experiment / f"{label}.json"


def train(
    experiment: "Experiment",
    seeds: Iterable[int] | None = None,
    labels: Iterable[str] | None = None,
    *,
    results: str | Path | None = None,
    log: Log | None = None,
) -> Ensemble:
    """Train networks of an experiment: one after the other, or with ``training.device: cuda`` all together.

    Each depends on its own label and seed alone; on a GPU but for rounding, see docs/gpu.md.

    Parameters
    ----------
    experiment
        Experiment from `replicortex.load_config`.
    seeds, labels
        Which of its seeds, and which of its members by label; all by default.
    results
        Folder ``results/<scale>`` for all files; training goes on from a checkpoint there. If None, nothing is written.
    log
        Called with one line per evaluation; standard error by default.

    Returns
    -------
    Ensemble
        The trained networks (of one architecture) in the order of the experiment's members.

    Raises
    ------
    ValueError, ConfigError
        The experiment does not have these seeds or labels; or ``training.device`` is cuda and there is no GPU.
    TrainingDiverged
        A network's loss is no longer finite; its last good weights stay in its checkpoint.
    """
    say = log if log is not None else _log_to_stderr
    members = experiment.members()
    wanted_seeds = set(seeds) if seeds is not None else {member.seed for member in members}
    wanted_labels = set(labels) if labels is not None else {member.label for member in members}
    for what, wanted, there in (
        ("seeds", wanted_seeds, {member.seed for member in members}),
        ("labels", wanted_labels, {member.label for member in members}),
    ):
        if wanted - there:
            raise ValueError(f"{what}: {sorted(wanted - there)} not in experiment {experiment.name!r}")
    chosen = [member for member in members if member.seed in wanted_seeds and member.label in wanted_labels]
    if not chosen:
        raise ValueError(f"no network of experiment {experiment.name!r} has both a seed and a label asked for")
    folder = Path(results) if results is not None else None
    devices = [device_of(member.experiment) for member in chosen]
    with _one_core():
        jobs = [_Job(member, folder, say, device) for member, device in zip(chosen, devices, strict=True)]
        together = [job for job in jobs if job.experiment.training.device != "cpu"]
        _train_together(together)
        return stack([job.network if job in together else job.run() for job in jobs])


def _train_together(jobs: Sequence["_Job"]) -> None:
    """Train networks on a GPU: those of one condition at a time, all of its seeds together.

    TrainingDiverged is raised last; the checkpoints of all stay, as a workflow removes the files of a failed job.
    """
    failures: list[TrainingDiverged] = []
    groups: dict[str, list[_Job]] = {}
    for job in jobs:
        groups.setdefault(job.experiment.fingerprint(), []).append(job)
    for group in groups.values():
        failures += _train_group(group)
    if failures:
        raise TrainingDiverged("; ".join(str(error) for error in failures))
    for job in jobs:
        job.discard_checkpoint()


def _train_group(jobs: Sequence["_Job"]) -> list[TrainingDiverged]:
    """Train networks of one condition and write what came out well; the others' errors are returned."""
    for job in jobs:
        job.resume()
    failures: dict[int, TrainingDiverged] = {}
    going = set(range(len(jobs)))

    def finished(index: int) -> None:
        going.remove(index)
        jobs[index].save()
        jobs[index].finish()

    def failed(index: int, error: TrainingDiverged) -> None:
        going.remove(index)
        failures[index] = jobs[index].fail(error, keep=True)
        jobs[index].log(str(failures[index]))

    def updated() -> None:
        for index in going:
            jobs[index].at_update()

    listener = Listener(lambda index, progress: jobs[index].at_evaluation(progress), finished, failed, updated)
    try:
        EnsembleTrainer([job.trainer for job in jobs], jobs[0].device).run(listener)
    except KeyboardInterrupt:
        raise Interrupted("; ".join(jobs[index].interrupted() for index in sorted(going))) from None
    return list(failures.values())


@contextmanager
def _one_core() -> Iterator[None]:
    """One thread, and torch's choice of products as it was, once the training is over.

    More threads would change the order of sums, and so the last bits, with the machine's load.
    """
    onednn: Any = torch.backends.mkldnn
    cuda: Any = torch.backends.cuda
    threads, precision, on_gpu = torch.get_num_threads(), onednn.matmul.fp32_precision, cuda.matmul.fp32_precision
    torch.set_num_threads(1)
    cuda.matmul.fp32_precision = "ieee"  # no TF32, which keeps 10 bits of a factor
    try:
        yield
    finally:
        torch.set_num_threads(threads)
        onednn.matmul.fp32_precision, cuda.matmul.fp32_precision = precision, on_gpu


def _code(experiment: "Experiment") -> str:
    """Hash of the code that trains these networks, of all tasks their own."""
    choice = provenance.Choice(experiment.training_registries())
    return provenance.code_hash(f"{__name__}:train", choice=choice)


def _log_to_stderr(line: str) -> None:
    print(line, file=sys.stderr, flush=True)


class _Job:
    """One network's training with its files."""

    def __init__(self, member: "Member", results: Path | None, log: Log, device: torch.device) -> None:
        self.experiment = member.experiment
        self.label = member.label
        self.results = results
        self.log = log
        self.device = device
        source = self._source(member)
        start, moments = self._read(member, source) if source else (None, None)
        self.trainer = Trainer(self.experiment, self.label, start, moments)
        self.identity = {
            "experiment": self.experiment.name,
            "label": self.label,
            "seed": member.seed,
            "configuration": self.experiment.fingerprint(),
            "start": hashlib.sha256(source.read_bytes()).hexdigest() if source else None,
            "updates_before": self.trainer.earlier,
            "code": _code(self.experiment),
            "torch": torch.__version__,
            "numpy": np.__version__,
            "device": device.type,
            "path": self.trainer.path.name,
        }
        self.fingerprint = provenance.fingerprint(self.identity)
        self._started = time.perf_counter()
        self._last_news = 0.0
        self._last_saved = float("-inf")
        self._save_every = 0.0 if self.experiment.training.device == "cpu" else SAVE_EVERY
        self._resumed_at = 0
        self._kept = 0  # updates that the checkpoint holds

    def _source(self, member: "Member") -> Path | None:
        """The file of the network to start from, if any."""
        if member.file is not None:
            return Path(member.file)
        if member.source is None:
            return None
        experiment, label = member.source
        if self.results is None:
            raise ValueError(f"{self.experiment.name}: starts from networks of {experiment!r}, give `results`")
        path = network_path(self.results, experiment, label)
        if not path.exists():
            raise FileNotFoundError(f"{path}: {self.experiment.name} {self.label} starts from it; train it first")
        return path

    def _read(self, member: "Member", source: Path) -> tuple[Ensemble, Moments | None]:
        """The network to start from and its moments, which networks trained elsewhere come without."""
        kind = "file" if member.file is not None else ""
        if kind:
            return READERS[kind](member), None
        start = load(source)
        assert self.results is not None, "a source lies in the results"
        path = moments_path(self.results, source.parent.name, source.stem)
        wanted, about = self.experiment.schedule.optimiser, f"{self.experiment.name} {self.label}: {source}"
        if not path.exists():
            self.log(f"{about} has no moments beside it; they start anew")
            return start, None
        moments = load_moments(path, start.one(0))
        if moments.optimiser != wanted:
            self.log(f"{about} was trained by {moments.optimiser}, whose moments {wanted} cannot use; they start anew")
            return start, None
        return start, moments

    @property
    def _checkpoint(self) -> Path | None:
        if self.results is None:
            return None
        folder = self.results / "checkpoints" / self.experiment.name
        return checkpoint_path(folder, self.label, self.fingerprint)

    def run(self) -> Ensemble:
        """Train, or finish what was begun, and write the files."""
        self.resume()
        self.log(f"{self.experiment.name} {self.label}: {self.trainer.path.about}")
        try:
            self.trainer.run(self.at_evaluation, self.at_update)
        except TrainingDiverged as error:
            raise self.fail(error) from None
        except KeyboardInterrupt:
            raise Interrupted(self.interrupted()) from None
        self.finish()
        self.discard_checkpoint()
        return self.network

    @property
    def network(self) -> Ensemble:
        """The network as it is."""
        return self.trainer.ensemble(self._metadata())

    def finish(self) -> None:
        """Write the files of a network that has been trained."""
        if self.results is not None:
            self._write(self.results, self.network)

    def fail(self, error: TrainingDiverged, keep: bool = False) -> TrainingDiverged:
        """Report a failure in the status; returns the error with the place of the last good weights.

        With ``keep``, the trainer's weights, which may be later than the checkpoint's, are written if they are finite.
        """
        if keep and all(bool(torch.isfinite(weight).all()) for weight in self.trainer.weights.values()):
            self.save()
        kept = f"; the last good weights are in {self._checkpoint}" if self._checkpoint else ""
        self._status("failed", message=f"{error}{kept}")
        return TrainingDiverged(f"{error}{kept}")

    def resume(self) -> None:
        """Go on from the checkpoint, if there is one."""
        path = self._checkpoint
        state = load_checkpoint(path, self.fingerprint) if path is not None else None
        if state is not None:
            self.trainer.restore(state)
            self._resumed_at = self._kept = state.update
            self.log(f"{self.experiment.name} {self.label}: goes on from update {state.update} ({path})")

    def save(self) -> None:
        """Write the checkpoint."""
        if (path := self._checkpoint) is not None:
            state = self.trainer.checkpoint()
            save_checkpoint(path, state, self.fingerprint)
            self._kept = state.update
            self._last_saved = time.monotonic()

    def interrupted(self) -> str:
        """Say in the status how much of the training is kept; the same in a sentence."""
        known = self._last_progress()
        trials = min(self._kept * self.experiment.schedule.batch, known.trials_total)
        kept = f"{trials:,} of {known.trials_total:,} trials are kept" if self._kept else "nothing of it is kept yet"
        message = f"interrupted; {kept}; the same call goes on from there"
        self._status("interrupted", known, message, trials)
        return f"{self.experiment.name} {self.label}: {message}"

    def discard_checkpoint(self) -> None:
        """Remove it, once the files of the network are written."""
        if self._checkpoint is not None:
            self._checkpoint.unlink(missing_ok=True)

    def at_evaluation(self, progress: Progress) -> None:
        """Checkpoint, status and log line."""
        if time.monotonic() - self._last_saved > self._save_every:
            self.save()
        rate, eta = self._pace(progress)
        self._status("running", progress)
        if self.experiment.imported is not None and (doubt := doubt_of(progress.mean_performance)):
            self.log(f"{self.experiment.name} {self.label}: warning: {doubt}")
        self.log(
            f"{self.experiment.name} {self.label}: {progress.trials:,} of {progress.trials_total:,} trials, "
            f"{rate:,.0f} trials/s, {_clock(eta)} to go; performance mean {progress.mean_performance:.3f}, "
            f"min {progress.min_performance:.3f} ({progress.worst_task})"
        )

    def at_update(self) -> None:
        """A sign of life now and then."""
        if time.monotonic() - self._last_news > NEWS_EVERY:
            self._status("running")

    def _pace(self, progress: Progress) -> tuple[float, float]:
        """Trials per second of this process so far, and seconds to go (0 and infinity before any were done)."""
        batch = self.experiment.schedule.batch
        elapsed = time.perf_counter() - self._started
        rate = (progress.updates - self._resumed_at) * batch / elapsed
        left = (progress.n_updates - progress.updates) * batch
        return rate, left / rate if rate else float("inf")

    def _status(
        self, state: str, progress: Progress | None = None, message: str = "", trials: int | None = None
    ) -> None:
        self._last_news = time.monotonic()
        if self.results is None:
            return
        known = progress if progress is not None else self._last_progress()
        rate, eta = self._pace(known)
        write_status(
            status_path(self.results, self.experiment.name, self.label),
            experiment=self.experiment.name,
            label=self.label,
            state=state,
            trials=known.trials if trials is None else trials,
            trials_total=known.trials_total,
            trials_per_s=rate,
            eta_s=None if eta == float("inf") else eta,
            min_performance=known.min_performance,
            mean_performance=known.mean_performance,
            worst_task=known.worst_task,
            message=message,
        )

    def _last_progress(self) -> Progress:
        """The state now, with the performance of the last evaluation."""
        return self.trainer.progress(self.trainer.last_evaluation())

    def _metadata(self) -> dict[str, Any]:
        """Nothing that differs when the same network is trained again, such as times: they are in the history."""
        return {
            **self.identity,
            "settings": self.experiment.model_dump(mode="json", exclude={"seeds"}),
            "updates": self.trainer.update,
            "host": socket.gethostname(),
            "compiler": self.trainer.path.compiler,
            "gpu": torch.cuda.get_device_name(self.device) if self.device.type == "cuda" else None,
            "versions": provenance.environment(),
        }

    def _write(self, results: Path, net: Ensemble) -> None:
        name, label = self.experiment.name, self.label
        table = history_table(label, self.trainer.rows, list(self.experiment.tasks.train))
        save_moments(moments_path(results, name, label), self.trainer.moments, net.one(0))
        save_ensemble(network_path(results, name, label), net)
        with atomic_write(history_path(results, name, label)) as part:
            write_table(table, part, filter(None, [origin.of_network(net.metadata)]))
        self._status("finished")


def _clock(seconds: float) -> str:
    if seconds == float("inf"):
        return "unknown time"
    return f"{int(seconds) // 3600}:{int(seconds) // 60 % 60:02d}:{int(seconds) % 60:02d}"

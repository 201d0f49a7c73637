"""Training as a job: files, checkpoints, log lines and a status that others can watch."""

import hashlib
import os
import socket
import sys
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import torch

from replicortex import provenance
from replicortex.networks.ensemble import Ensemble, stack
from replicortex.networks.files import load, save_ensemble
from replicortex.status import write_status
from replicortex.training.checkpoint import checkpoint_path, load_checkpoint, save_checkpoint
from replicortex.training.history import history_table
from replicortex.training.trainer import Progress, Trainer, TrainingDiverged

if TYPE_CHECKING:
    from replicortex.config.experiment import Experiment, Member

Log = Callable[[str], None]
NEWS_EVERY = 20.0  # seconds between signs of life of a training between evaluations


def network_path(results: Path, experiment: str, label: str) -> Path:
    """Where the weights of a network live below the results folder of a scale."""
    return results / "networks" / experiment / f"{label}.safetensors"


def history_path(results: Path, experiment: str, label: str) -> Path:
    """Where the learning history of a network lives."""
    return results / "networks" / experiment / f"{label}.history.parquet"


def status_path(results: Path, experiment: str, label: str) -> Path:
    """Where a training tells how far it is."""
    return results / "progress" / experiment / f"{label}.json"


def train(
    experiment: "Experiment",
    seeds: Iterable[int] | None = None,
    labels: Iterable[str] | None = None,
    *,
    results: str | Path | None = None,
    log: Log | None = None,
) -> Ensemble:
    """Train networks of an experiment, one after the other; each depends on its own label and seed alone.

    Args:
        experiment: from :func:`replicortex.load_config`.
        seeds: which of its seeds; all by default.
        labels: which of its members by label; all by default.
        results: folder ``results/<scale>``: weights, history, status and checkpoints are written there, and a training
            that was interrupted goes on from its checkpoint.  None keeps everything in memory.
        log: receives one line per evaluation; standard error by default.

    Returns:
        The trained networks (of one architecture) in the order of the experiment's members.

    Raises:
        ValueError: seeds or labels that the experiment does not have.
        TrainingDiverged: a network's loss is no longer finite; its last good weights stay in its checkpoint.
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
    with _one_core():
        return stack([_Job(member, folder, say).run() for member in chosen])


@contextmanager
def _one_core() -> Iterator[None]:
    """One thread, and torch's choice of products as it was, once the training is over.

    More threads would change the order of sums, and so the last bits, with the machine's load.
    """
    onednn: Any = torch.backends.mkldnn
    threads, precision = torch.get_num_threads(), onednn.matmul.fp32_precision
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(threads)
        onednn.matmul.fp32_precision = precision


def _log_to_stderr(line: str) -> None:
    print(line, file=sys.stderr, flush=True)


class _Job:
    """One network's training with its files."""

    def __init__(self, member: "Member", results: Path | None, log: Log) -> None:
        self.experiment = member.experiment
        self.label = member.label
        self.results = results
        self.log = log
        source = self._source(member)
        self.trainer = Trainer(self.experiment, self.label, load(source) if source else None)
        self.identity = {
            "experiment": self.experiment.name,
            "label": self.label,
            "seed": member.seed,
            "configuration": self.experiment.fingerprint(),
            "start": hashlib.sha256(source.read_bytes()).hexdigest() if source else None,
            "code": provenance.code_hash(Path(__file__)),
            "torch": torch.__version__,
            "numpy": np.__version__,
            "path": self.trainer.path.name,
        }
        self.fingerprint = provenance.fingerprint(self.identity)
        self._started = time.perf_counter()
        self._last_news = 0.0
        self._resumed_at = 0

    def _source(self, member: "Member") -> Path | None:
        """The file of the network to start from, if any."""
        if member.source is None:
            return None
        experiment, label = member.source
        if self.results is None:
            raise ValueError(f"{self.experiment.name}: starts from networks of {experiment!r}, give `results`")
        path = network_path(self.results, experiment, label)
        if not path.exists():
            raise FileNotFoundError(f"{path}: {self.experiment.name} {self.label} starts from it; train it first")
        return path

    @property
    def _checkpoint(self) -> Path | None:
        if self.results is None:
            return None
        folder = self.results / "checkpoints" / self.experiment.name
        return checkpoint_path(folder, self.label, self.fingerprint)

    def run(self) -> Ensemble:
        """Train, or finish what was begun, and write the files."""
        self._resume()
        self.log(f"{self.experiment.name} {self.label}: {self.trainer.path.about}")
        try:
            self.trainer.run(self._at_evaluation, self._at_update)
        except TrainingDiverged as error:
            kept = f"; the last good weights are in {self._checkpoint}" if self._checkpoint else ""
            self._status("failed", message=f"{error}{kept}")
            raise TrainingDiverged(f"{error}{kept}") from None
        net = self.trainer.ensemble(self._metadata())
        if self.results is not None:
            self._write(self.results, net)
        return net

    def _resume(self) -> None:
        path = self._checkpoint
        state = load_checkpoint(path, self.fingerprint) if path is not None else None
        if state is not None:
            self.trainer.restore(state)
            self._resumed_at = state.update
            self.log(f"{self.experiment.name} {self.label}: goes on from update {state.update} ({path})")

    def _at_evaluation(self, progress: Progress) -> None:
        path = self._checkpoint
        if path is not None:
            save_checkpoint(path, self.trainer.checkpoint(), self.fingerprint)
        rate, eta = self._pace(progress)
        self._status("running", progress)
        self.log(
            f"{self.experiment.name} {self.label}: {progress.trials:,} of {progress.trials_total:,} trials, "
            f"{rate:,.0f} trials/s, {_clock(eta)} to go; performance mean {progress.mean_performance:.3f}, "
            f"min {progress.min_performance:.3f} ({progress.worst_task})"
        )

    def _at_update(self) -> None:
        if time.monotonic() - self._last_news > NEWS_EVERY:
            self._status("running")

    def _pace(self, progress: Progress) -> tuple[float, float]:
        """Trials per second of this process so far, and seconds to go (0 and infinity before any were done)."""
        batch = self.experiment.schedule.batch
        elapsed = time.perf_counter() - self._started
        rate = (progress.updates - self._resumed_at) * batch / elapsed
        left = (progress.n_updates - progress.updates) * batch
        return rate, left / rate if rate else float("inf")

    def _status(self, state: str, progress: Progress | None = None, message: str = "") -> None:
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
            trials=known.trials,
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
        return {
            **self.identity,
            "settings": self.experiment.model_dump(mode="json", exclude={"seeds"}),
            "updates": self.trainer.update,
            "wall_s": round(self.trainer.wall_s, 1),
            "host": socket.gethostname(),
            "compiler": self.trainer.path.compiler,
            "versions": provenance.environment(),
        }

    def _write(self, results: Path, net: Ensemble) -> None:
        name, label = self.experiment.name, self.label
        table = history_table(label, self.trainer.rows, list(self.experiment.tasks.train))
        save_ensemble(network_path(results, name, label), net)
        path = history_path(results, name, label)
        part = path.with_name(f".{path.name}.{os.getpid()}.part")
        table.to_parquet(part, index=False)
        os.replace(part, path)
        self._status("finished")
        checkpoint = self._checkpoint
        if checkpoint is not None:
            checkpoint.unlink(missing_ok=True)


def _clock(seconds: float) -> str:
    if seconds == float("inf"):
        return "unknown time"
    hours, rest = divmod(int(seconds), 3600)
    return f"{hours}:{rest // 60:02d}:{rest % 60:02d}"

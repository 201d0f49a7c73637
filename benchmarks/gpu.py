"""Updates of many networks at once on a GPU, beside what the products and the memory traffic alone would take.

Everything is measured in one run on one machine: whole updates with their trials drawn ahead, the batched products of
the same shapes without anything between them, and the time in which the memory moves the bytes that must be moved.
"""

import os
import time
from collections.abc import Callable
from dataclasses import dataclass
from statistics import mean

import torch

import replicortex as rx
from replicortex.training.draws import Request, Sampler, requests
from replicortex.training.ensemble import EnsembleTrainer
from replicortex.training.source import Source
from replicortex.training.trainer import Trainer

SIZES = (1, 10, 40, 160)
NO_GPU = "Many networks on a GPU: not measured, torch sees no GPU here."


@dataclass(frozen=True)
class Rate:
    """Milliseconds per update of all networks: whole, its products alone, its memory traffic alone, drawing trials."""

    networks: int
    timing: str
    steps: float
    ours: float
    products: float
    traffic: float
    drawing: float


def _experiment(timing: str):
    experiment = rx.load_config("config.yaml", scale="paper")["reference"]
    training = experiment.training.model_copy(update={"device": "cuda", "timing": timing, "evaluate_every": 10**9})
    return experiment.model_copy(update={"training": training})


def _seconds(work: Callable[[], object], device: torch.device) -> float:
    def settle() -> None:
        if device.type == "cuda":
            torch.cuda.synchronize(device)

    settle()
    begun = time.perf_counter()
    work()
    settle()
    return time.perf_counter() - begun


def _products(trainer: EnsembleTrainer, n_time: int) -> Callable[[], None]:
    """The batched products of one update of that length, none of them padded, into memory that is there."""
    arch, n, batch = trainer.networks.arch, len(trainer.members), trainer.experiment.schedule.batch
    units, n_in, n_out, rows = arch.units, arch.n_input, arch.n_output, n_time * batch

    def array(*shape: int) -> torch.Tensor:
        return torch.randn(shape, device=trainer.device)

    x, h, d, y = array(n, rows, n_in), array(n, rows, units), array(n, rows, units), array(n, rows, n_out)
    w_in, w, w_out = array(n, n_in, units), array(n, units, units), array(n, units, n_out)
    state, step = array(n, batch, units), array(n, batch, units)

    def work() -> None:
        torch.bmm(x, w_in, out=d)
        for _ in range(2 * n_time):
            torch.bmm(state, w, out=step)
        torch.bmm(h, w_out, out=y)
        torch.bmm(y, w_out.mT, out=h)
        torch.bmm(x.mT, d), torch.bmm(h.mT, d), torch.bmm(h.mT, y)

    return work


def _traffic(trainer: EnsembleTrainer, n_time: int) -> Callable[[], None]:
    """Moves the bytes of one update that no cache holds: arrays (network, time, trial, unit) and those of the inputs.

    Pre-activations are written by the noise, read and written by the input product and by the recurrence, turned into
    slopes, read and written on the way back and read by the weight gradients; rates and their gradient likewise.
    """
    arch, n, batch = trainer.networks.arch, len(trainer.members), trainer.experiment.schedule.batch
    passes = 14 * arch.units + 5 * arch.n_input + 12 * arch.n_output  # numbers read or written per step and trial
    half = torch.empty(n * n_time * batch * passes // 2 // 8, device=trainer.device)
    there = torch.empty_like(half)

    def work() -> None:
        for _ in range(8):
            there.copy_(half)

    return work


def measure(networks: int, timing: str, device: torch.device, updates: int = 300) -> Rate:
    """Time ``updates`` updates of that many networks after as many to warm up (graphs are recorded in those)."""
    experiment = _experiment(timing)
    trainer = EnsembleTrainer([Trainer(experiment, f"seed{m}") for m in range(networks)], device)
    trainer.networks.moving.fill_(True)
    lengths: list[float] = []

    def train(source: Source, first: int) -> None:
        for update in range(first, first + updates):
            batch = source.take(Request(update))
            lengths.append(mean(batch.lengths))
            trainer.networks.advance(batch, update)

    with Source(trainer.sampler, lambda: requests(experiment, 0, False), device, trainer.workers) as source:
        train(source, 0)
        lengths.clear()
        ours = _seconds(lambda: train(source, updates), device) / updates
    n_time = round(mean(lengths))
    floor, traffic = _products(trainer, n_time), _traffic(trainer, n_time)
    floor(), traffic()
    return Rate(
        networks=networks,
        timing=timing,
        steps=mean(lengths),
        ours=1e3 * ours,
        products=1e3 * min(_seconds(floor, device) for _ in range(5)),
        traffic=1e3 * min(_seconds(traffic, device) for _ in range(5)),
        drawing=1e3 * _drawing(trainer.sampler),
    )


def _drawing(sampler: Sampler, updates: int = 10) -> float:
    """Seconds of one core to draw the trials of one update."""
    import numpy as np

    arrays = sampler.layout(Request(0)).arrays(np.zeros(sampler.size, np.uint8))
    begun = time.thread_time()
    for update in range(updates):
        sampler.fill(Request(update), arrays)
    return (time.thread_time() - begun) / updates


def table() -> None:
    """Print the Markdown table, or one line where there is no GPU."""
    if not torch.cuda.is_available():
        print(NO_GPU)
        return
    torch.backends.cuda.matmul.fp32_precision = "ieee"
    machine = f"{torch.cuda.get_device_name()}; {os.cpu_count()} cores; torch {torch.__version__}"
    print(f"GPU: {machine}; 64 trials, 256 units\n")
    print(
        "| networks | timing | steps | ms per update of all | updates/s | trials/s | products alone, ms (share) "
        "| memory traffic alone, ms (share) | drawing, ms of a core |\n|---|---|---|---|---|---|---|---|---|"
    )
    for timing in ("own", "shared"):
        for networks in SIZES:
            r = measure(networks, timing, torch.device("cuda"))
            print(
                f"| {r.networks} | {r.timing} | {r.steps:.0f} | {r.ours:.2f} | {1e3 / r.ours:.0f} "
                f"| {64e3 * r.networks / r.ours:,.0f} | {r.products:.2f} ({r.products / r.ours:.0%}) "
                f"| {r.traffic:.2f} ({r.traffic / r.ours:.0%}) | {r.drawing:.1f} |",
                flush=True,
            )


if __name__ == "__main__":
    table()

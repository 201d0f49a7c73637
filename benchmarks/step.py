"""One training update at the real mix of tasks: ours, a plain PyTorch loop, and the products alone.

All three run in turn on the same trials, and CPU time of the thread is what counts, so that a busy machine disturbs
the ratios little.  The floor is the time of the matrix products that no way of writing this update can leave out.
Making the trials, by the same generator, is part of both.
"""

import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

import numpy as np
import torch

import replicortex as rx
from benchmarks.plain import PlainNetwork
from replicortex.networks.ensemble import rates_of
from replicortex.networks.sequence import Workspace
from replicortex.tasks import generate
from replicortex.training.loss import task_loss
from replicortex.training.optimiser import Adam
from replicortex.training.trainer import Trainer


@dataclass(frozen=True)
class Step:
    """Milliseconds of CPU time per update, means over the same updates."""

    batch: int
    updates: int
    mean_steps: float
    ours: float
    plain: float
    floor: float
    generation: float
    ratio_low: float
    ratio_high: float


def _timed(work: Callable[[], object]) -> float:
    begun = time.thread_time()
    work()
    return 1e3 * (time.thread_time() - begun)


def _trainer(batch: int) -> Trainer:
    experiment = rx.load_config("config.yaml", scale="laptop")["reference"]
    schedule = experiment.schedule.model_copy(update={"batch": batch})
    return Trainer(experiment.model_copy(update={"schedule": schedule}), "benchmark")


class _Plain:
    def __init__(self, trainer: Trainer) -> None:
        self.net = PlainNetwork(trainer.arch, {name: w.detach() for name, w in trainer.weights.items()})
        self.adam = torch.optim.Adam(self.net.parameters(), lr=1e-4)

    def update(self, trainer: Trainer, update: int) -> None:
        """Trials, noise, loss, gradient and Adam of one update, from the loss on with PyTorch's own means."""
        trial, rng = trainer.draw(update)
        torch.manual_seed(int(rng.integers(2**63)))
        x = torch.from_numpy(trial.x)
        x = x + trial.coding.noise_sd * torch.randn_like(x)
        error = torch.from_numpy(trial.mask.copy()) * (torch.from_numpy(trial.y) - self.net(x))
        self.adam.zero_grad()
        error.square().mean().backward()
        for parameter in self.net.parameters():
            if parameter.grad is not None:
                parameter.grad.clamp_(-1.0, 1.0)
        self.adam.step()


class _Floor:
    """The products of one update, into memory that is already there."""

    def __init__(self, arch: rx.networks.Architecture, batch: int, longest: int = 260) -> None:
        n, n_in, n_out = arch.units, arch.n_input, arch.n_output
        self.batch = batch
        self.x, self.h = torch.randn(longest * batch, n_in), torch.randn(longest * batch, n)
        self.d, self.y = torch.randn(longest * batch, n), torch.randn(longest * batch, n_out)
        self.w_in, self.w, self.w_out = torch.randn(n_in, n), torch.randn(n, n), torch.randn(n, n_out)
        self.g_in, self.g, self.g_out = torch.empty(n_in, n), torch.empty(n, n), torch.empty(n, n_out)
        self.step, self.state = torch.empty(batch, n), torch.randn(batch, n)

    def products(self, n_time: int) -> None:
        """Forward, backward and weight gradients of n_time steps."""
        rows = n_time * self.batch
        x, h, d, y = self.x[:rows], self.h[:rows], self.d[:rows], self.y[:rows]
        torch.mm(x, self.w_in, out=d)
        for _ in range(2 * n_time):
            torch.mm(self.state, self.w, out=self.step)
        torch.mm(h, self.w_out, out=y)
        torch.mm(y, self.w_out.t(), out=h)
        torch.mm(x.t(), d, out=self.g_in)
        torch.mm(h.t(), d, out=self.g)
        torch.mm(h.t(), y, out=self.g_out)


def measure_step(batch: int, updates: int = 60) -> Step:
    """Time ``updates`` updates of each kind, in turn."""
    trainer = _trainer(batch)
    plain, floor = _Plain(trainer), _Floor(trainer.arch, batch)
    warm_up = 4
    times: dict[str, list[float]] = {"ours": [], "plain": [], "floor": [], "generation": []}
    steps = []
    for update in range(updates + warm_up):
        n_time = trainer.draw(update)[0].x.shape[0]
        steps.append(n_time)
        times["generation"].append(_timed(partial(trainer.draw, update)))
        times["ours"].append(_timed(trainer.advance))
        times["plain"].append(_timed(partial(plain.update, trainer, update)))
        times["floor"].append(_timed(partial(floor.products, n_time)))
    kept = {name: values[warm_up:] for name, values in times.items()}
    ratios = [a / b for a, b in zip(kept["ours"], kept["plain"], strict=True)]
    low, _, high = statistics.quantiles(ratios, n=4)
    mean = {name: statistics.mean(values) for name, values in kept.items()}
    return Step(batch, updates, statistics.mean(steps[warm_up:]), **mean, ratio_low=low, ratio_high=high)


def gradient_error() -> float:
    """Largest relative error over the weights of one update's float32 gradient against float64."""
    arch = rx.networks.for_rule_set("all", sigma_rec=0.0)
    net = rx.networks.create(arch, [np.random.default_rng(0)], ["seed0"], dtype=torch.float64)
    trial = generate("contextdelaydm1", batch=64, rng=np.random.default_rng(1))
    found = {}
    for dtype in (torch.float64, torch.float32):
        weights = {name: w.to(dtype).requires_grad_() for name, w in net.one(0).items()}
        work = Workspace()
        rates = rates_of(weights, arch, torch.from_numpy(trial.x).to(dtype), None, work)
        loss, _ = task_loss(weights, rates, trial, work)
        found[dtype] = [g.double() for g in torch.autograd.grad(loss, list(weights.values()))]
    pairs = zip(found[torch.float32], found[torch.float64], strict=True)
    return max(float((a - b).norm() / b.norm()) for a, b in pairs)


def optimiser_share() -> float:
    """Milliseconds of CPU time of Adam alone."""
    trainer = _trainer(32)
    grads = {name: torch.randn_like(w) for name, w in trainer.weights.items()}
    adam = Adam(trainer.experiment.schedule)
    weights = {name: w.detach().clone() for name, w in trainer.weights.items()}
    return statistics.median(_timed(lambda: adam.step(weights, grads, 1e-4)) for _ in range(30))

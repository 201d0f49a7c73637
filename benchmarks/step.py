"""One training update at the real mix of tasks: every path of ours, a plain PyTorch loop, and the ceilings.

All run on the same trials, ten updates of one and then of the next, so that the caches are as in a training and a busy
machine disturbs the ratios little; CPU time of the thread is what counts. Making the trials, by the same generator, is
part of all of them. The plain loop runs PyTorch as it comes.
"""

import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

import numpy as np
import torch

import replicortex as rx
from benchmarks.ceiling import Products, operations, peak_run
from benchmarks.plain import PlainNetwork
from replicortex import native
from replicortex.networks.products import choose_product_route
from replicortex.tasks import Coding, TrialRows, random_rows
from replicortex.training.continual import Importance
from replicortex.training.soap import create_optimiser
from replicortex.training.trainer import Trainer

BLOCK = 10  # updates of one kind in a row
PLAIN = "plain PyTorch loop"
_PRODUCT: Any = torch.backends.mkldnn.matmul  # its type information lacks `fp32_precision`
_UNTOUCHED = _PRODUCT.fp32_precision  # before a trainer has chosen another route


@dataclass(frozen=True)
class Timing:
    """Milliseconds of CPU time of an update: median, tenth percentile, and the median ratio to the plain loop's."""

    median: float
    tenth: float
    ratio: float


@dataclass(frozen=True)
class Step:
    """Timings over the same updates by what was done; operations per update and, in the same minutes, per second."""

    batch: int
    updates: int
    operations: float
    peak: float | None
    timings: dict[str, Timing]


def _timed(work: Callable[[], object]) -> float:
    begun = time.thread_time()
    work()
    return 1e3 * (time.thread_time() - begun)


def settings() -> dict[str, dict[str, str]]:
    """Settings of ``training`` for each path that runs here, by name."""
    found = {"PyTorch": {"path": "torch", "precision": "float32"}}
    kernel = native.find_kernel()
    if kernel is not None:
        for precision in kernel.precisions:
            found[f"native {kernel.name}, {precision}"] = {"path": "native", "precision": precision}
    return found


def trainer(batch: int, sigma: float | None = None, **training: str) -> Trainer:
    """A trainer of the reference networks with another batch size and other settings of ``training``.

    Parameters
    ----------
    batch
        Trials per update.
    sigma
        Standard deviation of both noises; the configured ones if None.
    training
        Settings to replace.
    """
    experiment = rx.load_config("config.yaml", scale="laptop")["reference"]
    update: dict[str, object] = {
        "schedule": experiment.schedule.model_copy(update={"batch": batch}),
        "training": experiment.training.model_copy(update=training),
    }
    if sigma is not None:
        update["network"] = experiment.network.model_copy(update={"sigma_rec": sigma})
        update["tasks"] = experiment.tasks.model_copy(update={"sigma_x": sigma})
    return Trainer(experiment.model_copy(update=update), "benchmark")


class _Plain:
    """The plain loop with PyTorch's own choice of product, or with the faster one that `replicortex` takes."""

    def __init__(self, like: Trainer, route: str) -> None:
        self.route = route
        self.net = PlainNetwork(like.arch, {name: w.detach() for name, w in like.weights.items()})
        self.adam = torch.optim.Adam(self.net.parameters(), lr=1e-4)

    def update(self, like: Trainer, update: int) -> None:
        """Trials, noise, loss, gradient and Adam of one update, from the loss on with PyTorch's own means."""
        chosen = _PRODUCT.fp32_precision
        _PRODUCT.fp32_precision = self.route
        try:
            self._update(like, update)
        finally:
            _PRODUCT.fp32_precision = chosen

    def _update(self, like: Trainer, update: int) -> None:
        rows, rng = like.draw(update)
        trial = rows.repeated()
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


def _advance(each: Trainer, update: int) -> None:
    assert each.update == update, "every path does the same updates in the same order"
    each.advance()


def measure_step(batch: int, updates: int = 60) -> Step:
    """Time ``updates`` updates of each kind, in turn."""
    ours = {name: trainer(batch, **chosen) for name, chosen in settings().items()}
    first = next(iter(ours.values()))
    plain, products = _Plain(first, _UNTOUCHED), Products(first.arch, batch)
    warm_up = BLOCK
    steps = [first.draw(update)[0].edges[-1] for update in range(updates + warm_up)]
    work: dict[str, Callable[[int], object]] = {
        PLAIN: partial(plain.update, first),
        "products alone, PyTorch": lambda update: products.run(steps[update]),
        **{name: partial(_advance, each) for name, each in ours.items()},
        "making the trials": first.draw,
    }
    if choose_product_route() != "default":
        work["plain loop, faster product"] = partial(_Plain(first, _PRODUCT.fp32_precision).update, first)
    at_peak = peak_run()
    times: dict[str, list[float]] = {name: [] for name in work}
    rates: list[float] = []
    for start in range(0, updates + warm_up, BLOCK):
        for name, one in work.items():
            for update in range(start, min(start + BLOCK, updates + warm_up)):
                times[name].append(_timed(partial(one, update)))
        if at_peak is not None:
            begun = time.thread_time()
            done = sum(at_peak() for _ in range(BLOCK))
            rates.append(done / (time.thread_time() - begun))
    kept = {name: np.array(values[warm_up:]) for name, values in times.items()}
    timings = {
        name: Timing(*np.percentile(values, (50, 10)).tolist(), float(np.median(values / kept[PLAIN])))
        for name, values in kept.items()
    }
    floating = operations(first.arch, statistics.mean(steps[warm_up:]), batch)
    return Step(batch, updates, floating, statistics.median(rates) if rates else None, timings)


def gradient_errors() -> dict[str, float]:
    """By path: largest relative error, over the weights, of one update's gradient against autograd in float64."""
    found: dict[str, dict[str, torch.Tensor]] = {}
    for name, chosen in settings().items():
        each = trainer(64, sigma=0.0, **chosen)
        found[name] = {weight: g.clone() for weight, g in each.gradient(0).weights.items()}
    exact = _exact_gradient(trainer(64, sigma=0.0, path="torch"))
    return {
        name: max(float((g.double() - exact[weight]).norm() / exact[weight].norm()) for weight, g in gradients.items())
        for name, gradients in found.items()
    }


def _exact_gradient(like: Trainer) -> dict[str, torch.Tensor]:
    """Gradient of the plain loop in float64, on the trials of update 0, without noise."""
    trial = like.draw(0)[0].repeated()
    weights = {name: w.detach().double().requires_grad_() for name, w in like.weights.items()}
    h = torch.zeros(trial.x.shape[1], like.arch.units, dtype=torch.float64)
    rates = []
    for x in torch.from_numpy(trial.x).double():
        target = torch.nn.functional.softplus(
            x @ weights["w_in"] + h @ weights["w_rec"] + weights["b_rec"], threshold=40.0
        )
        h = h + like.arch.alpha * (target - h)
        rates.append(h)
    outputs = torch.sigmoid(torch.stack(rates) @ weights["w_out"] + weights["b_out"])
    error = torch.from_numpy(trial.mask.copy()) * (torch.from_numpy(trial.y) - outputs)
    found = torch.autograd.grad(error.square().mean(), list(weights.values()))
    return dict(zip(weights, found, strict=True))


def optimiser_share(optimiser: str) -> float:
    """Milliseconds of CPU time of an optimiser alone, a mean over updates: SOAP does more in every tenth."""
    like = trainer(32)
    grads = {name: torch.randn_like(w) for name, w in like.weights.items()}
    schedule = like.experiment.schedule.model_copy(update={"optimiser": optimiser})
    stepping = create_optimiser(schedule, like.cell.kernels)
    weights = {name: w.detach().clone() for name, w in like.weights.items()}
    return statistics.fmean(_timed(lambda: stepping.step(weights, grads, 1e-4)) for _ in range(100))


def importance_share() -> float:
    """Milliseconds of CPU time of the account of synaptic importance, a penalty in force."""
    like = trainer(32)
    grads = {name: torch.randn_like(like.weights[name]) for name in like.trained}
    account = Importance(1.0, 0.01, like.weights, like.trained)

    def update() -> None:
        account.penalise(like.weights, grads)
        account.follow(like.weights)

    update()
    account.begin_block(like.weights)
    return statistics.median(_timed(update) for _ in range(30))


def growth(updates: int = 7) -> list[tuple[str, float, dict[str, float]]]:
    """How the cost of a gradient grows: (what, operations, milliseconds by path), one thing varied at a time."""
    base = {"units": 256, "batch": 32, "n_time": 100}
    variations = [
        *({**base, "units": units} for units in (128, 256, 512, 1024)),
        *({**base, "batch": batch} for batch in (8, 16, 64, 128, 256)),
        *({**base, "n_time": n_time} for n_time in (50, 200, 400)),
    ]
    rows = []
    for sizes in variations:
        milliseconds = {}
        for name, chosen in settings().items():
            each, trial = _sized(sizes["units"], sizes["batch"], sizes["n_time"], chosen)
            work = partial(_gradient, each, trial)
            work()
            milliseconds[name] = statistics.median(_timed(work) for _ in range(updates))
        what = f"{sizes['units']} units, {sizes['batch']} trials, {sizes['n_time']} steps"
        rows.append((what, operations(each.arch, sizes["n_time"], sizes["batch"]), milliseconds))
    return rows


def _sized(units: int, batch: int, n_time: int, chosen: dict[str, str]) -> tuple[Trainer, TrialRows]:
    experiment = rx.load_config("config.yaml", scale="laptop")["reference"]
    update = {
        "network": experiment.network.model_copy(update={"units": units}),
        "training": experiment.training.model_copy(update=chosen),
    }
    drawn = random_rows("fdgo", batch, np.random.default_rng(0), Coding())
    edges = [round(n_time * edge / drawn.edges[-1]) for edge in drawn.edges]
    trial = replace(drawn, edges=edges, mask=np.ones((n_time, drawn.mask.shape[1]), np.float32))
    return Trainer(experiment.model_copy(update=update), "benchmark"), trial


def _gradient(each: Trainer, trial: TrialRows) -> None:
    each.path.gradient(each.weights, each.trained, trial, np.random.default_rng(0), each.regulariser)

"""Pictures for a notebook: a trial, a learning curve, choices by evidence, trajectories in state space.

Each function draws into ``ax``, or into new axes, and returns them, so that all of matplotlib can change them.

Examples
--------
>>> from replicortex import primer
>>> ax = primer.plot_trial(primer.ReadySetGo())
>>> ax.set_title("ready, set, go")  # doctest: +SKIP
"""

from typing import Any

import numpy as np
import torch
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from scipy.stats import norm

from replicortex.analysis.fits import fit_choices
from replicortex.analysis.fixed_points import Points
from replicortex.errors import choose
from replicortex.primer.job import Trained
from replicortex.primer.network import Run
from replicortex.primer.trials import Task, Trials
from replicortex.random_streams import generator

COLOURS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#000000")


def _axes(ax: Axes | None, size: tuple[float, float] = (5.0, 3.2), **options: Any) -> Axes:
    """The axes that were given, or new ones: shown by a notebook, and kept in no list of open figures."""
    if ax is not None:
        return ax
    return Figure(figsize=size, layout="constrained").add_subplot(**options)


def _shown(one: Trained, n_trials: int, seed: int, **fixed: object) -> tuple[Trials, Run]:
    """Fresh trials, the same for the same seed, and what the network does with them; recurrent noise included."""
    rng = generator(one.experiment.name, one.label, "plots", seed)
    trials = one.task.draw(n_trials, rng, **fixed)
    return trials, one.network.run(trials.inputs, torch.Generator().manual_seed(int(rng.integers(2**63))))


def plot_trial(
    what: Task | Trained, ax: Axes | None = None, *, seed: int = 0, spread: float = 2.0, **fixed: object
) -> Axes:
    """One trial: what is shown, what is asked for, and what a network answers.

    Parameters
    ----------
    what
        A task, or a trained network: then its outputs are drawn over the targets.
    ax
        Where to draw.
    seed
        Which trial.
    spread
        Distance between the lines.
    fixed
        Conditions of the trial, as in ``draw``.
    """
    if isinstance(what, Trained):
        task, (trials, run) = what.task, _shown(what, 1, seed, **fixed)
        outputs = run.outputs[:, 0]
    else:
        task, trials, outputs = what, what.draw(1, np.random.default_rng(seed), **fixed), None
    rows = [*((name, trials.inputs[:, 0, i], "0.4") for i, name in enumerate(task.input_lines))]
    rows += [(name, trials.targets[:, 0, i], COLOURS[i % len(COLOURS)]) for i, name in enumerate(task.output_lines)]
    ax = _axes(ax, (5.0, 1.2 + 0.35 * len(rows)))
    time, last = np.arange(len(trials.inputs)) * trials.dt, -spread * (len(rows) - 1)
    for i, (_, values, colour) in enumerate(rows):
        ax.step(time, values - spread * i, where="post", color=colour, lw=1.2)
    if outputs is not None:
        for i, values in enumerate(outputs.T):
            at = spread * (len(task.input_lines) + i)
            ax.plot(time, values - at, color=COLOURS[i % len(COLOURS)], lw=1.0, ls="--")
    start, end = (float(edge[0]) * trials.dt for edge in trials.periods["decision"])
    ax.axvspan(start, end, color="0.92", lw=0, zorder=0)
    ax.set_yticks([-spread * i for i in range(len(rows))], [name for name, *_ in rows])
    ax.set_ylim(last - 0.8, spread)
    ax.set_xlim(0, time[-1] + trials.dt)
    ax.set_xlabel("Time (ms); grey: decision" + ("; dashed: the network" if outputs is not None else ""))
    return ax


def plot_learning(one: Trained, ax: Axes | None = None, *, width: int = 10) -> Axes:
    """Loss and fraction correct of every update (pale) and their moving averages, with the evaluations as dots.

    Parameters
    ----------
    one
        A trained network.
    ax
        Where to draw the fraction correct; the loss gets the scale on the right.
    width
        Of the moving average, updates; 10 in the tutorial.

    Raises
    ------
    ValueError
        The network came without its curve.
    """
    if one.curve is None or one.history is None:
        raise ValueError(f"plot_learning: {one.label} has no curve; keep <part>.curve.parquet beside its weights")
    ax = _axes(ax)
    table = one.curve.sort_values("update")
    right = ax.twinx()
    for axes, name, colour in ((ax, "accuracy", COLOURS[0]), (right, "task_loss", COLOURS[1])):
        axes.plot(table["update"], table[name], color=colour, lw=0.5, alpha=0.25)
        smooth = table[name].rolling(width, min_periods=1, center=True).mean()
        axes.plot(table["update"], smooth, color=colour, lw=1.3)
    for task, part in one.history.groupby("task", sort=False):
        label = f"evaluation, {task}" if one.history["task"].nunique() > 1 else "evaluation"
        ax.plot(part["updates"], part["performance"], "o", ms=3, label=label)
    ax.set_ylim(-0.02, 1.02)
    right.set_ylim(0)
    ax.set_xlabel(f"Update (moving average of {width})")
    ax.set_ylabel("Fraction correct", color=COLOURS[0])
    right.set_ylabel(f"Loss ({one.experiment.training.loss})", color=COLOURS[1])
    ax.legend(loc="center right", frameon=False)
    return ax


def plot_psychometric(
    one: Trained, ax: Axes | None = None, *, by: str = "signed", n_trials: int = 2000, seed: int = 0
) -> Axes:
    """Which part of the choices is for the first alternative, by the evidence for it, with a cumulative Gaussian.

    The curve is fitted to single trials by maximum likelihood; dots are tenths of the trials, with 95 % intervals.

    Parameters
    ----------
    one
        A trained network.
    ax
        Where to draw.
    by
        The condition along the axis, such as "signed" (coherence for one choice) or "motion".
    n_trials, seed
        Trials drawn for it.

    Raises
    ------
    ValueError
        The task has no such condition.
    """
    trials, run = _shown(one, n_trials, seed)
    x = trials.conditions[choose(by, trials.conditions, "condition")]
    correct = one.task.choices(run.outputs, trials)
    chosen = correct == (1 if np.mean(x[trials.truth == 1]) > np.mean(x) else 2)
    ax = _axes(ax)
    edges = np.unique(np.quantile(x, np.linspace(0, 1, 11)))
    bins = np.clip(np.searchsorted(edges, x, side="right") - 1, 0, max(0, len(edges) - 2))
    for each in np.unique(bins):
        k, n = chosen[bins == each].sum(), (bins == each).sum()
        middle, p = x[bins == each].mean(), k / n
        ax.errorbar(middle, p, 1.96 * np.sqrt(p * (1 - p) / n), fmt="o", color=COLOURS[0], ms=4)
    fit = fit_choices(x, chosen)
    if np.isfinite(fit.sigma):
        along = np.linspace(x.min(), x.max(), 200)
        ax.plot(along, norm.cdf(along, fit.mu, fit.sigma), color="0.3", lw=1, label=f"s.d. {fit.sigma:.3g}")
        ax.legend(loc="upper left", frameon=False)
    ax.set_ylim(-0.02, 1.02)
    ax.set_xlabel(by)
    ax.set_ylabel("Fraction of choices")
    return ax


def plot_state_space(
    one: Trained,
    ax: Axes | None = None,
    *,
    by: str = "truth",
    n_trials: int = 60,
    seed: int = 0,
    points: Points | None = None,
    dimensions: int = 2,
    **fixed: object,
) -> Axes:
    """Single trials in the first principal components of the rates at all steps of all trials, as the tutorial does.

    (The figures of this project draw means over trials, and components of these means.)

    Parameters
    ----------
    one
        A trained network.
    ax
        Where to draw; in three dimensions made with ``projection="3d"``.
    by
        What colours a trial: "truth", "choice", or a condition of the task.
    n_trials, seed, fixed
        Trials drawn for it, and conditions that are fixed.
    points
        From `slow_points`: those that converged are drawn as crosses.
    dimensions
        2 or 3.

    Raises
    ------
    ValueError
        No such condition, or another number of dimensions.
    """
    if dimensions not in (2, 3):
        raise ValueError(f"dimensions: {dimensions!r} is not 2 or 3")
    trials, run = _shown(one, n_trials, seed, **fixed)
    colours = {"truth": trials.truth, "choice": one.task.choices(run.outputs, trials), **trials.conditions}
    values = colours[choose(by, colours, "by")]
    rates = run.rates.astype(float)
    flat = rates.reshape(-1, rates.shape[-1])
    centre = flat.mean(0)
    axes = np.linalg.svd(flat - centre, full_matrices=False)[2][:dimensions]
    paths = (rates - centre) @ axes.T
    ax = _axes(ax, (4.0, 3.6), **({"projection": "3d"} if dimensions == 3 else {}))
    levels = np.unique(values)
    for i, level in enumerate(levels):
        colour = COLOURS[i] if len(levels) <= len(COLOURS) else None
        for j, trial in enumerate(np.flatnonzero(values == level)):
            label = f"{by} {level:g}" if j == 0 and colour else None
            ax.plot(*paths[:, trial].T, color=colour or _shade(i / len(levels)), lw=0.7, alpha=0.7, label=label)
    ax.plot(*paths[0].mean(0)[:, None], "ks", ms=4, label="start")
    if points is not None:
        at = (points.where(points.converged).states[:, : rates.shape[-1]] - centre) @ axes.T
        ax.plot(*at.T, "kx", ms=4, label="slow points")
    for i, name in enumerate("xyz"[:dimensions]):
        getattr(ax, f"set_{name}label")(f"PC {i + 1}")
    ax.legend(loc="best", frameon=False, fontsize="small")
    return ax


def plot_connections(one: Trained, ax: Axes | None = None, *, by: str = "output") -> Axes:
    """Recurrent weights as they act, from unit (row) to unit (column), as a heat map: blue below 0, red above.

    Parameters
    ----------
    one
        A trained network with a leaky or plastic cell.
    ax
        Where to draw.
    by
        How units are sorted: by the "output" weight of the first alternative minus that of the last, or by their
        "place" (its first coordinate), which wiring costs depend on.

    Raises
    ------
    ValueError
        Another order, or a cell without a recurrent matrix.
    """
    choose(by, ("output", "place"), "by")
    network = one.network
    weights, read = network.connections.detach().numpy(), network.w_out.detach().numpy()
    first = -len(one.task.alternatives)
    order = np.argsort(read[:, first] - read[:, -1] if by == "output" else network.positions[:, 0].numpy())
    ax = _axes(ax, (4.2, 3.4))
    limit = float(np.quantile(np.abs(weights), 0.99)) or 1.0
    shown = ax.imshow(weights[np.ix_(order, order)], cmap="RdBu_r", vmin=-limit, vmax=limit, interpolation="none")
    ax.figure.colorbar(shown, ax=ax, label="Weight")
    ax.set_xlabel(f"To unit, sorted by {by}")
    ax.set_ylabel("From unit")
    return ax


def _shade(part: float) -> tuple[float, float, float]:
    """Colours of many levels, from blue to orange."""
    low, high = (np.array([0.0, 0.45, 0.7]), np.array([0.84, 0.37, 0.0]))
    r, g, b = low + part * (high - low)
    return float(r), float(g), float(b)

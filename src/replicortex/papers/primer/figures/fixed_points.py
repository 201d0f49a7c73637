"""Slow points of networks that decide: where they lie, how states move there, what pushes them (Mante et al. 2013)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.colors import TwoSlopeNorm
from matplotlib.figure import Figure

from replicortex.report import style
from replicortex.report.checks import Tables, networks, of
from replicortex.report.components import example_name, log_ticks
from replicortex.report.style import Setting, letter, place

_HEIGHT = 7.15
TWENTY, CONTEXT, PERCEPTUAL = "reference", "primer_context", "primer_perceptual"
_FIRST, _NEXT = "#0072B2", "#E69F00"  # slowest and next mode; relevant and irrelevant evidence
_SHOWN = 3  # modes drawn in the complex plane beside the slowest
_UNIT = 100.0  # ms, time constant of a unit


@style.styled
def primer_fixed_points(populations: Mapping[str, Tables], setting: Setting) -> Figure:
    """Draw the figure: a-e one network of the twenty tasks, f, g other networks, h, i all of them."""
    title = "Slow points: do networks gather evidence along a line?"
    figure = style.page(title, _HEIGHT, setting, style.provenances(populations, setting))
    twenty = populations[TWENTY]
    network = networks(twenty)[0]
    shown = _first_case(twenty, network)
    letter(figure, "a", 0.08, 0.5, f"Ctx DM 1, {example_name(networks(twenty))}: paths and slow points")
    _plane(figure, (0.35, 0.66, 2.5, 1.9), shown)
    letter(figure, "b", 3.35, 0.5, "Eigenvalues at slow points short of a choice")
    _eigenvalues(place(figure, 3.75, 0.66, 3.1, 0.75), shown)
    letter(figure, "c", 3.35, 1.85, "What a state would answer")
    _answer(place(figure, 3.75, 1.97, 1.3, 0.75), shown)
    letter(figure, "d", 5.35, 1.85, "Slowest and next mode")
    _times(place(figure, 5.75, 1.97, 1.1, 0.75), shown)
    letter(figure, "e", 0.08, 3.15, "What pushes the slowest mode")
    _pushes(place(figure, 0.45, 3.27, 1.6, 1.15), shown)
    for name, left, title, experiment in (
        ("f", 2.4, "Contexts", CONTEXT),
        ("g", 4.8, "Perceptual decision", PERCEPTUAL),
    ):
        case = _first_case(populations[experiment])
        letter(figure, name, left, 3.15, f"{title} ({_told(case)})")
        _plane(figure, (left + 0.2, 3.27, 1.9, 1.15), case, small=True)
    letter(figure, "h", 0.08, 4.9, "All networks: time constants short of a choice")
    groups = _groups(populations)
    _all_times(place(figure, 1.85, 5.02, 2.1, 1.55), groups)
    letter(figure, "i", 4.2, 4.9, "Share of variance on a line, and order")
    _all_lines(place(figure, 4.35, 5.02, 1.15, 1.55), groups, "share_1", "Variance on a line", 0.75)
    _all_lines(place(figure, 5.75, 5.02, 1.15, 1.55), groups, "order", "Rank correlation", 0.9)
    return figure


def _first_case(tables: Tables, network: str | None = None) -> Tables:
    """Tables of the first task and direction of a network; by default of the one with most undecided slow points."""
    line = tables["slow_line"]
    if network is None:
        best = line.iloc[int(line["n_undecided"].to_numpy().argmax())]
    else:
        best = of(line, network=network).iloc[0]
    case = {name: best[name] for name in ("network", "task", "direction")}
    names = ("slow_points", "slow_modes", "slow_line", "slow_paths")
    return {name: of(tables[name], **case) for name in names}


def _plane(figure: Figure, box: tuple[float, float, float, float], shown: Tables, small: bool = False) -> None:
    """Paths of every coherence, slow points, and fixed points by whether they hold."""
    ax = place(figure, *box)
    paths, points = shown["slow_paths"], shown["slow_points"]
    largest = max(float(paths["coherence"].abs().max()), 1e-9)
    norm = TwoSlopeNorm(0, -largest, largest)
    for coherence in sorted(paths["coherence"].unique()):
        path = of(paths, coherence=coherence).sort_values("time_ms")
        colour = "0.6" if coherence == 0 else style.DIVERGING(float(norm(coherence)))
        ax.plot(path["x"], path["y"], color=colour, lw=0.7, zorder=2)
    slow = of(points, kind="slow")
    size: float = 2.2 if small else 3.0
    for undecided, face in ((False, "white"), (True, "black")):
        some = of(slow, undecided=undecided)
        ax.plot(some["x"], some["y"], "o", ms=size, mfc=face, mec="black", mew=0.5, ls="", zorder=4)
    fixed = of(points, kind="fixed")
    for holds, marker, colour in ((True, "s", "#009E73"), (False, "X", "#CC79A7")):
        some = fixed[(fixed["n_unstable"] == 0) == holds]
        ax.plot(some["x"], some["y"], marker, ms=size + 2.6, mfc=colour, mec="white", mew=0.5, ls="", zorder=5)
    ax.set_xticks([])
    ax.set_yticks([])
    ax.set_xlabel("Along the line")
    ax.set_ylabel("Across")
    if not small:
        _key(ax)


def _told(shown: Tables) -> str:
    """ "seed 0, motion"; "gru, seed 0"."""
    network, task = (str(shown["slow_line"][name].iloc[0]) for name in ("network", "task"))
    told = network.replace("seed", "seed ").replace(",seed", ", seed").replace("_", " ")
    return told if task == PERCEPTUAL.removeprefix("primer_") else f"{told}, {task}"


def _key(ax: Axes) -> None:
    from matplotlib.lines import Line2D

    look: Any = {"ls": "", "ms": 4, "mec": "black", "mew": 0.5}
    handles = [
        Line2D([], [], marker="o", mfc="black", label="slow, undecided", **look),
        Line2D([], [], marker="o", mfc="white", label="slow, decided", **look),
        Line2D([], [], marker="s", **{**look, "mfc": "#009E73", "mec": "white"}, label="fixed, stable"),
        Line2D([], [], marker="X", **{**look, "mfc": "#CC79A7", "mec": "white"}, label="fixed, unstable"),
        Line2D([], [], color=style.DIVERGING(0.9), lw=1, label="path, evidence for 1"),
        Line2D([], [], color=style.DIVERGING(0.1), lw=1, label="path, evidence for 2"),
    ]
    ax.legend(handles=handles, loc="upper center", bbox_to_anchor=(0.5, -0.06), ncols=3, columnspacing=0.8,
              handletextpad=0.2, handlelength=1.0)  # fmt: skip


def _undecided(shown: Tables) -> pd.DataFrame:
    slow = of(shown["slow_points"], kind="slow")
    return slow[slow["undecided"]]


def _eigenvalues(ax: Axes, shown: Tables) -> None:
    """The first modes in the complex plane, beside the circle on which nothing decays."""
    modes = shown["slow_modes"][shown["slow_modes"]["point"].isin(_undecided(shown)["point"])]
    angle = np.linspace(-0.45, 0.45, 200)
    ax.plot(np.cos(angle), np.sin(angle), color="0.6", lw=0.7)
    for first, colour, label in ((False, "0.6", "other modes"), (True, _FIRST, "slowest mode")):
        some = modes[(modes["mode"] == 0) == first]
        ax.plot(some["real"], some["imag"], "o", ms=2.4, color=colour, mec="white", mew=0.2, label=label, zorder=3)
    low = min(0.75, float(modes["real"].min()) if len(modes) else 0.75)
    ax.set_xlim(low - 0.02, 1.06)
    half = max(0.12, 1.1 * float(modes["imag"].abs().max()) if len(modes) else 0.12)
    ax.set_ylim(-half, half)
    ax.axhline(0, color="0.85", lw=0.5, zorder=0)
    ax.set_xlabel("Real part", labelpad=0)
    ax.set_ylabel("Imaginary")
    ax.legend(loc="upper left", handlelength=0.6)


def _by_position(ax: Axes, shown: Tables, columns: Mapping[str, str]) -> None:
    slow = of(shown["slow_points"], kind="slow").sort_values("position")
    for undecided, face in ((False, 0.35), (True, 1.0)):
        some = of(slow, undecided=undecided)
        for column, colour in columns.items():
            ax.plot(some["position"], some[column], "o", ms=2.4, color=colour, alpha=face, mec="none", zorder=2 + face)
    ax.set_xlim(-1.08, 1.08)
    ax.set_xticks([-1, 0, 1])
    ax.set_xlabel("Position on the line", labelpad=0)


def _answer(ax: Axes, shown: Tables) -> None:
    _by_position(ax, shown, {"answer": "0.15"})
    ax.axhline(0, color="0.85", lw=0.5, zorder=0)
    ax.set_ylabel("Answer")
    ax.set_ylim(-1.05, 1.05)


def _times(ax: Axes, shown: Tables) -> None:
    _by_position(ax, shown, {"tau_2_ms": _NEXT, "tau_1_ms": _FIRST})
    slow = of(shown["slow_points"], kind="slow")
    top = float(slow["tau_1_ms"].clip(upper=1e5).max()) if len(slow) else 1e3
    log_ticks(ax, "y", [tick for tick in (100, 1000, 10_000, 100_000) if tick <= max(10 * top, 1000)])
    ax.axhline(_UNIT, color="0.6", lw=0.6, ls=(0, (2, 1.5)))
    ax.set_ylabel("Time constant (ms)")


def _pushes(ax: Axes, shown: Tables) -> None:
    columns = {"pushed_irrelevant": _NEXT, "pushed_relevant": _FIRST}
    _by_position(ax, shown, columns)
    undecided = _undecided(shown)
    for column, colour in columns.items():
        if undecided[column].notna().any():
            ax.axhline(float(undecided[column].median()), color=colour, lw=0.8, zorder=1)
    top = float(undecided[list(columns)].max().max()) if len(undecided) else 1.0
    ax.set_ylim(0, 1.6 * top if top > 0 else 1)
    ax.set_ylabel("Push per unit of coherence")
    for i, (column, colour) in enumerate(columns.items()):
        name = column.removeprefix("pushed_") + " modality"
        ax.text(0.02, 0.97 - 0.1 * (1 - i), name, color=colour, transform=ax.transAxes, va="top", fontsize=style.SMALL)
    ax.text(0.98, 0.97, "pale: decided", color="0.35", transform=ax.transAxes, va="top", ha="right",
            fontsize=style.SMALL)  # fmt: skip


def _groups(populations: Mapping[str, Tables]) -> dict[str, pd.DataFrame]:
    """Name of a group of networks -> slow_line of its networks, medians over tasks and directions by network.

    The name tells how many have undecided slow points, if not all.
    """
    found = {}
    for experiment, tables in populations.items():
        numbers = ["share_1", "order", "tau_1_ms", "tau_2_ms", "n_slow"]
        by_network = tables["slow_line"].groupby("network", sort=False)[numbers].median()
        members = tables["members"].set_index("network")
        conditions = members["condition"] if "condition" in members else pd.Series("", index=members.index)
        for condition, part in by_network.groupby(conditions.reindex(by_network.index), sort=False):
            name = {TWENTY: "twenty tasks", CONTEXT: "context", PERCEPTUAL: "perceptual"}.get(experiment, experiment)
            kept, n = int(part["tau_1_ms"].notna().sum()), len(part)
            told = f"{name}, {condition}".replace("_", " ") if condition else name
            found[told if kept == n else f"{told} ({kept} of {n})"] = part
    return found


def _rows(ax: Axes, groups: Mapping[str, pd.DataFrame], labels: bool) -> None:
    ax.set_ylim(len(groups) - 0.5, -0.5)
    ax.set_yticks(range(len(groups)), list(groups) if labels else [""] * len(groups))
    ax.tick_params(axis="y", length=0)
    for y in range(len(groups)):
        ax.axhline(y, color="0.93", lw=0.6, zorder=0)


def _all_times(ax: Axes, groups: Mapping[str, pd.DataFrame]) -> None:
    """Slowest and next time constant of every network, joined."""
    ends = [float(part[["tau_1_ms", "tau_2_ms"]].max().max()) for part in groups.values()]
    top = max([1000.0, *(end for end in ends if np.isfinite(end))])
    for y, part in enumerate(groups.values()):
        rows = y + (np.linspace(-0.25, 0.25, len(part)) if len(part) > 1 else np.zeros(1))
        for row, (_, one) in zip(rows, part.iterrows(), strict=True):
            ax.plot([one["tau_2_ms"], one["tau_1_ms"]], [row, row], color="0.75", lw=0.8, zorder=1)
        ax.plot(part["tau_2_ms"], rows, "o", ms=2.4, color=_NEXT, mec="none", label="next" if y == 0 else None)
        ax.plot(part["tau_1_ms"], rows, "o", ms=2.4, color=_FIRST, mec="none", label="slowest" if y == 0 else None)
    log_ticks(ax, "x", [tick for tick in (20, 100, 1000, 10_000, 100_000, 1_000_000) if tick <= 10 * top])
    ax.axvline(_UNIT, color="0.6", lw=0.6, ls=(0, (2, 1.5)), zorder=0)
    _rows(ax, groups, labels=True)
    ax.set_xlabel("Time constant (ms); dashed: a unit's own")
    ax.legend(loc="lower right", handlelength=0.6, bbox_to_anchor=(1.02, 1.0), ncols=2)


def _all_lines(ax: Axes, groups: Mapping[str, pd.DataFrame], column: str, label: str, asked: float) -> None:
    for y, part in enumerate(groups.values()):
        rows = y + (np.linspace(-0.25, 0.25, len(part)) if len(part) > 1 else np.zeros(1))
        ax.plot(part[column], rows, "o", ms=2.4, color=_FIRST, mec="none", clip_on=False)
    ax.axvline(asked, color="0.6", lw=0.6, ls=(0, (2, 1.5)), zorder=0)
    low = min([0.0, *(float(part[column].min()) for part in groups.values() if part[column].notna().any())])
    ax.set_xlim(low - 0.02, 1.02)
    ax.set_xlabel(label)
    _rows(ax, groups, labels=False)

"""Bias and variance over repetitions of spiking and rate networks (Figure 7)."""

from __future__ import annotations

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from replicortex.papers.newton2025.figures import panels
from replicortex.report import style
from replicortex.report.checks import Tables
from replicortex.report.style import Setting, letter, place

_WIDTH, _STEP = 1.32, 1.72
_KINDS = {"bias_2": "o", "variance": "^"}
_WORDS = {"bias_2": "bias²", "variance": "variance"}


@style.styled
def figure(tables: Tables, setting: Setting) -> Figure:
    """Draw repetitions of a LIF (a) and a rate network (b) at each rate, bias and variance of all networks (c, d)."""
    summary = tables["summary"]
    rates = sorted(set(summary["per_step"]))[:4]
    title = "Bias and variance over repetitions at (Q, G) = (20, 0.125), sine of 5 Hz"
    page = style.page(title, 5.75, setting, style.provenance(tables, setting))
    largest = summary[summary["cells"] == summary["cells"].max()]
    for row, model in enumerate(panels.MODEL):
        top = 0.72 + 1.5 * row
        for i, rate in enumerate(rates):
            left = 0.55 + _STEP * i
            if i == 0:
                size = int(largest["cells"].iloc[0])
                told = f"{panels.MODEL[model]} network, N = {size}: repetitions, their mean, and the target (dashed)"
                letter(page, "ab"[row], left - 0.47, top - 0.22, told)
            ax = place(page, left, top, _WIDTH, 0.85)
            _traces(ax, tables, largest[largest["per_step"] == rate], model)
            if row == 0:
                ax.set_title(panels.learning_rate(rate), fontsize=style.SMALL, pad=2)
            if ax.lines:
                ax.set(ylim=(-1.6, 1.6), ylabel="" if i else "Output", xlabel="Time from peak (s)")
    letter(page, "c", 0.08, 3.7, "Variance (triangles) and squared bias (circles)")
    _parts(place(page, 0.55, 4.02, 3.1, 1.15), largest, rates)
    letter(page, "d", 3.95, 3.7, "Their ratio")
    _ratios(place(page, 4.45, 4.02, 2.5, 1.15), largest, rates)
    return page


def _traces(ax: Axes, tables: Tables, rows: pd.DataFrame, model: str) -> None:
    cycles = tables["cycles"]
    there = cycles[cycles["network"].isin(set(rows["network"])) & (cycles["model"] == model) & (cycles["output"] == 0)]
    if there.empty:
        panels.absent(ax, "Output unbounded")
        return
    name = there["network"].iloc[0]
    one = there[there["network"] == name].sort_values("time_s")
    repetitions = tables["repetitions"]
    lines = repetitions[(repetitions["network"] == name) & (repetitions["model"] == model)
                        & (repetitions["output"] == 0)]  # fmt: skip
    for _, line in lines.groupby("repetition"):
        ax.plot(line["time_s"], line["value"], color=panels.COLOUR[model], lw=0.4, alpha=0.45)
    ax.plot(one["time_s"], one["mean"], color=panels.COLOUR[model], lw=1.3)
    ax.plot(one["time_s"], one["target"], **panels.TARGET)
    ax.set_xlim(0, one["time_s"].max())


def _parts(ax: Axes, rows: pd.DataFrame, rates: list[float]) -> None:
    for x, rate in enumerate(rates):
        for place_, model in enumerate(panels.MODEL):
            for aside, (kind, marker) in enumerate(_KINDS.items()):
                values = rows.loc[rows["per_step"] == rate, f"{model}_{kind}"]
                shown = np.sort(values[values > 0].to_numpy(dtype=float))
                at = x + 0.4 * place_ + 0.17 * aside - 0.29
                spread = np.linspace(-0.05, 0.05, len(shown)) if len(shown) > 1 else np.zeros(len(shown))
                label = f"{panels.MODEL[model]}, {_WORDS[kind]}" if x == 0 else None
                face = panels.COLOUR[model] if kind == "variance" else "none"
                ax.plot(at + spread, shown, marker, mfc=face, mec=panels.COLOUR[model], mew=0.5, ms=2.6, label=label)
                if len(shown):
                    ax.plot([at - 0.065, at + 0.065], [np.median(shown)] * 2, color="0.1", lw=1.2, zorder=5)
    ax.set(yscale="log", ylabel="Over variance of target")
    _rates(ax, rates)
    ax.legend(loc="lower left", bbox_to_anchor=(0, 0.97), ncols=4, columnspacing=0.9, handletextpad=0.2)


def _ratios(ax: Axes, rows: pd.DataFrame, rates: list[float]) -> None:
    for x, rate in enumerate(rates):
        for aside, model in ((-0.18, "lif"), (0.18, "rate")):
            one = rows[rows["per_step"] == rate]
            ratio = one[f"{model}_variance"] / one[f"{model}_bias_2"]
            panels.dots(ax, x + aside, ratio[ratio > 0], panels.COLOUR[model], panels.MODEL[model] if x == 0 else "")
    ax.axhline(1, color="0.6", lw=0.6, ls=":", zorder=0)
    ax.set(yscale="log", ylabel="Variance / bias²")
    _rates(ax, rates)
    ax.legend(loc="lower left", bbox_to_anchor=(0, 0.97), ncols=2)


def _rates(ax: Axes, rates: list[float]) -> None:
    ax.set_xticks(range(len(rates)), [f"{rate:g}" for rate in rates])
    ax.set(xlim=(-0.6, len(rates) - 0.4), xlabel="P0 / dt")

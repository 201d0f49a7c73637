"""Errors and correlation of decoders against the size of the network, at each learning rate (Figure 6)."""

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


@style.styled
def figure(tables: Tables, setting: Setting) -> Figure:
    """Draw a column for each rate: errors of both models, correlation, decoders of the largest example network."""
    summary = tables["summary"]
    rates = sorted(set(summary["per_step"]))[:4]
    title = "Spiking and rate networks by size: errors and decoders at (Q, G) = (20, 0.125), sine of 5 Hz"
    page = style.page(title, 6.1, setting, style.provenance(tables, setting))
    sizes = sorted(set(summary["cells"]))
    shown = np.concatenate([summary[f"{model}_aligned"].to_numpy(dtype=float) for model in panels.MODEL])
    shown = shown[np.isfinite(shown) & (shown > 0)]
    limits = (shown.min() / 1.5, shown.max() * 1.5) if len(shown) else (0.01, 1.0)
    for i, rate in enumerate(rates):
        left, rows = 0.55 + _STEP * i, summary[summary["per_step"] == rate]
        letter(page, "abcd"[i], left - 0.47, 0.5, panels.learning_rate(rate))
        errors = place(page, left, 0.68, _WIDTH, 1.5)
        for aside, model in ((-0.18, "lif"), (0.18, "rate")):
            for x, size in enumerate(sizes):
                chosen = rows.loc[rows["cells"] == size, f"{model}_aligned"]
                panels.dots(errors, x + aside, chosen, panels.COLOUR[model], panels.MODEL[model] if x == 0 else "")
        errors.set(yscale="log", ylim=limits, ylabel="" if i else "RMS error / s.d.")
        _sizes(errors, sizes)
        if i == 0 and len(shown):
            errors.legend(loc="best")
        letter(page, "efgh"[i], left - 0.47, 2.62, "" if i else "Correlation of decoders")
        alike = place(page, left, 2.78, _WIDTH, 1.0)
        for x, size in enumerate(sizes):
            panels.dots(alike, x, rows.loc[rows["cells"] == size, "correlation"], "0.2")
        alike.axhline(0, color="0.6", lw=0.6, ls=":", zorder=0)
        alike.set(ylim=(-1.05, 1.05), ylabel="" if i else "r")
        _sizes(alike, sizes)
        letter(page, "ijkl"[i], left - 0.47, 4.2, "" if i else "Decoders of one network")
        _decoders(place(page, left, 4.36, _WIDTH, _WIDTH * 0.85), rows, tables["decoders"], i == 0)
    return page


def _sizes(ax: Axes, sizes: list[int]) -> None:
    ax.set_xticks(range(len(sizes)), [str(size) for size in sizes])
    ax.set(xlim=(-0.5, len(sizes) - 0.5), xlabel="Neurons, N")


def _decoders(ax: Axes, rows: pd.DataFrame, decoders: pd.DataFrame, first: bool) -> None:
    """One model's decoders against the other's, each over its s.d., of the largest network of the first seed."""
    ran = rows["lif_ran"] & rows["rate_ran"]
    there = rows[ran & rows["network"].isin(set(decoders["network"]))].sort_values("cells")
    if there.empty:
        panels.absent(ax)
        return
    one = decoders[decoders["network"] == there["network"].iloc[-1]]
    lif, rate = (one[model] / (one[model].std() or 1.0) for model in ("lif", "rate"))
    ax.plot(lif, rate, ".", color="0.2", ms=1.6, mew=0, alpha=0.6, rasterized=True)
    ax.plot([-3.5, 3.5], [-3.5, 3.5], color="0.6", lw=0.6, ls=":", zorder=0)
    ax.set(xlim=(-4, 4), ylim=(-4, 4), xticks=[-4, 0, 4], yticks=[-4, 0, 4])
    size = int(there["cells"].iloc[-1])
    ax.set(xlabel=f"LIF (s.d.), N = {size}", ylabel="Rate (s.d.)" if first else "")

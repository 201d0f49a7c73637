"""Where in the plane of G and Q FORCE succeeds: static weights against feedback."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from replicortex.report import style
from replicortex.report.checks import Tables
from replicortex.report.components import colour_bar
from replicortex.report.style import Setting, letter, place

_HEIGHT = 3.1
_MEASURES = (("aligned_nrmse", "Error, best lag in each second", "RMS error / s.d.", style.SEQUENTIAL, (0.0, 1.0)),
             ("rate_after_hz", "Mean rate after learning", "Rate (Hz)", style.ACTIVITY, None),
             ("drift_ms_per_s", "Drift (size)", "Drift (ms per s)", style.SEQUENTIAL, (0.0, 20.0)))  # fmt: skip


@style.styled
def figure(tables: Tables, setting: Setting) -> Figure:
    """Draw the plane of G and Q: a error, b rate, c drift, medians over networks; crosses where all were stopped."""
    title = "Where FORCE succeeds: strength of the static weights G and of the feedback Q (LIF, sine of 5 Hz)"
    page = style.page(title, _HEIGHT, setting, style.provenance(tables, setting))
    for i, (column, words, label, colours, limits) in enumerate(_MEASURES):
        left = 0.5 + 2.32 * i
        letter(page, "abc"[i], left - 0.42, 0.5, words)
        ax = place(page, left, 0.68, 1.4, 1.65)
        image = _map(ax, tables, column, colours, limits)
        low, high = image.get_clim()
        colour_bar(page, image, (left + 1.46, 0.9, 0.06, 1.2), label, np.linspace(low, high, 3).round(2).tolist())
    return page


def _map(ax: Axes, tables: Tables, column: str, colours: Any, limits: tuple[float, float] | None) -> Any:
    joined = tables["members"].drop(columns="seed").merge(tables["summary"], on="network")
    joined[column] = joined[column].abs().where(joined["status"] == "ok")
    wide: pd.DataFrame = joined.pivot_table(
        index="gain", columns="feedback", values=column, aggfunc="median", dropna=False
    )
    values = wide.sort_index().to_numpy(dtype=float)
    low, high = limits or (0.0, 20 * np.ceil(np.nanmax(values) / 20) if np.isfinite(values).any() else 1.0)
    ax.set_facecolor("0.85")
    image = ax.imshow(values, origin="lower", aspect="auto", cmap=colours, vmin=low, vmax=high, interpolation="nearest")
    for y, x in np.argwhere(~np.isfinite(values)):
        ax.text(x, y, "×", ha="center", va="center", color="0.3")
    ax.set_xticks(range(values.shape[1]), [f"{value:g}" for value in wide.columns])
    ax.set_yticks(range(values.shape[0]), [f"{value:g}" for value in sorted(wide.index)])
    ax.tick_params(length=0)
    stopped = "\n×: stopped by the watchdog" if np.isnan(values).any() else ""
    ax.set(xlabel=f"Feedback Q{stopped}", ylabel="Static weights G")
    return image

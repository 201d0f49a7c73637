"""A movie replayed faster, slower and backwards by the HDTS that drives the network (Nicola & Clopath 2017, Fig. 5)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from replicortex.papers.nicola2017.figures import notes, panels
from replicortex.papers.nicola2017.figures.panels import COLOUR
from replicortex.report import style
from replicortex.report.checks import Tables, of
from replicortex.report.style import Setting, letter, place

EUSTON = (5.4, 8.1)  # fold: compression of replay in the prefrontal cortex of rats (Euston, Tatsuno & McNaughton 2007)
_HEIGHT = 7.3
_FRAMES = 8
_SHOWN = (("normal", 1.0), ("compressed", 4.0), ("compressed", 8.1), ("dilated", 0.5), ("reversed", -1.0))


@style.styled
def figure(populations: Mapping[str, Tables], setting: Setting) -> Figure:
    """Draw Figure 5: a frames of the replays, b accuracy against compression, c reversal, d an internal HDTS."""
    title = "Figure 5  A HDTS replays a movie: forwards, compressed, dilated and reversed"
    page = style.page(title, _HEIGHT, setting, style.provenances(populations, setting))
    movie = populations.get("fig5_movie")
    words = "Eight moments of the movie (above) and the output (below); r: correlation over all of the replay"
    letter(page, "a", 0.08, 0.5, words)
    _strips(page, movie)
    letter(page, "b", 0.08, 5.1, "Accuracy of replay against its speed")
    _speeds(place(page, 0.55, 5.25, 2.75, 1.4), movie)
    letter(page, "c", 3.6, 5.1, "Forwards and backwards")
    _backwards(place(page, 4.1, 5.25, 0.95, 1.4), movie)
    letter(page, "d", 5.3, 5.1, "HDTS made inside")
    _inside(place(page, 5.85, 5.25, 1.05, 1.4), populations)
    return page


def _strips(page: Figure, tables: Tables | None) -> None:
    if tables is None:
        panels.absent(place(page, 0.55, 0.7, 6.35, 3.9))
        return
    shape = _shape(tables["frames"])
    for row, (mode, speed) in enumerate(_SHOWN):
        one = of(tables["frames"], mode=mode, speed=speed)
        shown = of(tables["replay"], network=panels.example(tables), speed=speed)["correlation"]
        top = 0.64 + 0.86 * row
        words = {"normal": "normal", "reversed": "reversed"}.get(mode, f"{mode}\n× {speed:g}")
        y = 1 - (top + 0.38) / page.get_size_inches()[1]
        words += f"\nr = {shown.iloc[0]:.2f}" if len(shown) else ""
        page.text(0.08 / style.WIDTH, y, words, va="center", linespacing=0.95)
        for column, number in enumerate(sorted(one["frame"].unique())[:_FRAMES]):
            for line, source in enumerate(("target", "output")):
                ax = place(page, 0.75 + 0.78 * column, top + 0.39 * line, 0.72, 0.37)
                image = of(one, frame=number, source=source).sort_values("channel")["value"].to_numpy()
                ax.imshow(image.reshape(shape), cmap="gray", vmin=0, vmax=1, aspect="auto", interpolation="nearest")
                ax.set(xticks=[], yticks=[])
                ax.spines[["left", "bottom"]].set_visible(False)


def _shape(frames: pd.DataFrame) -> tuple[int, int]:
    """Rows and columns of a frame, from the columns height and width, or as square as its pixels allow."""
    channels = int(frames["channel"].max()) + 1
    if "height" in frames:
        height = int(frames["height"].iloc[0])
        return height, channels // height
    height = max(h for h in range(1, int(np.sqrt(channels)) + 1) if channels % h == 0)
    return height, channels // height


def _speeds(ax: Axes, tables: Tables | None) -> None:
    if tables is None:
        panels.absent(ax)
        return
    table = tables["replay"][tables["replay"]["speed"] > 0]
    ax.axvspan(*EUSTON, color="#E69F00", alpha=0.25, lw=0)
    ax.text(np.sqrt(EUSTON[0] * EUSTON[1]), 1.02, "rats*", ha="center", va="bottom", fontsize=style.SMALL,
            color="#8A6D00", transform=ax.get_xaxis_transform())  # fmt: skip
    for column, colour, words in (("correlation", "#0072B2", "all"), ("demeaned", "#D55E00", "channel means removed")):
        chance = "chance" if column == "correlation" else "chance_demeaned"
        for name, width, look in ((column, 1.5, "o-"), (chance, 0.8, ":")):
            each = table.pivot_table(index="speed", columns="network", values=name)
            label = words if name == column else "chance"
            ax.plot(each.index, each.median(axis=1), look, color=colour, lw=width, ms=2.6, label=label)
            if name == column:
                ax.plot(each.index, each, "o", color=colour, ms=1.8, alpha=0.5, mew=0)
    ticks = sorted(table["speed"].unique())
    ax.set_xscale("log", base=2)
    ax.set_xticks(ticks, [f"{tick:g}" for tick in ticks])
    ax.minorticks_off()
    ax.set_ylim(min(-0.05, float(table[["correlation", "demeaned"]].min().min())) - 0.3, 1.0)  # room for the key
    ax.set(xlabel="Speed of the HDTS (*5.4 to 8.1 fold: Euston et al. 2007)", ylabel="Correlation, movie\nand output")
    ax.legend(loc="lower left", ncols=2, handlelength=1.6, labelspacing=0.15, columnspacing=0.8)


def _backwards(ax: Axes, tables: Tables | None) -> None:
    if tables is None:
        panels.absent(ax)
        return
    for x, (speed, words) in enumerate(((1.0, "forwards"), (-1.0, "backwards"))):
        one = of(tables["replay"], speed=speed)
        for shift, column, colour in ((-0.15, "correlation", "#0072B2"), (0.15, "demeaned", "#D55E00")):
            panels.spread(ax, x + shift, one[column].to_numpy(dtype=float), colour, width=0.12)
        level: Any = one["chance"].median()
        ax.plot([x - 0.35, x + 0.35], [level, level], ":", color="0.4", lw=0.8)
        ax.text(x, -0.03, words, ha="center", va="top", transform=ax.get_xaxis_transform(), fontsize=style.SMALL)
    ax.set(xlim=(-0.6, 1.6), xticks=[], ylabel="Correlation")
    ax.set_ylim(min(-0.05, *ax.get_ylim()), 1.0)


def _inside(ax: Axes, populations: Mapping[str, Tables]) -> None:
    tables = populations.get("movie_internal")
    if tables is None:
        panels.absent(ax)
        return
    notes.error_course(ax, tables)
    given = panels.good(populations["fig5_movie"], "nrmse") if "fig5_movie" in populations else np.zeros(0)
    if len(given):
        outside = float(np.median(given))
        ax.axhline(outside, color="#0072B2", lw=0.8, ls=":")
        ax.text(0.98, outside, "given", color="#0072B2", ha="right", va="bottom", fontsize=style.SMALL,
                transform=ax.get_yaxis_transform())  # fmt: skip
    ax.lines[0].set_color(COLOUR["iz_hdts"])

"""Figure S7: choices in Ctx DM 1 over both coherences, with and without groups of units (Yang et al. 2019, S7)."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.image import AxesImage
from numpy.typing import NDArray

from replicortex.report import style
from replicortex.report.checks import Tables, networks, of
from replicortex.report.components import colour_bar, example_name, number_of
from replicortex.report.style import Setting, letter, place

# what is silenced -> title, in the paper's order
LESIONS = {
    "intact": "Intact",
    "1": "Without group 1",
    "2": "Without group 2",
    "12": "Without group 12",
    "1+2": "Without 1 and 2",
}
_SIDE, _STEP, _LEFT = 1.0, 1.2, 0.62
_ROWS = (0.98, 2.85)
_HEIGHT = 4.6
Array = NDArray[np.float64]


@style.styled
def figs7(tables: Tables, setting: Setting) -> Figure:
    """Draw Figure S7: a the example network, b the mean over networks; a map for each lesion."""
    labels = networks(tables)
    title = "Figure S7  Choices in Ctx DM 1 with and without groups of units"
    figure = style.page(title, _HEIGHT, setting, style.provenance(tables, setting))
    maps = tables["group_maps"]
    own = of(maps, network=labels[0])
    counts = ["n_choice1", "n_choice2", "n_undecided"]
    trials = int(own.groupby(["lesion", "coherence_1", "coherence_2"])[counts].sum().sum(axis=1).min())
    letter(figure, "a", 0.08, _ROWS[0] - 0.46, f"{example_name(labels)}, {trials} trials per cell")
    image = _row(figure, own, _ROWS[0], _sizes(tables["context_groups"], labels[0]))
    if len(labels) > 1:
        letter(figure, "b", 0.08, _ROWS[1] - 0.27, f"Mean over {number_of(len(labels), 'network')}")
        _row(figure, maps, _ROWS[1])
    box = (_LEFT + 5 * _STEP - 0.05, _ROWS[0], 0.07, _SIDE)
    colour_bar(figure, image, box, "P(choice 1)", [0, 0.5, 1])
    return figure


def _sizes(groups: pd.DataFrame, network: str) -> dict[str, int]:
    count = of(groups, network=network)["group"].value_counts()
    sizes = {name: int(count.get(name, 0)) for name in ("1", "2", "12")}
    return {**sizes, "1+2": sizes["1"] + sizes["2"]}


def _row(figure: Figure, maps: pd.DataFrame, top: float, sizes: dict[str, int] | None = None) -> AxesImage:
    """A map for each lesion; with ``sizes`` the titles tell which it is and how many units it takes."""
    for i, (lesion, title) in enumerate(LESIONS.items()):
        ax = place(figure, _LEFT + i * _STEP, top, _SIDE, _SIDE)
        shown = of(maps, lesion=lesion)
        image = _map(ax, shown)
        taken = number_of(sizes[lesion], "unit") if sizes and lesion in sizes else "nothing silenced"
        above = [title, taken] if sizes else []
        ax.set_title("\n".join([*above, _undecided(shown)]), linespacing=1.15)
        ax.set_xlabel("Coherence, mod 1")
        if i:
            ax.set_yticklabels([])
        else:
            ax.set_ylabel("Coherence, mod 2")
    return image


def _map(ax: Axes, table: pd.DataFrame) -> AxesImage:
    """P(choice 1) of decided trials, mean over the networks in the table; grey where none was decided."""
    decided = table["n_choice1"] + table["n_choice2"]
    table = table.assign(share=table["n_choice1"] / decided.where(decided > 0))
    wide = table.pivot_table(index="coherence_2", columns="coherence_1", values="share", dropna=False)
    x, y = wide.columns.to_numpy(dtype=float), wide.index.to_numpy(dtype=float)
    half = [(values[-1] - values[0]) / max(len(values) - 1, 1) / 2 for values in (x, y)]
    extent = (x[0] - half[0], x[-1] + half[0], y[0] - half[1], y[-1] + half[1])
    look: Any = {"cmap": style.DIVERGING, "vmin": 0, "vmax": 1, "origin": "lower", "interpolation": "nearest"}
    ax.set_facecolor("0.85")
    image = ax.imshow(wide.to_numpy(dtype=float), aspect="auto", extent=extent, **look)
    ax.axhline(0, color="black", lw=0.4)
    ax.axvline(0, color="black", lw=0.4)
    ax.set_xticks([x[0], 0, x[-1]], [f"{x[0]:g}", "0", f"{x[-1]:g}"])
    ax.set_yticks([y[0], 0, y[-1]], [f"{y[0]:g}", "0", f"{y[-1]:g}"])
    return image


def _undecided(table: pd.DataFrame) -> str:
    total = table[["n_choice1", "n_choice2", "n_undecided"]].to_numpy().sum()
    return f"{table['n_undecided'].sum() / max(total, 1):.0%} undecided"

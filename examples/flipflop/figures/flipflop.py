"""Fixed points of networks that learnt the three-bit flip-flop: memories on a cube's corners, saddles between them."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patheffects import withStroke
from mpl_toolkits.mplot3d import Axes3D

from replicortex.report import style
from replicortex.report.checks import Tables, networks, of
from replicortex.report.components import example_name, few_ticks, log_ticks
from replicortex.report.style import Setting, letter, place

COLOURS = {0: "#000000", 1: "#009E73", 2: "#E69F00", 3: "#D55E00"}  # by the number of unstable directions
MARKERS = {0: "o", 1: "D", 2: "s", 3: "^"}
NAMES = {0: "stable", 1: "1 unstable direction", 2: "2 unstable directions", 3: "3 unstable directions"}
PLACES, BITS = ["pc1", "pc2", "pc3"], ["bit_1", "bit_2", "bit_3"]
IDEAL = (8, 12, 6, 1)  # corners, edges, faces and centre of a cube
TARGET = 1e-4  # squared error at which the public program stops
SHOWN = 40  # steps of the trial


@style.styled
def draw(tables: Tables, setting: Setting) -> Figure:
    """Draw the figure: a-d one network, e-h all of them.

    Parameters
    ----------
    tables
        Those of the experiment, by name.
    setting
        Printed in the footer.
    """
    title = "A three-bit flip-flop: its memories and the saddles between them"
    figure = style.page(title, 5.75, setting, style.provenance(tables, setting))
    labels = networks(tables)
    one = {name: of(table, network=labels[0]) for name, table in tables.items()}
    letter(figure, "a", 0.08, 0.5, f"A trial it has not seen ({example_name(labels)})")
    _trial(figure, one["trial"])
    letter(figure, "b", 0.08, 2.55, "Eigenvalues at its fixed points")
    _eigenvalues(figure, one["modes"])
    letter(figure, "c", 2.75, 0.5, "Its states, fixed points, and ways from the saddles")
    _space(figure, (2.7, 0.42, 4.3, 3.4), one)
    _key(figure)
    top, height = 4.32, 0.98
    letter(figure, "d", 0.08, top - 0.14, "Training")
    _training(place(figure, 0.5, top, 1.15, height), tables["history"], labels)
    letter(figure, "e", 1.9, top - 0.14, "Fixed points")
    _counts(place(figure, 2.2, top, 1.2, height), tables["points"], labels)
    letter(figure, "f", 3.65, top - 0.14, "Edges of the cube")
    _cube(place(figure, 4.0, top, 1.05, height), tables["cube"])
    letter(figure, "g", 5.3, top - 0.14, "Linear model at saddles")
    _linear(place(figure, 5.75, top, 1.15, height), tables["linear"], labels)
    return figure


def _trial(figure: Figure, trial: pd.DataFrame) -> None:
    """Pulses, and below them what each output holds and should hold."""
    bits = sorted(trial["bit"].unique())
    for row, bit in enumerate(bits):
        ax = place(figure, 0.5, 0.6 + 0.56 * row, 1.95, 0.48)
        shown = of(trial, bit=bit).sort_values("step").head(SHOWN)
        step = shown["step"].to_numpy()
        ax.vlines(step, 0, shown["input"], color="0.62", lw=1.1)
        ax.step(step, shown["target"], where="mid", color=style.EXAMPLE, lw=2.4, alpha=0.25)
        ax.step(step, shown["output"], where="mid", color=style.ACCENT, lw=0.9)
        ax.set_ylim(-1.35, 1.35)
        ax.set_yticks([-1, 0, 1], ["-1", "0", "1"])
        ax.set_xlim(-1, SHOWN)
        ax.set_ylabel(f"Bit {bit}")
        if row < len(bits) - 1:
            ax.set_xticklabels([])
        else:
            ax.set_xlabel("Step", labelpad=0)
        if row == 0:
            look = {"transform": ax.transAxes, "fontsize": style.SMALL, "ha": "right", "va": "bottom"}
            ax.text(0.42, 1.0, "pulses", color="0.5", **look)
            ax.text(0.7, 1.0, "output", color=style.ACCENT, **look)
            ax.text(1.0, 1.0, "target (pale)", color="0.35", **look)


def _eigenvalues(figure: Figure, modes: pd.DataFrame) -> None:
    """In the complex plane, where modes outside the circle grow; and the largest moduli of each point."""
    ax = place(figure, 0.5, 2.68, 1.0, 1.0)
    circle = np.linspace(0, 2 * np.pi, 400)
    ax.plot(np.cos(circle), np.sin(circle), color="0.6", lw=0.7)
    for index, some in modes.groupby("n_unstable"):
        ax.plot(some["real"], some["imag"], ls="", ms=2.6, mec="white", mew=0.3, zorder=3 + index, **_look(index))
    reach = max(1.4, 1.05 * float(modes[["real", "imag"]].abs().to_numpy().max()))
    ax.set(xlim=(-reach, reach), ylim=(-reach, reach), xticks=[-1, 0, 1], yticks=[-1, 0, 1])
    ax.set_xlabel("Real part", labelpad=0)
    ax.set_ylabel("Imaginary part", labelpad=0)
    ax = place(figure, 1.85, 2.68, 0.65, 1.0)
    sizes = modes.assign(size=np.hypot(modes["real"], modes["imag"])).sort_values("size", ascending=False)
    for index, some in sizes.groupby("n_unstable"):
        largest = some.groupby("point")["size"].apply(lambda values: values.head(4).to_numpy())
        for values in largest:
            ax.plot(1 + np.arange(len(values)) + 0.16 * (index - 1.5), values, ls="", ms=2.2, mew=0, **_look(index))
    ax.axhline(1, color="0.6", lw=0.7, zorder=0)
    ax.set(xlim=(0.4, 4.6), xticks=[1, 2, 3, 4], ylim=(0, reach))
    ax.set_xlabel("Mode, by size", labelpad=0)
    ax.set_ylabel("Modulus", labelpad=0)


def _look(index: int) -> dict[str, Any]:
    return {"marker": MARKERS.get(index, "v"), "color": COLOURS.get(index, "0.5")}


def _space(figure: Figure, box: tuple[float, float, float, float], one: Tables) -> None:
    """Three principal components: paths of trials, points by index, ways from the saddles to the memories."""
    ax = place(figure, *box, projection="3d", computed_zorder=False)
    assert isinstance(ax, Axes3D)
    for _, path in one["visited"].groupby("trial"):
        ax.plot(*path.sort_values("step")[PLACES].to_numpy().T, color="0.72", lw=0.35, alpha=0.8, zorder=1)
    points = one["points"].set_index("point")
    edge = float(one["cube"]["shortest_edge"].iloc[0])
    ways = one["ways"][one["ways"]["point"] >= 0]
    for (point, _, _), way in ways.groupby(["point", "direction", "side"]):
        index = int(points.loc[point, "n_unstable"])
        place_of = way.sort_values("step")[PLACES].to_numpy()
        if index > 1:  # only the direction: all of the way would hide the others
            place_of = place_of[np.linalg.norm(place_of - place_of[0], axis=1) < 0.22 * edge]
        ax.plot(*place_of.T, color=COLOURS.get(index, "0.5"), lw=1.3, zorder=2 + index)
    for index, some in points.groupby("n_unstable"):
        size = 5.5 if index == 0 else 4.2
        ax.plot(*some[PLACES].to_numpy().T, ls="", ms=size, mec="white", mew=0.5, zorder=8, **_look(index))
    _name_corners(ax, points[points["n_unstable"] == 0])
    ax.view_init(elev=17, azim=-61)
    ax.set_box_aspect([float(np.ptp(points[pc])) or 1.0 for pc in PLACES], zoom=1.18)
    for axis, name in zip((ax.xaxis, ax.yaxis, ax.zaxis), ("1", "2", "3"), strict=True):
        axis.pane.set(facecolor="white", edgecolor="0.85")
        axis._axinfo["grid"].update(color="0.93", linewidth=0.4)
        axis._axinfo["tick"].update(inward_factor=0, outward_factor=0)
        axis.set_ticklabels([])
        share = float(one["cube"][f"explained_{name}"].iloc[0])
        axis.set_label_text(f"PC {name} ({share:.0%})")
        axis.labelpad = -13
        axis.line.set(color="0.6", linewidth=0.5)


def _name_corners(ax: Axes3D, stable: pd.DataFrame) -> None:
    """The signs of the outputs, outside of the corners."""
    edge = [withStroke(linewidth=1.8, foreground="white")]
    centre = stable[PLACES].to_numpy().mean(axis=0)
    for place_of, bits in zip(stable[PLACES].to_numpy(), stable[BITS].to_numpy(), strict=True):
        spot = centre + 1.22 * (place_of - centre)
        signs = "\N{HAIR SPACE}".join("+" if bit > 0 else "\N{MINUS SIGN}" for bit in bits)
        ax.text(*spot, signs, fontsize=7, fontweight="bold", ha="center", va="center", zorder=9, path_effects=edge)


def _key(figure: Figure) -> None:
    handles = [
        Line2D([], [], ls="", ms=4.2, mec="white", mew=0.4, label=name, **_look(index)) for index, name in NAMES.items()
    ]
    handles.append(Line2D([], [], color="0.72", lw=0.7, label="trials"))
    width, height = figure.get_size_inches()
    figure.legend(handles=handles, loc="upper center", bbox_to_anchor=(4.85 / width, 1 - 3.78 / height), ncols=5,
                  columnspacing=1.0, handletextpad=0.1, handlelength=1.2)  # fmt: skip


def _training(ax: Axes, history: pd.DataFrame, labels: list[str]) -> None:
    """Squared error in trials that it has not seen, at each evaluation."""
    for network in reversed(labels):
        rows = of(history, network=network).sort_values("updates")
        first = network == labels[0]
        ax.plot(rows["updates"], rows["loss"], color=style.EXAMPLE if first else style.OTHERS, lw=1.2 if first else 0.6)
    ax.axhline(TARGET, color=style.ACCENT, lw=0.7, ls=(0, (3, 2)))
    _say(ax, "dashed: goal")
    log_ticks(ax, "y", [1e-4, 1e-2, 1])
    ax.set_yticks([1e-4, 1e-2, 1], ["$10^{-4}$", "$10^{-2}$", "1"])
    ax.set_ylim(1e-5, 2)
    few_ticks(ax, "x")
    ax.set_xlabel("Updates", labelpad=0)
    ax.set_ylabel("Squared error", labelpad=0)


def _counts(ax: Axes, points: pd.DataFrame, labels: list[str]) -> None:
    """How many points each network has of each index, beside those of a cube."""
    n = points.groupby(["network", "n_unstable"]).size().unstack(fill_value=0)
    n = n.reindex(index=labels, columns=range(4), fill_value=0)
    spread = np.linspace(-0.3, 0.3, len(labels)) if len(labels) > 1 else np.zeros(1)
    for index, ideal in enumerate(IDEAL):
        ax.hlines(ideal, index - 0.42, index + 0.42, color="0.8", lw=2.4, zorder=1)
        ax.plot(index + spread, n[index], ls="", ms=2.2, mew=0, zorder=3, **_look(index))
    ax.set_xticks(range(4))
    ax.set_xlim(-0.5, 3.5)
    ax.set_ylim(0, max(13, 1.1 * float(n.to_numpy().max())))
    ax.set_xlabel("Unstable directions", labelpad=0)
    ax.set_ylabel("Points", labelpad=0)
    _say(ax, "grey: a cube")


def _say(ax: Axes, text: str, height: float = 0.9) -> None:
    ax.text(0.98, height, text, color="0.5", transform=ax.transAxes, ha="right", va="bottom", fontsize=style.SMALL)


def _cube(ax: Axes, cube: pd.DataFrame) -> None:
    """Longest over shortest edge, beside the share of variance in three components."""
    ratio = cube["longest_edge"] / cube["shortest_edge"]
    ax.fill_between([1, 1.5], 0.9, 1.001, color="0.93", lw=0, zorder=0)
    ax.axvline(1.5, color="0.6", lw=0.6, ls=(0, (2, 1.5)))
    ax.axhline(0.9, color="0.6", lw=0.6, ls=(0, (2, 1.5)))
    ax.plot(ratio[1:], cube["share"][1:], "o", ms=3, mfc=style.OTHERS, mec="white", mew=0.3)
    ax.plot(ratio[:1], cube["share"][:1], "o", ms=3.4, mfc=style.EXAMPLE, mec="white", mew=0.3)
    ax.set_xlim(1, max(1.6, 1.05 * float(ratio.max())))
    ax.set_ylim(min(0.85, float(cube["share"].min()) - 0.02), 1.001)
    few_ticks(ax, "y")
    _say(ax, "dashed: limits", 0.03)
    ax.set_xlabel("Longest / shortest edge", labelpad=0)
    ax.set_ylabel("Share in 3 PCs", labelpad=0)


def _linear(ax: Axes, linear: pd.DataFrame, labels: list[str]) -> None:
    """Median error over the path, by the number of steps."""
    linear = linear[linear["point"] >= 0]
    relative = (linear["error"] / linear["path"]).groupby([linear["network"], linear["steps"]]).median()
    for network in reversed([label for label in labels if label in set(linear["network"])]):
        first = network == labels[0]
        ax.plot(relative[network].index, relative[network], color=style.EXAMPLE if first else style.OTHERS,
                lw=1.2 if first else 0.6)  # fmt: skip
    ax.plot([5, 5, 0], [0, 0.2, 0.2], color=style.ACCENT, lw=0.7, ls=(0, (3, 2)), zorder=0)
    ax.set_xlim(0, 10.2)
    ax.set_ylim(0, 0.6)
    ax.set_xticks([0, 5, 10])
    few_ticks(ax, "y")
    ax.text(0.05, 0.21, "limit", color=style.ACCENT, fontsize=style.SMALL)
    ax.set_xlabel("Steps", labelpad=0)
    ax.set_ylabel("Error / path", labelpad=0)

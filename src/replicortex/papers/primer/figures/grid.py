"""Many ways to train: accuracy over activation, optimiser and loss, and separation of trajectories against it."""

from __future__ import annotations

import itertools
from typing import Any

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from replicortex.papers.primer.figures import panels
from replicortex.report import style
from replicortex.report.checks import Tables, of
from replicortex.report.components import note
from replicortex.report.style import Setting, letter, place

_HEIGHT = 6.35
_AXES = ACTIVATION, OPTIMISER, LOSS = ("network.activation", "training.optimiser", "training.loss")
_NAMES = {"cross_entropy": "cross-entropy", "l1": "L1", "l2": "L2", "adam": "Adam", "rmsprop": "RMSprop", "sgd": "SGD"}
_COLOURS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00")
_MARKERS = ("o", "s", "^", "D", "v")
_CAPTIONS = ("Share of variance between coherences", "Sign of coherence", "Signed coherence, of nine")
_CHANCE = {"sign_decoded": 0.5, "condition_decoded": 0.2}
_MEASURES = {
    "separation": "Variance between",
    "sign_decoded": "Sign decoded",
    "condition_decoded": "Condition decoded",
}


@style.styled
def primer_grid(tables: Tables, setting: Setting) -> Figure:
    """Draw the figure: a accuracy over the grid, b-d separation against accuracy, e three state spaces."""
    tables = {**tables, "members": _with_axes(tables["members"])}
    ways = len(tables["members"][list(_AXES)].drop_duplicates())
    title = f"{_number(ways)} to train a network on perceptual decisions"
    figure = style.page(title, _HEIGHT, setting, style.provenance(tables, setting))
    letter(figure, "a", 0.08, 0.5, "Accuracy by coherence: activation (columns), optimiser (rows), loss (colour)")
    _accuracies(figure, tables)
    joined = tables["separation"].merge(tables["members"], on="network")
    before = tables["baselines"]
    for i, (name, label) in enumerate(_MEASURES.items()):
        left = 0.55 + 2.35 * i
        letter(figure, "bcd"[i], left - 0.45, 3.45, _CAPTIONS[i])
        ax = place(figure, left, 3.57, 1.7, 1.0)
        _scatter(ax, joined, name, label)
        _before(ax, before, name)
    letter(
        figure,
        "e",
        0.08,
        4.98,
        "State space (means): networks nearest to chance, nearest halfway from there to the best, and best; accuracy",
    )
    _spaces(figure, tables, joined)
    return figure


def _number(ways: int) -> str:
    return "Twenty-seven ways" if ways == 27 else "One way" if ways == 1 else f"{ways} ways"


def _with_axes(members: pd.DataFrame) -> pd.DataFrame:
    """The table with all three settings, also where the configured grid varies fewer: "" where it does not."""
    return members.assign(**{path: members[path].astype(str) if path in members else "" for path in _AXES})


def _levels(members: pd.DataFrame, path: str) -> list[str]:
    """The values of a setting, in the configuration's order."""
    return list(dict.fromkeys(members[path]))


def _looks(members: pd.DataFrame, path: str, among: tuple[str, ...]) -> dict[str, str]:
    """Value of a setting -> its colour or marker, over again where there are more values."""
    return dict(zip(_levels(members, path), itertools.cycle(among), strict=False))


def _told(value: str) -> str:
    return _NAMES.get(value, value)


def _accuracies(figure: Figure, tables: Tables) -> None:
    members = tables["members"]
    colours = _looks(members, LOSS, _COLOURS)
    activations, optimisers = _levels(members, ACTIVATION), _levels(members, OPTIMISER)
    width, height = 6.45 / len(activations), 2.34 / len(optimisers)
    for (row, optimiser), (column, activation) in itertools.product(enumerate(optimisers), enumerate(activations)):
        ax = place(figure, 0.75 + width * column, 0.78 + height * row, width - 0.2, height - 0.12)
        for i, (loss, colour) in enumerate(colours.items()):
            chosen = members[(members[list(_AXES)] == [activation, optimiser, loss]).all(axis=1)]
            if len(chosen):
                names = chosen["network"].astype(str).tolist()
                panels.accuracy(ax, tables["accuracy"], names, colour, _told(loss), 0.1 * (i - (len(colours) - 1) / 2))
        panels.ceiling(ax, tables["ceiling"], float(tables["ceiling"]["sigma"].iloc[0]))
        ax.set_ylim(-0.03, 1.03)
        ax.set_yticks([0, 0.5, 1], ["0", "0.5", "1"] if column == 0 else [])
        ax.set_xlim(-0.4, 4.4)
        if row == 0:
            ax.set_title(activation)
        if row < len(optimisers) - 1:
            ax.set_xticklabels([])
        elif column == len(activations) // 2:
            ax.set_xlabel("Coherence (%)")
        if column == 0:
            ax.set_ylabel(_told(optimiser))
    key = place(figure, 0.75, 0.52, 6.25, 0.12)
    key.axis("off")
    handles = [
        key.plot([], [], "o-", color=colour, ms=2.6, lw=0.9, label=_told(loss))[0]
        for loss, colour in colours.items()
        if loss
    ]
    handles += key.plot([], [], "_", color=panels.CEILING, ms=9, mew=1.4, label="ideal observer")
    key.legend(handles=handles, loc="center right", ncols=len(handles), columnspacing=0.9, handletextpad=0.4)


def _scatter(ax: Axes, table: pd.DataFrame, name: str, label: str) -> None:
    colours, markers = _looks(table, LOSS, _COLOURS), _looks(table, OPTIMISER, _MARKERS)
    for (optimiser, loss), part in table.groupby([OPTIMISER, LOSS]):
        look: Any = {"color": colours[str(loss)], "ms": 2.8, "mew": 0, "alpha": 0.75, "clip_on": False}
        ax.plot(part["accuracy"], part[name], markers[str(optimiser)], **look)
    kept = table[["accuracy", name]].dropna()
    if len(kept) > 2 and kept["accuracy"].nunique() > 1 and kept[name].nunique() > 1:
        rho = kept["accuracy"].rank().corr(kept[name].rank())
        note(ax, 0.03, 0.86, f"Spearman {rho:.2f}, n = {len(kept)}")
    ax.set_xlim(-0.02, 1.02)
    ax.set_ylim(-0.02, 1.08)
    ax.set_xlabel("Accuracy")
    ax.set_ylabel(label)
    handles = [
        ax.plot([], [], marker, color="0.3", ms=2.8, mew=0, label=_told(optimiser))[0]
        for optimiser, marker in markers.items()
        if optimiser
    ]
    if name == "separation" and handles:
        ax.legend(handles=handles, loc="lower right", handletextpad=0.1)


def _before(ax: Axes, table: pd.DataFrame, name: str) -> None:
    """What the same networks came to before training, and a filter of the input; and what guessing comes to."""
    if name in table:
        part = of(table, source="untrained")
        ax.plot(part["forced"], part[name], "x", color="0.55", ms=2.2, mew=0.5, zorder=1)
        ax.axhline(of(table, source="filter")[name].median(), color="0.55", lw=0.7, ls=(0, (1, 1.5)), zorder=1)
    ax.axvline(0.5, color="0.85", lw=0.6, zorder=0)
    if name in _CHANCE:
        ax.axhline(_CHANCE[name], color="0.85", lw=0.6, zorder=0)
    if name == "sign_decoded":
        ax.text(0.02, 0.03, "x untrained; dotted: filtered input\ngrey lines: chance", transform=ax.transAxes,
                fontsize=style.SMALL, color="0.35")  # fmt: skip


def _spaces(figure: Figure, tables: Tables, joined: pd.DataFrame) -> None:
    names = list(dict.fromkeys(tables["state_space"]["network"].astype(str)))
    if not names:
        raise ValueError("table 'state_space' has no rows; measure the networks again")
    for i, network in enumerate(names):
        ax = place(figure, 0.25 + 1.8 * i, 5.2, 1.5, 0.72)
        panels.space(ax, of(tables["state_space"], network=network), "coherence")
        row = joined[joined["network"] == network].iloc[0]
        told = ", ".join(_told(row[path]) for path in _AXES if row[path])
        ax.set_title(f"{told}: {row['accuracy']:.2f}".removeprefix(": "))
    panels.choice_key(place(figure, 5.75, 5.3, 1.2, 0.4), ("choice 1", "choice 2"), "0", "51.2 %")

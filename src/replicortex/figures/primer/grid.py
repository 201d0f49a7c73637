"""Many ways to train: accuracy over activation, optimiser and loss, and separation of trajectories against it."""

from __future__ import annotations

from typing import Any

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from scipy.stats import spearmanr

from replicortex.figures import style
from replicortex.figures.components import note
from replicortex.figures.primer import panels
from replicortex.figures.registry import FIGURES
from replicortex.figures.style import Setting, letter, place
from replicortex.figures.tables import Tables, check, of

(TABLES,) = FIGURES["primer_grid"].tables.values()
_HEIGHT = 6.35
ACTIVATIONS, OPTIMISERS, LOSSES = (
    ("relu", "sigmoid", "softplus"),
    ("adam", "rmsprop", "sgd"),
    ("cross_entropy", "l1", "l2"),
)
_AXES = ("network.activation", "training.optimiser", "training.loss")
_NAMES = {"cross_entropy": "cross-entropy", "l1": "L1", "l2": "L2", "adam": "Adam", "rmsprop": "RMSprop", "sgd": "SGD"}
_COLOUR = dict(zip(LOSSES, ("#0072B2", "#D55E00", "#009E73"), strict=True))
_MARKER = dict(zip(OPTIMISERS, ("o", "s", "^"), strict=True))
_CAPTIONS = ("Share of variance between coherences", "Sign of coherence", "Signed coherence, of nine")
_MEASURES = {
    "separation": "Variance between",
    "sign_decoded": "Sign decoded",
    "condition_decoded": "Condition decoded",
}


@style.styled
def primer_grid(tables: Tables, setting: Setting) -> Figure:
    """Draw the figure: a accuracy per condition over the grid, b-d separation against accuracy, e three state spaces.

    Parameters
    ----------
    tables
        The tables of `TABLES`.
    setting
        Printed in the footer.

    Raises
    ------
    ValueError
        A table, a column or a network is missing.
    """
    check(tables, TABLES, "primer_grid")
    title = "Twenty-seven ways to train a network on perceptual decisions"
    figure = style.page(title, _HEIGHT, setting, style.provenance(tables, setting))
    letter(figure, "a", 0.08, 0.5, "Accuracy by coherence: activation (columns), optimiser (rows), loss (colour)")
    _accuracies(figure, tables)
    joined = tables["separation"].merge(tables["members"], on="network")
    for i, (name, label) in enumerate(_MEASURES.items()):
        left = 0.55 + 2.35 * i
        letter(figure, "bcd"[i], left - 0.45, 3.45, _CAPTIONS[i])
        _scatter(place(figure, left, 3.57, 1.7, 1.0), joined, name, label)
    letter(
        figure,
        "e",
        0.08,
        4.98,
        "State space of the least, the middle and the most accurate network (choice, coherence)",
    )
    _spaces(figure, tables, joined)
    return figure


def _accuracies(figure: Figure, tables: Tables) -> None:
    members = tables["members"]
    for row, optimiser in enumerate(OPTIMISERS):
        for column, activation in enumerate(ACTIVATIONS):
            ax = place(figure, 0.75 + 2.15 * column, 0.78 + 0.78 * row, 1.95, 0.66)
            for i, loss in enumerate(LOSSES):
                chosen = members[(members[list(_AXES)] == [activation, optimiser, loss]).all(axis=1)]
                if len(chosen):
                    names = chosen["network"].astype(str).tolist()
                    panels.accuracy(ax, tables["accuracy"], names, _COLOUR[loss], _NAMES[loss], 0.1 * (i - 1))
            panels.ceiling(ax, tables["ceiling"], float(tables["ceiling"]["sigma"].iloc[0]))
            ax.set_ylim(-0.03, 1.03)
            ax.set_yticks([0, 0.5, 1], ["0", "0.5", "1"] if column == 0 else [])
            ax.set_xlim(-0.4, 4.4)
            if row == 0:
                ax.set_title(activation)
            if row < 2:
                ax.set_xticklabels([])
            elif column == 1:
                ax.set_xlabel("Coherence (%)")
            if column == 0:
                ax.set_ylabel(_NAMES[optimiser])
    key = place(figure, 0.75, 0.52, 6.25, 0.12)
    key.axis("off")
    handles = [key.plot([], [], "o-", color=_COLOUR[loss], ms=2.6, lw=0.9, label=_NAMES[loss])[0] for loss in LOSSES]
    handles += key.plot([], [], "_", color=panels.CEILING, ms=9, mew=1.4, label="ideal observer")
    key.legend(handles=handles, loc="center right", ncols=4, columnspacing=0.9, handletextpad=0.4)


def _scatter(ax: Axes, table: pd.DataFrame, name: str, label: str) -> None:
    for (optimiser, loss), part in table.groupby(["training.optimiser", "training.loss"]):
        look: Any = {"color": _COLOUR[str(loss)], "ms": 2.8, "mew": 0, "alpha": 0.75, "clip_on": False}
        ax.plot(part["accuracy"], part[name], _MARKER[str(optimiser)], **look)
    kept = table[["accuracy", name]].dropna()
    if len(kept) > 2 and kept["accuracy"].nunique() > 1 and kept[name].nunique() > 1:
        rho = spearmanr(kept["accuracy"], kept[name]).statistic
        note(ax, 0.03, 0.86, f"Spearman {rho:.2f}, n = {len(kept)}")
    ax.set_xlim(-0.02, 1.02)
    ax.set_ylim(-0.02, 1.08)
    ax.set_xlabel("Accuracy")
    ax.set_ylabel(label)
    if name == "separation":
        handles = [ax.plot([], [], _MARKER[o], color="0.3", ms=2.8, mew=0, label=_NAMES[o])[0] for o in OPTIMISERS]
        ax.legend(handles=handles, loc="lower right", handletextpad=0.1)


def _spaces(figure: Figure, tables: Tables, joined: pd.DataFrame) -> None:
    names = list(dict.fromkeys(tables["state_space"]["network"].astype(str)))
    if not names:
        raise ValueError("table 'state_space' has no rows; measure the networks again")
    for i, network in enumerate(names):
        ax = place(figure, 0.25 + 1.8 * i, 5.2, 1.5, 0.72)
        panels.space(ax, of(tables["state_space"], network=network), "coherence")
        row = joined[joined["network"] == network].iloc[0]
        told = ", ".join(_NAMES.get(str(row[path]), str(row[path])) for path in _AXES)
        ax.set_title(f"{told}: {row['accuracy']:.2f}")
    panels.choice_key(place(figure, 5.75, 5.3, 1.2, 0.4), ("choice 1", "choice 2"), "0", "51.2 %")

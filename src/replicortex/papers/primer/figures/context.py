"""Context-dependent decisions: what is judged and what is ignored, in choices and in state space."""

from __future__ import annotations

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from replicortex.papers.primer.figures import panels
from replicortex.report import style
from replicortex.report.checks import Tables, networks, of
from replicortex.report.proportions import wilson
from replicortex.report.style import Setting, letter, place

_HEIGHT = 5.64
CONTEXTS = ("motion", "colour")
_COLOUR = {"motion": "#0072B2", "colour": "#D55E00"}


@style.styled
def primer_context(tables: Tables, setting: Setting) -> Figure:
    """Draw the figure: a, b choices in either context, c weights of both modalities, d learning, e-h state space."""
    title = "Context-dependent decisions: motion and colour at once, one of them to be judged"
    figure = style.page(title, _HEIGHT, setting, style.provenance(tables, setting))
    for i, context in enumerate(CONTEXTS):
        letter(figure, "ab"[i], 0.08 + 2.2 * i, 0.5, f"Judge the {context}")
        _choices(place(figure, 0.5 + 2.0 * i, 0.64, 1.45, 1.3), tables["context_choices"], context, first=i == 0)
    letter(figure, "c", 4.2, 0.5, "Weight on a choice")
    _weights(place(figure, 4.55, 0.64, 0.95, 1.3), tables)
    letter(figure, "d", 5.65, 0.5, "Fraction correct")
    ax = place(figure, 6.0, 0.64, 1.0, 1.3)
    panels.learning(ax, tables["history"], list(networks(tables)), style.ACCENT, "")
    ax.set_ylabel("")
    first = networks(tables)[0]
    letter(
        figure,
        "e",
        0.08,
        2.74,
        f"State space of {first}: mean trajectories of correct trials while the stimulus is shown",
    )
    states = of(tables["trajectories"], network=first)
    limits = {name: _limits(states[name]) for name in ("choice", "motion", "colour")}
    for i, context in enumerate(CONTEXTS):
        for j, modality in enumerate(CONTEXTS):
            ax = place(figure, 0.5 + 1.68 * (2 * i + j), 3.1, 1.4, 1.75)
            part = of(states, context=context, modality=modality)
            _space(ax, part, modality, limits)
            ax.set_title(f"judge {context}; sorted by {modality}", color="black" if context == modality else "0.45")
    _key(place(figure, 0.5, 5.22, 6.4, 0.12))
    return figure


def _limits(values: pd.Series) -> tuple[float, float]:
    low, high = float(values.min()), float(values.max())
    edge = 0.06 * max(high - low, 1e-6)
    return low - edge, high + edge


def _choices(ax: Axes, table: pd.DataFrame, context: str, first: bool) -> None:
    for modality in CONTEXTS:
        used = of(table, context=context, modality=modality).groupby("coherence")[["n_choice1", "n_trials"]].sum()
        n, k = used["n_trials"].to_numpy(float), used["n_choice1"].to_numpy(float)
        low, high = wilson(k, n)
        ax.vlines(used.index, low, high, color=_COLOUR[modality], lw=0.8)
        look = {"lw": 1.1} if modality == context else {"lw": 0.8, "ls": (0, (2, 1.5))}
        label = f"{modality}{'' if modality == context else ' (to be ignored)'}"
        ax.plot(
            used.index, k / n, "o", ls=look.get("ls", "-"), color=_COLOUR[modality], ms=2.6, lw=look["lw"], label=label
        )
    ax.axhline(0.5, color="0.85", lw=0.6, zorder=0)
    ax.set_ylim(-0.02, 1.02)
    ax.set_xlabel("Coherence")
    if first:
        ax.set_ylabel("P(choice 1)")
    ax.legend(loc="upper left", bbox_to_anchor=(-0.05, -0.2))


def _weights(ax: Axes, tables: Tables) -> None:
    table = tables["context_weights"]
    for x, context in enumerate(CONTEXTS):
        for modality, shift in zip(CONTEXTS, (-0.15, 0.15), strict=True):
            values = of(table, context=context, modality=modality)["weight"].to_numpy(float)
            ax.plot(np.full(len(values), x + shift), values, "o", color=_COLOUR[modality], ms=3, mew=0, alpha=0.8)
    ax.axhline(0, color="0.7", lw=0.6)
    ax.set_xticks(range(2), [f"judge\n{context}" for context in CONTEXTS])
    ax.set_xlim(-0.5, 1.5)
    ax.set_ylabel("Logistic weight of coherence")


def _space(ax: Axes, part: pd.DataFrame, modality: str, limits: dict[str, tuple[float, float]]) -> None:
    sizes = sorted(part["coherence"].abs().unique())
    for coherence in sorted(part["coherence"].unique()):
        line = of(part, coherence=coherence).sort_values("time_ms")
        strength = sizes.index(abs(coherence)) / max(1, len(sizes) - 1)
        colour = panels.shaded(panels.CHOICE[1 if coherence > 0 else 2], strength)
        x, y = line["choice"].to_numpy(), line[modality].to_numpy()
        ax.plot(x, y, color=colour, lw=1.0)
        ax.plot(x[0], y[0], "o", mfc="white", mec="0.2", ms=3.2, mew=0.7, zorder=5)
        ax.plot(x[-1], y[-1], "o", color=colour, ms=2.8)
    ax.set_xlim(limits["choice"])
    ax.set_ylim(limits[modality])
    ax.set_xticks([])
    ax.set_yticks([])
    ax.set_xlabel("Choice axis")
    ax.set_ylabel(f"{modality.capitalize()} axis")


def _key(ax: Axes) -> None:
    ax.axis("off")
    for j in range(3):
        for i, choice in enumerate((1, 2)):
            x = 0.02 + 0.02 * j + 0.33 * i
            ax.plot([x, x + 0.017], [0.5, 0.5], color=panels.shaded(panels.CHOICE[choice], j / 2), lw=2.4)
    for i, name in enumerate(("towards choice 1, weak to strong", "towards choice 2")):
        ax.text(0.09 + 0.33 * i, 0.5, name, va="center", fontsize=style.SMALL)
    ax.plot(0.6, 0.5, "o", mfc="white", mec="0.2", ms=3.2, mew=0.7)
    ax.text(0.615, 0.5, "start; axes by regression on choice, motion and colour", va="center", fontsize=style.SMALL)
    ax.set_xlim(0, 1)
    ax.set_ylim(0, 1)

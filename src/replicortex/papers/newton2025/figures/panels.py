"""Parts that the figures of this paper share."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

COLOUR = {"lif": "#0072B2", "rate": "#D55E00"}
MODEL = {"lif": "LIF", "rate": "Rate"}
MARKED = (20.0, 0.125)  # the (Q, G) of the paper's sizes
TARGET: dict[str, Any] = {"color": "0.1", "lw": 0.7, "ls": (0, (2.5, 1.5)), "zorder": 4}


def learning_rate(per_step: float) -> str:
    """P0 in multiples of the time step, as a few letters."""
    return f"P0 = {per_step:g} dt"


def absent(ax: Axes, text: str = "No networks at this scale") -> None:
    """Say in an empty panel that there is nothing to show."""
    ax.set(xticks=[], yticks=[])
    ax.spines[["left", "bottom"]].set_visible(False)
    ax.text(0.5, 0.5, text, ha="center", va="center", color="0.55", transform=ax.transAxes)


def dots(ax: Axes, x: float, values: pd.Series, colour: str, label: str = "") -> None:
    """A dot for each network with a finite value, and their median as a short line."""
    shown = np.sort(values[np.isfinite(values)].to_numpy(dtype=float))
    spread = np.linspace(-0.1, 0.1, len(shown)) if len(shown) > 1 else np.zeros(len(shown))
    ax.plot(x + spread, shown, "o", color=colour, ms=2.0, mew=0, alpha=0.5)
    if len(shown):
        ax.plot([x - 0.15, x + 0.15], [np.median(shown)] * 2, color=colour, lw=1.4, label=label)

"""Panels that Figures 7, S10 and S11 share: a task done with the rule inputs of others."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.patches import Circle, FancyArrowPatch, Rectangle
from numpy.typing import NDArray

from replicortex.papers.yang2019.figures.figs_schedules import titled
from replicortex.papers.yang2019.shared import u_tests
from replicortex.report import style
from replicortex.report.checks import of
from replicortex.report.components import note
from replicortex.report.intervals import FEW
from replicortex.report.style import SMALL, TITLES

RESAMPLES = 10_000  # of networks, for the notches
_COLUMN = 10  # characters of a rule's name
_FEW_DOTS = 12  # networks: the dots of more are drawn smaller
_COLOURS = {"own": "#009E73", "other": "0.7", "full": "#0072B2"}
_LINE = "0.3"


def composite_table(composite: pd.DataFrame, task: str, labels: Sequence[str]) -> pd.DataFrame:
    """Performance of a task (network, combination), combinations in the order of the table.

    Raises
    ------
    ValueError
        The table does not hold the task, or not every combination for every network.
    """
    rows = of(composite, task=task)
    if rows.empty:
        raise ValueError(f"table 'composite' has no task {task!r}; it has {', '.join(composite['task'].unique())}")
    names = list(dict.fromkeys(rows["combination"]))
    wide = rows.pivot(index="network", columns="combination", values="performance").loc[list(labels), names]
    for name, missing in wide.isna().items():
        if missing.any():
            network = missing.idxmax()
            raise ValueError(f"table 'composite' has no performance of {task!r} with {str(name)!r} for {network}")
    return wide


def composite_boxes(ax: Axes, wide: pd.DataFrame, left: bool = True) -> None:
    """A box over networks for each combination of rules, networks as dots, and tests of the last.

    The own rule is green, the last, the full composite, blue. From six networks on, notches hold the 95 % interval of
    the median (10 000 bootstraps). Above: p of Mann-Whitney's U, the last against each of the two before it.
    """
    values = wide.to_numpy(float)
    n, m = values.shape
    rng = np.random.default_rng(0)
    ends = [_median_ends(column, rng) for column in values.T]
    colours = [_COLOURS["own"], *[_COLOURS["other"]] * (m - 2), _COLOURS["full"]]
    look: Any = {"widths": 0.55, "showfliers": False, "patch_artist": True, "notch": n >= FEW, "conf_intervals": ends}
    look |= {name: {"color": _LINE, "lw": 0.7} for name in ("whiskerprops", "capprops")}
    boxes = ax.boxplot(values, positions=range(m), medianprops={"color": "black", "lw": 1.2, "zorder": 5}, **look)
    for box, colour in zip(boxes["boxes"], colours, strict=True):
        box.set(facecolor=colour, edgecolor=_LINE, lw=0.7, alpha=0.45)
    dots: Any = {"ms": 2.4, "mew": 0.3} if n <= _FEW_DOTS else {"ms": 1.7, "mew": 0.15, "alpha": 0.7}
    for x, (column, colour) in enumerate(zip(values.T, colours, strict=True)):
        spread = np.linspace(-0.16, 0.16, n) if n > 1 else np.zeros(1)
        ax.plot(x + spread, column, "o", color=colour, mec=_LINE, zorder=3, clip_on=False, **dots)
    _tests(ax, wide)
    ax.set_xlim(-0.6, m - 0.4)
    ax.set_ylim(0, 1.3)
    ax.set_yticks([0, 0.5, 1], ["0", "0.5", "1"])
    ax.spines["left"].set_bounds(0, 1)
    ax.set_xticks(range(m), [stacked(name) for name in wide.columns])
    ax.tick_params(axis="x", length=0)
    ax.set_xlabel("Rule input")
    if left:
        ax.set_ylabel("Performance")


def stacked(combination: str) -> str:
    """A combination of rules with the paper's names, a line for each; names too long for a column take two.

    Examples
    --------
    >>> stacked("contextdelaydm2 + contextdm1")
    'Ctx Dly\\nDM 2\\n+ Ctx DM 1'
    """
    terms = re.split(r"\s(?=[+-] )", titled(combination))
    return "\n".join(re.sub(r" (?=\S+ \S+$)", "\n", term) if len(term) > _COLUMN else term for term in terms)


def _median_ends(values: NDArray[np.float64], rng: np.random.Generator) -> tuple[float, float]:
    """95 % percentile interval of the median; the value itself for a single network."""
    if len(values) < 2 or not np.ptp(values):
        return float(np.median(values)), float(np.median(values))
    from scipy import stats

    found = stats.bootstrap((values,), np.median, n_resamples=RESAMPLES, method="percentile", rng=rng)
    return float(found.confidence_interval.low), float(found.confidence_interval.high)


def _tests(ax: Axes, wide: pd.DataFrame) -> None:
    """Brackets from the last box to the two before it."""
    if len(wide) < 2:
        note(ax, 0.98, 0.9, "one network: no test", "right")
        return
    last = wide.shape[1] - 1
    for x, p in enumerate(u_tests(wide).values(), start=last - 2):
        y = 1.2 if x == last - 2 else 1.08
        ax.plot([x, x, last, last], [y - 0.02, y, y, y - 0.02], color=_LINE, lw=0.6)
        ax.text((x + last) / 2, y + 0.005, f"p = {p:.1g}", ha="center", va="bottom", fontsize=SMALL)


def rule_schematic(ax: Axes, combinations: Sequence[Mapping[str, float]]) -> None:
    """Rule channels (rows) under each combination of rules (columns), leading to the network; drawn in inches.

    Parameters
    ----------
    ax
        Axes of 2.2 x 1.75 inches.
    combinations
        Rule -> strength, the task's own rule first.
    """
    ax.set_xlim(0, 2.2)
    ax.set_ylim(0, 1.75)
    ax.axis("off")
    rules = list(dict.fromkeys(rule for strengths in combinations for rule in strengths))
    columns = np.linspace(0.8, 1.95, len(combinations))
    rows = dict(zip(rules, np.linspace(1.4, 0.65, len(rules)), strict=True))
    for rule, y in rows.items():
        ax.text(0.6, y, TITLES[rule], ha="right", va="center")
    for x, strengths in zip(columns, combinations, strict=True):
        for rule, y in rows.items():
            _channel(ax, x, y, strengths.get(rule, 0))
        look: Any = {"arrowstyle": "-|>", "mutation_scale": 5, "lw": 0.7, "color": _LINE, "shrinkA": 0, "shrinkB": 0}
        ax.add_patch(FancyArrowPatch((x, 0.53), (x, 0.33), **look))
    ax.add_patch(Rectangle((0.65, 0.08), 1.45, 0.22, facecolor="0.965", edgecolor=_LINE, lw=0.8))
    ax.text(1.375, 0.19, "recurrent network", ha="center", va="center", fontsize=SMALL)
    for x, caption in ((columns[0], "own\nrule"), (columns[-1], "full\ncomposite")):
        ax.text(x, 1.53, caption, ha="center", va="bottom", fontsize=SMALL, linespacing=1.0)


def _channel(ax: Axes, x: float, y: float, strength: float) -> None:
    """A rule channel, filled and signed where it is on."""
    face = "white" if not strength else style.ACCENT if strength > 0 else "#D55E00"
    ax.add_patch(Circle((x, y), 0.08, facecolor=face, edgecolor=_LINE, lw=0.6))
    arms = [((-0.04, 0.04), (0, 0))] * bool(strength) + [((0, 0), (-0.04, 0.04))] * (strength > 0)
    for across, along in arms:
        ax.plot(x + np.array(across), y + np.array(along), color="white", lw=1.1, solid_capstyle="butt")

"""Rate networks trained by full-FORCE and by FORCE (DePasquale et al. 2018, Figure 2, and what its text compares)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from replicortex.papers.fullforce2018.figures import panels
from replicortex.papers.fullforce2018.figures.panels import COLOUR, METHOD
from replicortex.report import style
from replicortex.report.checks import Tables
from replicortex.report.style import Setting, letter, place

_HEIGHT, _PUBLISHED, _SECONDS, _GAP = 6.95, 300, 2.0, 2.2
_METHODS = ("full_force", "force")


@style.styled
def figure(populations: Mapping[str, Tables], setting: Setting) -> Figure:
    """Draw outputs (a, b), units beside the teacher's (c, d), errors by size (e, f) and noise (g), eigenvalues (h)."""
    title = "Full-FORCE and FORCE: rate networks with the same random matrices"
    page = style.page(title, _HEIGHT, setting, style.provenances(populations, setting))
    main = populations["ff_oscillation"]
    shown = {method: panels.example(main["summary"], _PUBLISHED, method=method) for method in _METHODS}
    rows = main["summary"].set_index("network")
    for i, method in enumerate(_METHODS):
        left, network = 0.55 + 3.5 * i, shown[method]
        letter(page, "ab"[i], left - 0.47, 0.5, f"Output and target (dashed), {METHOD[method]}{_told(rows, network)}")
        ax, below = place(page, left, 0.65, 2.9, 1.0), place(page, left, 2.25, 2.9, 1.45)
        letter(page, "cd"[i], left - 0.47, 2.15, f"Five units and the teacher's (dashed), {METHOD[method]}")
        if not network:
            panels.absent(ax)
            panels.absent(below)
            continue
        panels.output(ax, main["traces"], network, COLOUR[method], _SECONDS)
        ax.set(ylim=(-1.9, 1.9), ylabel="Output")
        _units(below, main["units"], network, COLOUR[method])
    captions = ("e", "Oscillation"), ("f", "Four sines"), ("g", "Four sines with noise"), ("h", "Eigenvalues")
    for i, (name, caption) in enumerate(captions):
        letter(page, name, 0.08 + 1.76 * i, 4.3, caption)
    for left, name in ((0.55, "ff_oscillation"), (2.31, "ff_four_sines")):
        ax = place(page, left, 4.45, 1.2, 1.75)
        panels.quartiles(ax, populations[name]["summary"], "units", "nmse", COLOUR)
        panels.limit(ax)
        ax.set(xlabel="Units, N", ylabel="Error (test)" if left < 1 else "")
        ax.tick_params(axis="x", labelrotation=90)
    page.axes[-2].legend(loc="lower left")
    ax = place(page, 4.07, 4.45, 1.2, 1.75)
    _noise(ax, populations["ff_noise"]["summary"])
    _eigenvalues(place(page, 5.83, 4.45, 1.17, 1.17), main["eigenvalues"], shown)
    return page


def _told(rows: pd.DataFrame, network: str) -> str:
    if not network:
        return ""
    units, error = rows.loc[network, ["units", "nmse"]].astype(float)
    return f", N = {units:.0f} (error {error:.2g})"


def _units(ax: Axes, units: pd.DataFrame, network: str, colour: str) -> None:
    one = units[units["network"] == network]
    start = one["time_s"].max() - _SECONDS
    for unit, each in one[one["time_s"] > start].groupby("unit"):
        time, level = each["time_s"] - start, -_GAP * int(unit)
        ax.plot(time, each["value"] + level, color=colour, lw=0.9)
        ax.plot(time, each["teacher"] + level, **panels.TARGET)
    ax.set(xlabel="Time (s)", xlim=(0, _SECONDS), yticks=[], ylabel="Rate (each from -1 to 1)")
    ax.spines["left"].set_visible(False)


def _noise(ax: Axes, summary: pd.DataFrame) -> None:
    levels = sorted(set(summary["noise"]))
    at = summary.assign(noise=summary["noise"].map({level: float(i) for i, level in enumerate(levels)}))
    panels.quartiles(ax, at, "noise", "nmse", COLOUR, ticks=False)
    panels.limit(ax)
    ax.set_xticks(range(len(levels)), [f"{level:g}" for level in levels])
    ax.set(xlabel="Noise, eta", xlim=(-0.3, len(levels) - 0.7))


def _eigenvalues(ax: Axes, eigenvalues: pd.DataFrame, shown: Mapping[str, str]) -> None:
    """Of the teacher's weights, and those after learning."""
    before = eigenvalues[(eigenvalues["network"] == shown["full_force"]) & (eigenvalues["phase"] == "before")]
    # rings, because most eigenvalues of the FORCE network are where the teacher's are
    ring: dict[str, Any] = {"marker": "o", "ls": "", "mfc": "none", "mec": "0.55", "ms": 2.6, "mew": 0.35}
    ax.plot(before["real"], before["imag"], **ring, label="Teacher")
    for method in ("force", "full_force"):
        after = eigenvalues[(eigenvalues["network"] == shown[method]) & (eigenvalues["phase"] == "after")]
        ax.plot(after["real"], after["imag"], ".", color=COLOUR[method], ms=1.6, mew=0, label=METHOD[method])
    ax.axvline(1, color="0.6", lw=0.6, ls=":")
    ax.set(xlabel="Real part", ylabel="Imaginary part")
    ax.set_aspect("equal", adjustable="datalim")
    ax.legend(loc="upper center", bbox_to_anchor=(0.45, -0.32), markerscale=2)

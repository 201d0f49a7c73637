"""What the networks are made of: single neurons under noise, their rates against input, and synaptic filters."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from replicortex.figures import style
from replicortex.figures.components import few_ticks
from replicortex.figures.force import panels
from replicortex.figures.force.registry import TEACHING
from replicortex.figures.force.tables import Tables, of
from replicortex.figures.style import letter, place

_HEIGHT = 5.6
_COLOUR = {"lif": "#0072B2", "izhikevich": "#D55E00", "theta": "#009E73"}
_NAME = {"lif": "LIF", "izhikevich": "Izhikevich", "theta": "Theta"}
_UNIT = {"lif": "Current (mV)", "izhikevich": "Current (pA)", "theta": "Current s"}


@style.styled
def figure(populations: Mapping[str, Tables], scale: str) -> Figure:
    """Draw Figure 1: a LIF and b Izhikevich neuron under noise, c to e f-I curves of three neurons, f filters.

    Raises
    ------
    ValueError
        A table or column is missing.
    """
    page = panels.page("force_fig1", "Figure 1  Neurons and synapses of the networks", _HEIGHT, populations, scale)
    tables = populations[TEACHING]
    letter(page, "a", 0.08, 0.5, "LIF neuron under noisy input")
    _line(place(page, 0.55, 0.65, 2.75, 0.95), tables["noisy_neurons"], "lif", "v", "v (mV)")
    letter(page, "b", 3.7, 0.5, "Izhikevich neuron under noisy input")
    _line(place(page, 4.2, 0.65, 2.7, 0.6), tables["noisy_neurons"], "izhikevich", "v", "v (mV)", last=False)
    _line(place(page, 4.2, 1.33, 2.7, 0.27), tables["noisy_neurons"], "izhikevich", "u", "u (pA)")
    for i, neuron in enumerate(_NAME):
        left = 0.08 + 2.35 * i
        letter(page, "cde"[i], left, 2.25, f"{_NAME[neuron]}: rate against current")
        _curve(place(page, left + 0.47, 2.4, 1.55, 1.0), tables["fi_curves"], neuron)
    step = 1e3 * np.diff(np.unique(tables["filters"]["time_s"])).min()
    told = f"Synaptic filters after a spike at steps of {step:g} ms: decay by exp(-dt/τ) (lines), by 1 - dt/τ (dashes)"
    letter(page, "f", 0.08, 4.0, told)
    for i, (synapse, one) in enumerate(tables["filters"].groupby("synapse", sort=False)):
        _filter(place(page, 0.55 + 3.5 * i, 4.2, 2.85, 0.85), one, str(synapse))
    return page


def _line(ax: Axes, table: pd.DataFrame, neuron: str, quantity: str, label: str, last: bool = True) -> None:
    one = of(table, neuron=neuron, quantity=quantity).sort_values("time_s")
    ax.plot(one["time_s"], one["value"], color=_COLOUR[neuron], lw=0.6)
    ax.set_ylabel(label)
    few_ticks(ax, "y", 3)
    if last:
        ax.set_xlabel("Time (s)")
    else:
        ax.set_xticklabels([])


def _curve(ax: Axes, table: pd.DataFrame, neuron: str) -> None:
    one = of(table, neuron=neuron).sort_values("current")
    formula: Any = one["formula_hz"]
    if np.isfinite(formula).any():
        ax.plot(one["current"], formula, color="0.3", lw=1.0, label="formula")
    ax.plot(one["current"], one["rate_hz"], "o", ms=2.2, color=_COLOUR[neuron], mew=0, label="simulated")
    ax.set(xlabel=_UNIT[neuron], ylabel="Rate (Hz)")
    ax.legend(loc="upper left")


def _filter(ax: Axes, table: pd.DataFrame, synapse: str) -> None:
    for method, look, colour in (("exact", "-", "#0072B2"), ("euler", (0, (2.5, 1.5)), "#D55E00")):
        one = of(table, method=method).sort_values("time_s")
        ax.plot(1e3 * one["time_s"], one["value"], ls=look, color=colour, lw=1.0)
    ax.set(xlabel="Time after the spike (ms)", ylabel="r (1/s)")
    ax.set_title(synapse)

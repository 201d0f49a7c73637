"""Which figures of spiking networks there are, and which tables of which experiments each is drawn from.

This module imports no plotting library, so that a workflow can plan with it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any

from replicortex.errors import choose

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.figure import Figure

    Populations = Mapping[str, Mapping[str, pd.DataFrame]]

TEACHING = "teaching"  # the tables that no network is trained for
ALWAYS = ("summary", "traces")


@dataclass(frozen=True)
class ForceEntry:
    """One figure.

    Attributes
    ----------
    name
        File name without suffix.
    module
        Where it is drawn, in this package, by the function ``figure``.
    tables
        Experiment -> names of the tables read from it. An experiment without networks at a scale is left out, and the
        figure says so.
    sound
        The experiment whose output is written as sound beside the figure, "" if none is.
    """

    name: str
    module: str
    tables: Mapping[str, tuple[str, ...]]
    sound: str = ""

    @property
    def source(self) -> Path:
        """File of the module that draws the figure."""
        return Path(__file__).with_name(f"{self.module}.py")

    def read(self, present: Iterable[str]) -> dict[str, tuple[str, ...]]:
        """Experiment -> tables, of the experiments that there are networks of."""
        there = {*present, TEACHING}
        return {name: tables for name, tables in self.tables.items() if name in there}


def _entry(name: str, module: str, tables: Mapping[str, str], sound: str = "") -> tuple[str, ForceEntry]:
    always = {key: () if key == TEACHING else ALWAYS for key in tables}
    read = {key: (*always[key], *names.split()) for key, names in tables.items()}
    return name, ForceEntry(name, module, read, sound)


_INSIDE = "raster voltages decoders eigenvalues"
SINES = ("fig2_lif_sine", "fig2_iz_sine", "fig2_theta_sine")
OTHERS = ("fig2_theta_saw", "fig2_theta_vdp_harm", "fig2_theta_vdp_relax", "fig2_theta_prod", "fig2_theta_prod_noise")
LORENZ = "fig2_theta_lorenz"

# The panel of oscillators: column (neuron, synaptic decay in ms) -> row (target) -> experiment. Where the archive has
# a program twice, under Figure 2 and in its supplement, the experiment of Figure 2 stands for both.
PANEL: dict[str, dict[str, str]] = {
    **{
        f"LIF {ms} ms": {
            row: f"so_lif{ms}_{row}"
            for row in ("sine", "saw", "prod", "prod_noise", "vdp_harm", "vdp_relax")
            if ms != 10 or row.startswith("prod")
        }
        for ms in (10, 20, 30)
    },
    "Theta 20 ms": {row: f"fig2_theta_{row}" for row in ("sine", "saw", "prod", "prod_noise", "vdp_harm", "vdp_relax")},
    "Theta 50 ms": {row: f"so_th50_{row}" for row in ("sine", "saw", "prod", "prod_noise", "vdp_harm", "vdp_relax")},
    "Izhikevich 20 ms": {
        "sine": "fig2_iz_sine",
        **{
            row: f"so_iz20_{row}"
            for row in ("saw", "prod", "prod_noise", "vdp_harm", "vdp_relax", "complex1", "complex2")
        },
    },
}
_IN_PANEL = [name for column in PANEL.values() for name in column.values()]

FIGURES: dict[str, ForceEntry] = dict(
    (
        _entry("force_fig1", "teaching", {TEACHING: "noisy_neurons fi_curves filters"}),
        _entry(
            "force_fig2",
            "oscillators",
            {**dict.fromkeys(SINES, _INSIDE), **dict.fromkeys(OTHERS, ""), LORENZ: "maxima dwell"},
        ),
        _entry("force_figS2", "panel", dict.fromkeys(_IN_PANEL, "")),
        _entry("force_fig3", "notes", {"fig3_ode": "raster decoders course", "ode_hdts": "course members"}, "fig3_ode"),
        _entry("force_fig3_long", "long_notes", {"supp_ode_long": "raster decoders course"}, "supp_ode_long"),
        _entry("force_fig4", "song", {"fig4_song": "raster decoders course lesions"}, "fig4_song"),
        _entry("force_fig5", "movie", {"fig5_movie": "replay frames", "movie_internal": "course"}),
        _entry("force_figS10", "classes", dict.fromkeys(("supp_class_lin", "supp_class_nonlin"), "points")),
        _entry("force_lesions", "lesions", dict.fromkeys(("fig4_song", "fig5_movie"), "lesions")),
        _entry(
            "force_sizes",
            "sizes",
            dict.fromkeys(("size_lif", "size_theta", "size_rate", "rate_targets", "rate_products"), "members"),
        ),
        _entry("force_gq", "plane", {"gq_lif": "members"}),
    )
)


def draw(name: str, populations: Populations, scale: str) -> Figure:
    """Draw one figure.

    Parameters
    ----------
    name
        A key of `FIGURES`.
    populations
        Experiment -> table name -> tidy DataFrame.
    scale
        Printed in the footer.

    Raises
    ------
    ValueError
        No such figure; an experiment, a table, a column or a network is missing.
    """
    entry = FIGURES[choose(name, FIGURES, "figure")]
    function: Any = import_module(f"replicortex.figures.force.{entry.module}").figure
    figure: Figure = function(populations, scale)
    return figure

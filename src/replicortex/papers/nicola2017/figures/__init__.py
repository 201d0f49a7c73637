"""The figures of this paper: which experiments each shows, and which tables it is drawn from."""

from __future__ import annotations

from collections.abc import Mapping

from replicortex.pipeline.paper import Figure

TEACHING = "teaching"  # the tables that no network is trained for


def _figure(name: str, module: str, shows: Mapping[str, str], sound: str = "") -> Figure:
    """A figure drawn by the function ``figure`` of a module; of several experiments it shows those with networks."""
    home = f"replicortex.papers.nicola2017.figures.{module}:figure"
    read = {key: (*(() if key == TEACHING else ("summary", "traces")), *names.split()) for key, names in shows.items()}
    return Figure(name, home, *((read, {}) if len(read) == 1 else ({}, read)), sound=sound)


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

FIGURES: tuple[Figure, ...] = (
    _figure("force_fig1", "teaching", {TEACHING: "noisy_neurons fi_curves filters"}),
    _figure(
        "force_fig2",
        "oscillators",
        {**dict.fromkeys(SINES, _INSIDE), **dict.fromkeys(OTHERS, ""), LORENZ: "maxima dwell"},
    ),
    _figure("force_figS2", "panel", dict.fromkeys(_IN_PANEL, "")),
    _figure("force_fig3", "notes", {"fig3_ode": "raster decoders course", "ode_hdts": "course members"}, "fig3_ode"),
    _figure("force_fig3_long", "long_notes", {"supp_ode_long": "raster decoders course"}, "supp_ode_long"),
    _figure("force_fig4", "song", {"fig4_song": "raster decoders course lesions"}, "fig4_song"),
    _figure("force_fig5", "movie", {"fig5_movie": "replay frames", "movie_internal": "course"}),
    _figure("force_figS10", "classes", dict.fromkeys(("supp_class_lin", "supp_class_nonlin"), "points")),
    _figure("force_lesions", "lesions", dict.fromkeys(("fig4_song", "fig5_movie"), "lesions")),
    _figure(
        "force_sizes",
        "sizes",
        dict.fromkeys(("size_lif", "size_theta", "size_rate", "rate_targets", "rate_products"), "members"),
    ),
    _figure("force_gq", "plane", {"gq_lif": "members"}),
)

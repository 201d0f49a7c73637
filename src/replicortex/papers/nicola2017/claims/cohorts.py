"""From which seeds on networks were trained after statistics had been corrected."""

from replicortex.report.cohorts import cohorts

_OSCILLATORS = "sine saw prod prod_noise vdp_harm vdp_relax".split()

# Experiment -> first seed that had not been trained when statistics were corrected on 30 November 2026. Networks of
# classes learn for longer since then, and rate networks of products are new: none of them had been trained.
_NEXT_SEED = {
    **{f"fig2_{name}": 5 for name in ("lif_sine", "iz_sine", *(f"theta_{each}" for each in _OSCILLATORS))},
    **{f"so_{neuron}_{each}": 5 for neuron in ("lif20", "iz20") for each in _OSCILLATORS[1:]},
    "so_iz20_complex1": 5,
    "size_lif": 5,
    "size_theta": 5,
    "rate_targets": 5,
    "rate_products": 0,
    "fig3_ode": 1,
    "supp_ode_long": 1,
    "ode_hdts": 3,
    "supp_class_lin": 0,
    "supp_class_nonlin": 0,
}

COHORTS = cohorts(_NEXT_SEED, first="2026-11-21T00:00", fresh="2026-11-30T18:45")

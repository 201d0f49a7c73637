"""From which seeds on networks were trained after statistics had been revised."""

from replicortex.report.cohorts import Cohort, cohorts

# Experiment -> first seed that had not been trained when statistics were revised on 30 November 2026.
_NEXT_SEED = {
    "reference": 40,
    "published_schedule": 3,
    "sequential": 4,
    "posttraining": 4,
}

# Experiments of other recipes: all of their networks were trained after a moment.
_RECIPES = {
    "2026-11-21T00:00": ("small_batches", "other_optimiser"),
    "2026-12-01T03:50": (
        *("rotated_units", "orthogonal_steps", "momentum", "diagonal"),
        *("robust", "robust_rotated", "robust_sgd", "robust_muon", "robust_soap", "robust_published"),
        *("robust_activation", "robust_noise", "robust_l1_rates", "robust_l2_rates", "robust_l1_weights"),
        *("robust_l2_weights", "robust_init", "robust_step", "robust_cell"),
    ),
}

COHORTS = (
    *cohorts(_NEXT_SEED, first="2026-11-21T00:00", fresh="2026-11-30T18:20"),
    *(Cohort(experiment, 0, moment) for moment, names in _RECIPES.items() for experiment in names),
)

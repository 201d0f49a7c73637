"""From which seeds on networks were trained after statistics had been revised."""

from replicortex.report.cohorts import cohorts

# Experiment -> first seed that had not been trained when statistics were revised on 30 November 2026.
_NEXT_SEED = {
    "reference": 40,
    "published_schedule": 3,
    "sequential": 4,
    "posttraining": 4,
}

COHORTS = cohorts(_NEXT_SEED, first="2026-11-21T00:00", fresh="2026-11-30T18:20")

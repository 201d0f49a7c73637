"""The steps of this paper, from networks to tables."""

from __future__ import annotations

from replicortex.pipeline.paper import EXPERIMENT, WEIGHTS, Step
from replicortex.primer.measure.registry import MEASURES, tables_of

STEPS: tuple[Step, ...] = tuple(
    Step(
        f"measure_{name}",
        "replicortex.primer.measure.registry:measure",
        tables_of(name),
        reads=(WEIGHTS, EXPERIMENT),
        per="experiment",
        experiments=(name,),
        minutes=60,
        megabytes=1300,
        about="measure the networks of",
    )
    for name in MEASURES
)

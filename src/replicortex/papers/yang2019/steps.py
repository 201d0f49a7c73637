"""The steps of this paper, from networks to tables."""

from __future__ import annotations

from replicortex.pipeline.paper import Step

STEPS: tuple[Step, ...] = ()

"""What a workflow plans with: what makes a job run again, and which tables claims are tested on."""

from replicortex.pipeline.claims import require_claims, tables_of_claims
from replicortex.pipeline.reruns import Reruns, registries_of

__all__ = ["Reruns", "registries_of", "require_claims", "tables_of_claims"]

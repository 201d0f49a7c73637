"""What answers: recurrent cells, ensembles of networks, the hand-written backward pass, weight files."""

from replicortex.networks.architecture import Architecture, for_rule_set
from replicortex.networks.ensemble import Ensemble, Run, create, stack
from replicortex.networks.files import from_arrays, load, save_ensemble
from replicortex.networks.imported import read_imported

__all__ = [
    "Architecture",
    "Ensemble",
    "Run",
    "create",
    "for_rule_set",
    "from_arrays",
    "load",
    "read_imported",
    "save_ensemble",
    "stack",
]

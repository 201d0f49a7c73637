"""What answers: recurrent cells, ensembles of networks, the hand-written backward pass, weight files."""

from replicortex.networks.architecture import Architecture, for_rule_set
from replicortex.networks.ensemble import Ensemble, Run, create, stack
from replicortex.networks.files import from_arrays, load, save_ensemble
from replicortex.networks.imported import read_imported
from replicortex.networks.linear import LinearEnsemble
from replicortex.networks.pytorch import TorchNetwork, from_torch, to_torch

__all__ = [
    "Architecture",
    "Ensemble",
    "LinearEnsemble",
    "Run",
    "TorchNetwork",
    "create",
    "for_rule_set",
    "from_arrays",
    "from_torch",
    "load",
    "read_imported",
    "save_ensemble",
    "stack",
    "to_torch",
]

"""What answers: recurrent cells, ensembles of networks, the hand-written backward pass, weight files.

The names below are imported on first use, so that a configuration can name the cells without PyTorch.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from replicortex.networks.architecture import Architecture, for_rule_set
    from replicortex.networks.ensemble import Ensemble, Run, create, stack
    from replicortex.networks.files import from_arrays, load, save_ensemble
    from replicortex.networks.imported import read_imported
    from replicortex.networks.pytorch import TorchNetwork, from_torch, to_torch

_HOME = {
    "Architecture": "architecture",
    "Ensemble": "ensemble",
    "Run": "ensemble",
    "TorchNetwork": "pytorch",
    "create": "ensemble",
    "for_rule_set": "architecture",
    "from_arrays": "files",
    "from_torch": "pytorch",
    "load": "files",
    "read_imported": "imported",
    "save_ensemble": "files",
    "stack": "ensemble",
    "to_torch": "pytorch",
}

__all__ = [
    "Architecture",
    "Ensemble",
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


def __getattr__(name: str) -> Any:
    if name in _HOME:
        return getattr(import_module(f"{__name__}.{_HOME[name]}"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted([*globals(), *__all__])

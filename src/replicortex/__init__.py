"""replicortex: papers on task-trained recurrent networks, run again from code, configuration and seeds.

The sub-packages are imported on first use, so that ``import replicortex as rx`` costs nothing.

Examples
--------
>>> import replicortex as rx
>>> trial = rx.tasks.generate("dm1", mode="test", noise=False)
>>> trial.x.shape  # (time, trial, input channel)
(125, 100, 85)
"""

from importlib import import_module
from typing import Any

__version__ = "0.1.0"

_SUBPACKAGES = (
    "analysis",
    "config",
    "errors",
    "figures",
    "native",
    "networks",
    "pretrained",
    "primer",
    "progress",
    "provenance",
    "random_streams",
    "readers",
    "recordings",
    "records",
    "scorecard",
    "spiking",
    "status",
    "tasks",
    "taught",
    "training",
)

__all__ = [*_SUBPACKAGES, "load_config"]


def __getattr__(name: str) -> Any:
    if name in _SUBPACKAGES:
        with import_module(f"{__name__}.extras").named():
            return import_module(f"{__name__}.{name}")
    if name == "load_config":
        return import_module(f"{__name__}.config").load_config
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted([*globals(), *__all__])

"""Configuration: one YAML file, checked as a whole before anything runs.

    study = load_config("config.yaml", scale="laptop")
    for member in study["reference"].members():
        print(member.label, member.seed, member.experiment.schedule.rate)

The names below are imported on first use, so that a program that only rebuilds an experiment does not depend
on how files are read.
"""

from importlib import import_module
from typing import Any

_HOME = {
    "ConfigError": "replicortex.errors",
    "Configuration": "schema",
    "Experiment": "experiment",
    "ForceExperiment": "spiking",
    "Member": "population",
    "Need": "needs",
    "PrimerExperiment": "primer",
    "SCALES": "names",
    "Schedule": "schema",
    "Study": "study",
    "as_options": "overlay",
    "from_options": "overlay",
    "grid_settings": "loading",
    "load_config": "loading",
    "of_module": "overlay",
    "of_snakemake": "overlay",
    "read_yaml": "reading",
    "rebuild": "experiment",
}

__all__ = sorted(_HOME)


def __getattr__(name: str) -> Any:
    if name in _HOME:
        home = _HOME[name]
        return getattr(import_module(home if "." in home else f"{__name__}.{home}"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted([*globals(), *__all__])

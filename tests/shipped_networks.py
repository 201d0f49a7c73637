"""A results folder with networks that were never trained and tables that were never measured, to be packed."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from analysis_networks import random_network
from fake_tables import make_tables

from replicortex import networks
from replicortex.config import Study


def made_results(study: Study, folder: Path, experiment: str = "reference") -> Path:
    """``folder/<scale>`` with the networks of an experiment as a training writes them, and their tables."""
    results = folder / study.scale
    tables = results / "tables" / experiment
    tables.mkdir(parents=True)
    members = study[experiment].members()
    for member in members:
        settings = member.experiment.model_dump(mode="json", exclude={"seeds"})
        told = {"experiment": experiment, "label": member.label, "seed": member.seed, "settings": settings}
        told |= {"code": "0" * 64, "host": "here", "wall_s": 1.0 + member.seed}
        net = replace(random_network(member.experiment.network.units, member.seed), metadata=told)
        path = results / "networks" / experiment / f"{member.label}.safetensors"
        path.parent.mkdir(parents=True, exist_ok=True)
        networks.save_ensemble(path, net)
    labels = tuple(member.label for member in members)
    for name, table in make_tables(labels, n_units=study[experiment].network.units).items():
        table.to_parquet(tables / f"{name}.parquet", index=False)
    return results

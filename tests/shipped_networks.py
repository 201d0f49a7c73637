"""A results folder with networks that were never trained and tables that were never measured, to be packed."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pandas as pd
from analysis_networks import random_network
from fake_tables import make_tables

from replicortex import networks
from replicortex.config import Study
from replicortex.origin import Origin, merge, of_weights
from replicortex.tables import write_table


def made_results(study: Study, folder: Path, experiment: str = "reference", **changed: object) -> Path:
    """``folder/<scale>`` with the networks of an experiment as a training writes them, and their tables.

    What is ``changed`` in the weight files' metadata is so in all of them.
    """
    results = folder / study.scale
    tables = results / "tables" / experiment
    tables.mkdir(parents=True)
    members = study[experiment].members()
    for member in members:
        settings = member.experiment.model_dump(mode="json", exclude={"seeds"})
        told = {"experiment": experiment, "label": member.label, "seed": member.seed, "settings": settings}
        told |= {"configuration": member.experiment.fingerprint()}
        told |= {"code": "0" * 64, "host": "here", **changed}
        net = replace(random_network(member.experiment.network.units, member.seed), metadata=told)
        path = results / "networks" / experiment / f"{member.label}.safetensors"
        path.parent.mkdir(parents=True, exist_ok=True)
        networks.save_ensemble(path, net)
        history = pd.DataFrame({"network": [member.label] * 2, "wall_s": [0.5, 1.0 + member.seed]})
        write_table(history, path.with_suffix(".history.parquet"), of_weights(path))
    labels = tuple(member.label for member in members)
    made_from = made_of(results, experiment)
    for name, table in make_tables(labels, n_units=study[experiment].network.units).items():
        write_table(table, tables / f"{name}.parquet", made_from)
    return results


def made_of(results: Path, experiment: str = "reference") -> tuple[Origin, ...]:
    """What tables carry that are said to be measured on all networks of a results folder."""
    paths = sorted(Path(results, "networks", experiment).glob("*.safetensors"))
    return merge(one for path in paths for one in of_weights(path))

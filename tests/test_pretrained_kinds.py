"""Shipped networks that are taught and shipped spiking networks: packed with their tables, added to, drawn from."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import replicortex as rx
from replicortex import pretrained
from replicortex.config import ConfigError
from replicortex.origin import merge, of_weights
from replicortex.pipeline import Plan, papers
from replicortex.pipeline.collections import Collections
from replicortex.pipeline.measurements import Measurements
from replicortex.pretrained.kinds import KINDS
from replicortex.spiking.files import FORMAT, write_arrays
from replicortex.tables import write_table
from replicortex.taught import job

CONFIG = {
    "pretrained": True,
    "taught": {"mine": {"task": {"name": "four_sines"}, "units": 6, "clamped": 1, "trials": 1, "tests": 1, "seeds": 2,
                        "grid": {"method": ["full_force", "force"]}}},
    "force": {"experiments": {"own": {"neuron": "lif", "cells": 20, "seeds": 2, "duration": 1.0, "train": [0.2, 0.5]}}},
}  # fmt: skip
NAMES = {"taught": "mine", "spiking": "own"}
CURVES = {"taught": ("traces", "units", "eigenvalues"), "spiking": ("traces", "eigenvalues")}
OF_FIRST = {"taught": (), "spiking": ("eigenvalues",)}  # the workflow makes it from the example network alone


def study(seeds: object = 2, **changed: object) -> rx.config.Study:
    taught = {**CONFIG["taught"]["mine"], "seeds": seeds, **changed}
    own = {**CONFIG["force"]["experiments"]["own"], "seeds": seeds}
    return rx.load_config({**CONFIG, "taught": {"mine": taught}, "force": {"experiments": {"own": own}}})


def made(kind: str, folder: Path, seeds: object = 2) -> Path:
    """Networks with the tables measured on them; those of the spiking ones are made up."""
    results, name = folder / "laptop", NAMES[kind]
    experiment = study(seeds)[name]
    if kind == "taught":
        paths = [job.train(member, results) for member in experiment.members()]
        tables = job.tables([job.load(path) for path in paths], experiment)
    else:
        paths = [spiking(member, results) for member in experiment.members()]
        labels = [path.stem for path in paths]
        rows = pd.DataFrame({"network": labels, "seed": experiment.seeds})
        first = pd.DataFrame({"network": labels[0], "time_s": np.arange(50) / 50, "value": np.arange(50) / 7})
        tables = {"summary": rows.assign(nrmse=1 / 3), "members": rows, "traces": first, "eigenvalues": first}
    for table, content in tables.items():
        path = results / KINDS[kind].tables / name / f"{table}.parquet"
        path.parent.mkdir(parents=True, exist_ok=True)
        write_table(content, path, merge(one for each in paths[: 1 if table in OF_FIRST[kind] else None]
                                         for one in of_weights(each)))  # fmt: skip
    return results


def spiking(member, results: Path) -> Path:
    e = member.experiment
    told = {"experiment": e.name, "label": member.label, "seed": member.seed, "configuration": e.fingerprint(),
            "settings": e.model_dump(mode="json", exclude={"seeds"}), "versions": {}}  # fmt: skip
    path = results / "force/networks" / e.name / f"{member.label}.safetensors"
    write_arrays(path, {"decoders": np.full(3, member.seed)}, {"format": FORMAT, "metadata": json.dumps(told)})
    return path


@pytest.fixture(scope="module", params=NAMES)
def kind(request) -> str:
    return request.param


@pytest.fixture(scope="module")
def packed(kind, tmp_path_factory) -> Path:
    """Networks of a kind with their tables in ``made``, and packed in ``pretrained``; each test has a copy."""
    folder = tmp_path_factory.mktemp(kind)
    pretrained.pack(made(kind, folder / "made"), NAMES[kind], folder / "pretrained", weights_of="*seed0")
    return folder


@pytest.fixture
def shipped(kind, packed, tmp_path) -> pretrained.Shipped:
    shutil.copytree(packed, tmp_path, dirs_exist_ok=True)
    return pretrained.read(tmp_path / "pretrained/laptop" / NAMES[kind])


def test_networks_come_back_byte_for_byte_and_tables_exactly_but_for_curves(kind, shipped, tmp_path):
    name, results = NAMES[kind], tmp_path / "made/laptop"
    first, last = list(shipped.networks)[0], list(shipped.networks)[-1]
    trained = results / KINDS[kind].weights / name / f"{first}.safetensors"
    assert shipped.kind == kind and pretrained.weights(shipped, first) == trained.read_bytes()
    with pytest.raises(ValueError, match="is not shipped, only the tables"):
        pretrained.weights(shipped, last)
    assert {"summary", "members", *CURVES[kind]} <= set(shipped.tables)
    for table in shipped.tables:
        before = pd.read_parquet(results / KINDS[kind].tables / name / f"{table}.parquet")
        after, curve = pretrained.table(shipped, table).to_pandas(), table in CURVES[kind]
        pd.testing.assert_frame_equal(after, before, check_exact=not curve, **({"rtol": 0.004} if curve else {}))
        assert "time_s" not in before or after["time_s"].equals(before["time_s"])
    with pytest.raises(ValueError, match=rf"holds {kind} networks; read them with pretrained.table and "):
        pretrained.load(name, root=tmp_path / "pretrained")
    assert f"{len(shipped.networks)} networks, " in next(iter(pretrained.verify(tmp_path / "pretrained")))


def test_tables_carry_the_marks_that_a_plan_asks_for_and_nothing_is_measured(kind, shipped, tmp_path):
    name, there = NAMES[kind], pretrained.available("laptop", tmp_path / "pretrained")
    plan = Plan(pretrained.shipped_study(study(1), there), papers(), there, {})
    assert [*plan.members[name]] == [*shipped.networks], "all that are shipped, not the one that is configured"
    for table in shipped.tables:
        assert pretrained.table_origin(shipped, table).mark == plan.marks.of_table(name, table), table
    assert shipped.of_first == OF_FIRST[kind]
    rules = {rule.name: rule.outputs[0] for rule in Collections(plan, None, "").every()}
    assert f"/{KINDS[kind].tables}/{{experiment" in rules[f"unpack_{kind}_table"]
    measured = {rule.name for rule in Measurements(plan, None, "").every()}
    assert measured.isdisjoint({"taught_measure", "force_measure", "force_replay"}) and "force_teaching" in measured
    assert pretrained.shipped_tables(shipped, ["summary", "maxima"]) == ["summary"]


def test_other_settings_are_refused_by_name(tmp_path):
    pretrained.pack(made("taught", tmp_path / "made"), "mine", tmp_path / "pretrained", weights=False)
    there = pretrained.available("laptop", tmp_path / "pretrained")
    with pytest.raises(ConfigError, match=r"taught.mine.units: 7, but the shipped networks were trained with 6"):
        pretrained.shipped_study(study(units=7), there)
    with pytest.raises(ConfigError, match="taught.mine: .* is in the configuration or in .*manifest.json, but not"):
        pretrained.shipped_study(study(grid={}), there)


def test_later_networks_follow_those_that_are_shipped(kind, shipped, tmp_path):
    name, root = NAMES[kind], tmp_path / "pretrained"
    before = {table: pretrained.table(shipped, table).to_pandas() for table in shipped.tables}
    pretrained.pack(tmp_path / "made/laptop", name, root, weights=False)
    after = pretrained.add(made(kind, tmp_path / "later", [2, 3]), name, root)
    assert after.seeds == [0, 1, 2, 3] and after.of_first == shipped.of_first
    for table, there in before.items():
        now = pretrained.table(after, table).to_pandas()
        assert now.iloc[: len(there)].equals(there) and (len(now) > len(there)) == (
            bool(len(there)) and table not in after.of_first
        ), table


def test_a_table_of_other_networks_is_not_packed(kind, packed, tmp_path):
    results = Path(shutil.copytree(packed / "made/laptop", tmp_path / "laptop"))
    path = results / KINDS[kind].tables / NAMES[kind] / "summary.parquet"
    weights = sorted((results / KINDS[kind].weights / NAMES[kind]).glob("*"))
    write_table(pd.read_parquet(path), path, of_weights(weights[-1]))
    with pytest.raises(ValueError, match=r"summary.parquet: holds .*, but wanted is fingerprint"):
        pretrained.pack(results, NAMES[kind], tmp_path / "pretrained")
    path.unlink()
    with pytest.raises(FileNotFoundError, match=r"summary.parquet: no measures; measure the networks first"):
        pretrained.pack(results, NAMES[kind], tmp_path / "pretrained")

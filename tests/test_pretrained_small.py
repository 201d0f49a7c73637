"""Shipped networks on single tasks: each comes out of its training's file by itself, with all tables beside it."""

from __future__ import annotations

import shutil
import time
from pathlib import Path

import pandas as pd
import pytest
import torch

import replicortex as rx
from replicortex import pretrained, primer, records
from replicortex.config import ConfigError
from replicortex.origin import merge, of_weights
from replicortex.pipeline import Plan, papers
from replicortex.pretrained.kinds import KINDS
from replicortex.primer.measure.registry import measure
from replicortex.tables import write_table

NAME = "primer_identity"
CONFIG = {
    "pretrained": True,
    "primer": {
        NAME: {
            "seeds": 2,
            "task": {"name": "perceptual"},
            "network": {"units": 8},
            "training": {"updates": 2, "evaluate_every": 1, "evaluation_trials": 20, "batch": 4},
            "conditions": {"uniform": {}, "identity": {"network.init": "identity"}},
            "shard": 3,
        }
    },
}
LABELS = ["uniform,seed0", "uniform,seed1", "identity,seed0", "identity,seed1"]


@pytest.fixture(scope="module")
def results(tmp_path_factory) -> Path:
    """Four networks in two files, as the workflow leaves them."""
    folder = tmp_path_factory.mktemp("made") / "laptop"
    experiment, networks, began = rx.load_config(CONFIG)[NAME], {}, time.time()
    for part in experiment.shards():
        networks |= primer.train(experiment, part, results=folder, log=lambda line: None)
        records.write("train.py", [part], {}, [folder / "primer" / NAME / f"{part}.safetensors"], began)
    made_from = merge(one for path in sorted(folder.glob("primer/*/*.safetensors")) for one in of_weights(path))
    for name, table in measure(networks, experiment).items():
        path = folder / "tables" / NAME / f"{name}.parquet"
        path.parent.mkdir(parents=True, exist_ok=True)
        write_table(table, path, made_from)
    return folder


@pytest.fixture(scope="module")
def packed(results) -> Path:
    pretrained.pack(results, NAME, results.parent / "pretrained", weights_of="*seed0")
    return results.parent / "pretrained"


@pytest.fixture
def shipped(packed, tmp_path) -> pretrained.Shipped:
    shutil.copytree(packed, tmp_path, dirs_exist_ok=True)
    return pretrained.read(tmp_path / "laptop" / NAME)


def test_a_network_comes_back_with_its_weights_and_its_history(results, shipped, tmp_path):
    assert list(shipped.networks) == LABELS and shipped.seeds == [0, 1]
    found = pretrained.load_small(NAME, root=tmp_path)
    assert list(found) == ["uniform,seed0", "identity,seed0"]
    there = primer.load(results / "primer" / NAME / "part0.safetensors")["identity,seed0"]
    assert torch.equal(found["identity,seed0"].network.w_rec, there.network.w_rec)
    assert found["identity,seed0"].experiment == there.experiment and found["identity,seed0"].task == there.task
    pd.testing.assert_frame_equal(found["identity,seed0"].history, there.history)
    alone = of_weights_of(pretrained.weights(shipped, "identity,seed0"), tmp_path)
    assert list(alone.networks) == ["identity,seed0"]
    with pytest.raises(ValueError, match="uniform,seed1.safetensors.xz: is not shipped, only the tables"):
        pretrained.load_small(NAME, labels=["uniform,seed1"], root=tmp_path)
    with pytest.raises(ValueError, match="holds small networks; read them with pretrained.load_small"):
        pretrained.load(NAME, root=tmp_path)


def of_weights_of(content, folder):
    (folder / "alone.safetensors").write_bytes(content)
    (found,) = of_weights(folder / "alone.safetensors")
    return found


def test_tables_are_shipped_and_large_ones_rounded(results, shipped, tmp_path):
    assert set(shipped.tables) == {"history", "members", "accuracy"}, "no figure reads these networks' curve"
    for name in shipped.tables:
        before = pd.read_parquet(results / "tables" / NAME / f"{name}.parquet")
        pd.testing.assert_frame_equal(pretrained.table(shipped, name).to_pandas(), before)
    assert {"accuracy", "history", "members", "choices"}.isdisjoint(KINDS["small"].rounded)
    (line,) = pretrained.verify(tmp_path)
    assert ": 4 networks, 2 with their weights, 3 tables" in line


def test_none_began_before_its_training_did(results, shipped):
    """Their dates decide which statistics they may be judged on."""
    for network in shipped.networks.values():
        assert 0 < network.provenance["wall_s"] < 600 and network.trained > "2026"
    (results / "primer" / NAME / records.FOLDER).rename(results / "aside")
    with pytest.raises(ValueError, match=r"part0.safetensors: has no record of its training .*workflow"):
        pretrained.pack(results, NAME, shipped.folder.parent.parent)
    (results / "aside").rename(results / "primer" / NAME / records.FOLDER)


def test_the_study_is_of_the_shipped_networks(shipped, tmp_path):
    there = pretrained.available("laptop", tmp_path)
    one = {**CONFIG["primer"][NAME], "seeds": 1}
    study = pretrained.shipped_study(rx.load_config({**CONFIG, "primer": {NAME: one}}), there)
    assert [member.label for member in study[NAME].members()] == LABELS
    assert pretrained.origin_of(shipped).mark == Plan(study, papers(), there, {}).marks.of(NAME)
    other = {**one, "network": {"units": 9}}
    with pytest.raises(ConfigError, match=rf"{NAME}.network.units: 9, but the shipped networks were trained with 8"):
        pretrained.shipped_study(rx.load_config({**CONFIG, "primer": {NAME: other}}), there)
    again = pretrained.shipped_study(rx.load_config(CONFIG, remeasure=True), there)
    assert again[NAME].members() == [], "measuring again is for networks on the twenty tasks"
    assert pretrained.shipped_tables(shipped, ["accuracy", "separation"]) == ["accuracy"]


def test_later_networks_are_packed_with_the_others(results, shipped, tmp_path):
    with pytest.raises(ValueError, match="holds networks on single tasks; pack all of them again"):
        pretrained.add(results, NAME, tmp_path)

"""Several networks measured by one process: the same numbers, and no result lost to another network's failure."""

from __future__ import annotations

import shutil
import sys
from argparse import Namespace
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from analysis_networks import random_network

from replicortex.networks import Ensemble, save_ensemble

ROOT = Path(__file__).resolve().parent.parent
LABELS = ("seed0", "seed1", "seed2")


@pytest.fixture
def measure_each(monkeypatch):
    monkeypatch.syspath_prepend(str(ROOT / "workflow_scripts"))
    monkeypatch.setattr(sys, "argv", [str(ROOT / "workflow_scripts" / "measure_composite.py")])
    from shard import measure_each

    return measure_each


def network_of(folder: Path, seed: int, **options: float) -> Ensemble:
    """What the training would have left in a folder."""
    return replace(random_network(8, seed, **options), metadata={"experiment": folder.name})


@pytest.fixture
def weights(tmp_path) -> list[Path]:
    for seed, label in enumerate(LABELS):
        save_ensemble(tmp_path / f"{label}.safetensors", network_of(tmp_path, seed))
    return [tmp_path / f"{label}.safetensors" for label in LABELS]


class Measure:
    """A table of two rows per network; networks named in ``broken`` fail."""

    def __init__(self, *broken: str) -> None:
        self.broken, self.measured = broken, []

    def __call__(self, net: Ensemble) -> dict[str, pd.DataFrame]:
        (label,) = net.labels
        self.measured.append(label)
        if label in self.broken:
            raise ValueError(f"too few active units in {label}")
        values = np.random.default_rng(len(label) + int(label[-1])).normal(size=2)
        return {"composite": pd.DataFrame({"network": label, "task": ["dm1", "dm2"], "performance": values})}


def args(weights: list[Path], output: Path, **more: object) -> Namespace:
    return Namespace(networks=weights, output=output, **more)


def test_together_as_one_by_one(measure_each, weights, tmp_path):
    measure_each(args(weights, tmp_path / "together"), Measure())
    for path in weights:
        measure_each(args([path], tmp_path / path.stem), Measure())
    single = [pd.read_parquet(tmp_path / label / "composite.parquet") for label in LABELS]
    together = pd.read_parquet(tmp_path / "together" / "composite.parquet")
    pd.testing.assert_frame_equal(together, pd.concat(single, ignore_index=True))
    assert [path.name for path in (tmp_path / "together").iterdir()] == ["composite.parquet"]


def test_a_failing_network_is_named_and_the_others_are_kept(measure_each, weights, tmp_path, capsys):
    output = tmp_path / "parts"
    with pytest.raises(RuntimeError, match=r"1 of 3 networks failed .* kept: seed1: too few active units in seed1$"):
        measure_each(args(weights, output), Measure("seed1"))
    assert "Traceback" in capsys.readouterr().err  # the log says where
    assert not (output / "composite.parquet").exists()
    again = Measure()
    measure_each(args(weights, output), again)
    assert again.measured == ["seed1"]
    assert list(pd.read_parquet(output / "composite.parquet")["network"].unique()) == list(LABELS)


def test_what_was_kept_is_not_used_once_something_changed(measure_each, weights, tmp_path):
    output, table = tmp_path / "parts", tmp_path / "units.parquet"
    table.write_bytes(b"before")
    with pytest.raises(RuntimeError):
        measure_each(args(weights, output, units=table, share=1.0), Measure("seed2"))
    save_ensemble(weights[0], network_of(tmp_path, 0, sigma_rec=0.1))
    retrained = Measure("seed2")
    with pytest.raises(RuntimeError):
        measure_each(args(weights, output, units=table, share=1.0), retrained)
    assert retrained.measured == ["seed0", "seed2"]
    table.write_bytes(b"after")
    measure_each(args(weights, output, units=table, share=1.0), everything := Measure())
    assert everything.measured == list(LABELS)


def test_a_network_alone_fails_with_its_own_message(measure_each, weights, tmp_path):
    with pytest.raises(ValueError, match="^too few active units in seed0$"):
        measure_each(args(weights[:1], tmp_path / "alone"), Measure("seed0"))
    assert not (tmp_path / "alone").exists()


def test_another_network_than_the_file_is_named_after_is_refused(measure_each, weights, tmp_path):
    shutil.copy(weights[1], weights[0])
    with pytest.raises(ValueError, match=f"holds network 'seed1' of '{tmp_path.name}'.*snakemake --cores 1 --force"):
        measure_each(args(weights[:1], tmp_path / "out"), Measure())
    other = tmp_path / "another"
    other.mkdir()
    shutil.copy(weights[1], other)
    with pytest.raises(ValueError, match="it was copied or renamed"):
        measure_each(args([other / weights[1].name], tmp_path / "out"), Measure())

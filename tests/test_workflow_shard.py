"""Several networks measured by one process: the same numbers, and no result lost to another network's failure."""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from analysis_networks import random_network

from replicortex.networks import Ensemble, save_ensemble
from replicortex.pipeline.each import measure_each
from replicortex.pipeline.kinds import rate_network

LABELS = ("seed0", "seed1", "seed2")


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

    def __call__(self, path: Path) -> dict[str, pd.DataFrame]:
        (label,) = rate_network(path).labels
        self.measured.append(label)
        if label in self.broken:
            raise ValueError(f"too few active units in {label}")
        values = np.random.default_rng(len(label) + int(label[-1])).normal(size=2)
        return {"composite": pd.DataFrame({"network": label, "task": ["dm1", "dm2"], "performance": values})}


def test_together_as_one_by_one(weights, tmp_path):
    together = measure_each(weights, tmp_path / ".kept", "", Measure())["composite"]
    single = [measure_each([path], tmp_path / ".alone", "", Measure())["composite"] for path in weights]
    pd.testing.assert_frame_equal(together, pd.concat(single, ignore_index=True))
    assert not (tmp_path / ".alone").exists()


def test_a_failing_network_is_named_and_the_others_are_kept(weights, tmp_path, capsys):
    home = tmp_path / ".kept"
    with pytest.raises(RuntimeError, match=r"1 of 3 networks failed .* kept: seed1: too few active units in seed1$"):
        measure_each(weights, home, "", Measure("seed1"))
    assert "Traceback" in capsys.readouterr().err  # the log says where
    again = Measure()
    found = measure_each(weights, home, "", again)
    assert again.measured == ["seed1"]
    assert list(found["composite"]["network"].unique()) == list(LABELS)


def test_what_was_kept_is_not_used_once_something_changed(weights, tmp_path):
    home = tmp_path / ".kept"
    with pytest.raises(RuntimeError):
        measure_each(weights, home, "before", Measure("seed2"))
    save_ensemble(weights[0], network_of(tmp_path, 0, sigma_rec=0.1))
    retrained = Measure("seed2")
    with pytest.raises(RuntimeError):
        measure_each(weights, home, "before", retrained)
    assert retrained.measured == ["seed0", "seed2"]
    measure_each(weights, home, "after", everything := Measure())
    assert everything.measured == list(LABELS)


def test_a_network_alone_fails_with_its_own_message(weights, tmp_path):
    with pytest.raises(ValueError, match="^too few active units in seed0$"):
        measure_each(weights[:1], tmp_path / ".kept", "", Measure("seed0"))
    assert not (tmp_path / ".kept").exists()


def test_another_network_than_the_file_is_named_after_is_refused(weights, tmp_path):
    shutil.copy(weights[1], weights[0])
    with pytest.raises(ValueError, match=f"holds network 'seed1' of '{tmp_path.name}'.*snakemake --cores 1 --force"):
        measure_each(weights[:1], tmp_path / ".kept", "", Measure())
    other = tmp_path / "another"
    other.mkdir()
    shutil.copy(weights[1], other)
    with pytest.raises(ValueError, match="it was copied or renamed"):
        measure_each([other / weights[1].name], tmp_path / ".kept", "", Measure())

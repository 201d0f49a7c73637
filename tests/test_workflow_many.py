"""Scripts that are given thousands of files."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pandas as pd
import pytest

ROOT = Path(__file__).resolve().parent.parent


def _gather(folder: Path, *arguments: str) -> pd.DataFrame:
    command = [sys.executable, str(ROOT / "workflow_scripts" / "gather.py"), *arguments]
    done = subprocess.run([*command, "--output", "all.parquet"], cwd=folder, capture_output=True, text=True)
    if done.returncode:
        raise RuntimeError(done.stderr)
    return pd.read_parquet(folder / "all.parquet")


def test_names_and_a_pattern_are_the_same_as_whole_paths(tmp_path):
    for i in range(3):
        (tmp_path / f"seed{i}+4").mkdir()
        pd.DataFrame({"network": [f"seed{i}"], "value": [i]}).to_parquet(tmp_path / f"seed{i}+4" / "table.parquet")
    names = [f"seed{i}+4" for i in (2, 0, 1)]
    whole = _gather(tmp_path, *(f"{name}/table.parquet" for name in names))
    placed = _gather(tmp_path, *names, "--in", "{}/table.parquet")
    assert whole["value"].tolist() == placed["value"].tolist() == [2, 0, 1]


def test_the_table_of_another_network_is_refused(tmp_path):
    history = pd.DataFrame({"network": ["seed0"], "trials": [0], "performance": [0.5]})
    history.to_parquet(tmp_path / "seed0.history.parquet")
    history.to_parquet(tmp_path / "seed1.history.parquet")
    assert len(_gather(tmp_path, "seed0.history.parquet")) == 1
    with pytest.raises(RuntimeError, match="seed1.history.parquet: is not the table of seed1; .* --force"):
        _gather(tmp_path, "seed0.history.parquet", "seed1.history.parquet")
    history[["network"]].to_parquet(tmp_path / "seed0.history.parquet")
    with pytest.raises(RuntimeError, match="seed0.history.parquet: is not the table of seed0"):
        _gather(tmp_path, "seed0.history.parquet")

"""Scripts that are given thousands of files."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pandas as pd

ROOT = Path(__file__).resolve().parent.parent


def _gather(folder: Path, *arguments: str) -> pd.DataFrame:
    command = [sys.executable, str(ROOT / "workflow_scripts" / "gather.py"), *arguments]
    subprocess.run([*command, "--output", "all.parquet"], cwd=folder, check=True, capture_output=True)
    return pd.read_parquet(folder / "all.parquet")


def test_names_and_a_pattern_are_the_same_as_whole_paths(tmp_path):
    for i in range(3):
        (tmp_path / f"seed{i}+4").mkdir()
        pd.DataFrame({"network": [f"seed{i}"], "value": [i]}).to_parquet(tmp_path / f"seed{i}+4" / "table.parquet")
    names = [f"seed{i}+4" for i in (2, 0, 1)]
    whole = _gather(tmp_path, *(f"{name}/table.parquet" for name in names))
    placed = _gather(tmp_path, *names, "--in", "{}/table.parquet")
    assert whole["value"].tolist() == placed["value"].tolist() == [2, 0, 1]

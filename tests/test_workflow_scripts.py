"""The scripts of the workflow: help, errors in one line, and thousands of files named by a pattern."""

from __future__ import annotations

import pandas as pd
import pytest
from workflow_checkout import ROOT, run_script

SCRIPTS = sorted(path.name for path in (ROOT / "workflow_scripts").glob("*.py"))


@pytest.mark.parametrize("script", SCRIPTS)
def test_scripts_explain_themselves(script, capsys):
    assert run_script(script, "--help") == "" and capsys.readouterr().out.startswith(f"usage: {script}")


@pytest.mark.parametrize(
    ("command", "message"),
    [
        (["train.py", "--experiment", "referenc", "--network", "seed0"], "did you mean 'reference'"),
        (["train.py", "--experiment", "reference", "--network", "seed99"], "network of reference: 'seed99'"),
        (
            ["train.py", "--experiment", "reference", "--network", "seed0", "--settings", "0"],
            "edited after this run",
        ),
        (
            ["measure.py", "yang2019/variance", "none.safetensors", "--output", "."],
            "none.safetensors: no such weight file",
        ),
        (["measure.py", "yang2019/ftv", "--tables", "Snakefile", "--output", "."], "table for ftv: "),
        (["measure.py", "yang2019/lesion", "--output", "."], "did you mean 'lesions'"),
        (
            ["figure.py", "figS_schedules", *("--population", "one", "a.parquet") * 2, "--output", "a.pdf"],
            "--population: 'one' is given twice",
        ),
        (
            ["measure.py", "yang2019/members", "--experiment", "reference", "--settings", "0", "--output", "."],
            "edited after this run",
        ),
    ],
)
def test_scripts_tell_what_is_wrong_in_one_line(command, message, monkeypatch):
    monkeypatch.chdir(ROOT)
    (line,) = run_script(*command).splitlines()
    assert line.startswith(f"{command[0]}: ") and message in line


def _gather(*arguments: str) -> pd.DataFrame:
    if told := run_script("gather.py", *arguments, "--output", "all.parquet"):
        raise RuntimeError(told)
    return pd.read_parquet("all.parquet")


def test_names_and_a_pattern_are_the_same_as_whole_paths(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for i in range(3):
        (tmp_path / f"seed{i}+4").mkdir()
        pd.DataFrame({"network": [f"seed{i}"], "value": [i]}).to_parquet(tmp_path / f"seed{i}+4" / "table.parquet")
    names = [f"seed{i}+4" for i in (2, 0, 1)]
    whole = _gather(*(f"{name}/table.parquet" for name in names))
    placed = _gather(*names, "--in", "{}/table.parquet")
    assert whole["value"].tolist() == placed["value"].tolist() == [2, 0, 1]


def test_the_table_of_another_network_is_refused(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    history = pd.DataFrame({"network": ["seed0"], "trials": [0], "performance": [0.5]})
    history.to_parquet(tmp_path / "seed0.history.parquet")
    history.to_parquet(tmp_path / "seed1.history.parquet")
    assert len(_gather("seed0.history.parquet")) == 1
    with pytest.raises(RuntimeError, match="seed1.history.parquet: is not the table of seed1; .* --force"):
        _gather("seed0.history.parquet", "seed1.history.parquet")
    history[["network"]].to_parquet(tmp_path / "seed0.history.parquet")
    with pytest.raises(RuntimeError, match="seed0.history.parquet: is not the table of seed0"):
        _gather("seed0.history.parquet")

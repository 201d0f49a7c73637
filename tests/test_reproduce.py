"""Two runs compared: the same bits are told from others, and what may differ from what may not."""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path

import pandas as pd
import pytest
from analysis_networks import random_network

from replicortex import networks
from replicortex.reproduce import BUT_TIMES, MISSING, OTHER, SAME, WITHIN, compare, differences, main
from replicortex.tables import read_table, write_table

CONFIG = "schedules: {paper: {}}\nexperiments: {reference: {}}\n"
FOLDERS = (Path("results/laptop"), Path("figures"))
WEIGHTS = Path("results/laptop/networks/reference/seed0.safetensors")
UNITS = Path("results/laptop/tables/reference/units.parquet")
HISTORY = UNITS.with_name("history.parquet")
CARD = Path("results/laptop/scorecard/scorecard.csv")
FIGURE = Path("figures/fig1.pdf")


def _network(root: Path, seed: int = 0, **told: object) -> None:
    metadata = {"experiment": "reference", "label": "seed0", "path": "torch", "versions": {"processor": "one"}, **told}
    net = replace(random_network(4, seed), metadata=metadata)
    (root / WEIGHTS).parent.mkdir(parents=True, exist_ok=True)
    networks.save_ensemble(root / WEIGHTS, net)


@pytest.fixture
def runs(tmp_path) -> tuple[Path, Path]:
    first, second = tmp_path / "first", tmp_path / "second"
    _network(first, wall_s=1.0)
    for path in (UNITS, CARD, FIGURE):
        (first / path).parent.mkdir(parents=True, exist_ok=True)
    (first / "config.yaml").write_text(CONFIG)
    write_table(pd.DataFrame({"network": ["seed0"] * 2, "unit": [0, 1], "variance": [0.5, 0.25]}), first / UNITS)
    write_table(pd.DataFrame({"network": ["seed0"], "performance": [0.5], "wall_s": [3.0]}), first / HISTORY)
    pd.DataFrame({"id": ["1a", "1b"], "value": [1.0, None], "low": [0.5, None], "high": [1.5, None]}).to_csv(
        first / CARD
    )
    (first / FIGURE).write_bytes(b"%PDF")
    (first / "results/laptop/logs").mkdir()
    (first / "results/laptop/logs/a.csv").write_text("a log")
    shutil.copytree(first, second)
    return first, second


def verdicts(first: Path, second: Path) -> dict[Path, str]:
    return {row.path: row.verdict for row in compare(first, second, FOLDERS)}


def test_equal_runs(runs, capsys):
    assert verdicts(*runs) == dict.fromkeys((WEIGHTS, UNITS, HISTORY, CARD, FIGURE), SAME)
    assert main([*map(str, runs)]) == 0
    said = capsys.readouterr().out
    assert "| weights | 1 | 1 | 0 | 0 | 0 | 0 |" in said and said.endswith("Reproduced.\n")


def test_times_may_differ(runs):
    first, second = runs
    _network(second, wall_s=2.0)
    write_table(read_table(second / HISTORY).assign(wall_s=4.0), second / HISTORY)
    found = verdicts(first, second)
    assert found[WEIGHTS] == found[HISTORY] == BUT_TIMES and found[UNITS] == SAME
    assert main([*map(str, runs)]) == 0


@pytest.mark.parametrize(
    ("path", "expected"),
    [(WEIGHTS, "by "), (UNITS, "variance by 1e-09"), (FIGURE, "other bytes"), (HISTORY, "performance")],
)
def test_any_other_bit_may_not(runs, capsys, path, expected):
    first, second = runs
    if path == WEIGHTS:
        _network(second, seed=1)
    elif path == FIGURE:
        (second / path).write_bytes(b"%PDF ")
    else:
        table = read_table(second / path)
        column = table.columns[-1] if path == UNITS else "performance"
        table[column] += 1e-9
        write_table(table, second / path)
    assert verdicts(first, second)[path] == OTHER
    assert main([*map(str, runs)]) == 1
    said = capsys.readouterr().out
    assert f"{path}: " in said and expected in said and "Not reproduced." in said


def test_a_file_that_the_first_has_not(runs):
    first, second = runs
    (first / FIGURE).unlink()
    assert verdicts(first, second)[FIGURE] == MISSING
    assert main([*map(str, runs)]) == 1


@pytest.mark.parametrize(("low", "held"), [(0.9, True), (1.6, False)])
def test_on_another_processor_the_intervals_count(runs, low, held):
    first, second = runs
    _network(second, seed=1, versions={"processor": "another"})
    assert differences(*runs, FOLDERS) == ["versions of the trainings"]
    card = pd.read_csv(second / CARD, index_col=0)
    card.loc[0, ["value", "low", "high"]] = (2.0, low, 2.5)
    card.to_csv(second / CARD)
    found = verdicts(first, second)
    assert found[WEIGHTS] == OTHER and found[CARD] == (WITHIN if held else OTHER)
    assert main([*map(str, runs)]) == (0 if held else 1)


def test_nothing_to_compare_is_no_success(tmp_path, capsys):
    (tmp_path / "config.yaml").write_text(CONFIG)
    assert main([str(tmp_path), str(tmp_path)]) == 1
    assert main([str(tmp_path / "nowhere"), str(tmp_path)]) == 1
    assert "nowhere" in capsys.readouterr().err

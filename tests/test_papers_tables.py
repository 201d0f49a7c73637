"""The tables that papers declare: what is written, read, shipped and made up for tests agrees with them."""

from argparse import Namespace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from fakes import FORCE, YANG, fake
from pyarrow import parquet

import replicortex as rx
from replicortex.pipeline import WEIGHTS, Table, papers, steps
from replicortex.pipeline.paper import COLUMN_TYPES, EXPERIMENT, PER_TABLE, RECORDINGS, RUNS
from replicortex.pipeline.tables import check, check_read, check_tables, table

OTHERWISE = (RUNS, EXPERIMENT, RECORDINGS)
PAPERS = papers()
SHIPPED = sorted((Path(__file__).parents[1] / "pretrained").glob("*/*/tables/*.parquet"))
EACH = [pytest.param(each, id=f"{paper.name}-{each.name}") for paper in PAPERS.values() for each in paper.tables]
LESIONS = table("lesions", "network:text cluster:int loss:float active:bool", "")


@pytest.mark.parametrize("each", EACH)
def test_every_table_is_declared_in_full(each: Table) -> None:
    assert each.columns and set(each.columns.values()) <= set(COLUMN_TYPES)
    assert each.about.endswith(".") and each.per in PER_TABLE
    assert "network" in each.columns or each.per in ("experiment", "study")
    check(fake(each), each)


@pytest.mark.parametrize("paper", PAPERS.values(), ids=PAPERS)
def test_what_a_paper_reads_and_makes_is_declared(paper) -> None:
    names = [each.name for each in paper.tables]
    assert len(set(names)) == len(names)
    for step in paper.steps:
        assert set(step.makes) <= set(names) and set(step.reads) <= {WEIGHTS, *OTHERWISE, *names}, step.name
    for figure in paper.figures:
        for tables in figure.every.values():
            assert set(tables) <= set(names), figure.name


def test_claims_ask_for_declared_tables() -> None:
    declared = {name: {each.name for each in paper.tables} for name, paper in PAPERS.items()}
    for claim in rx.scorecard.CLAIMS:
        assert {name for _, name in map(claim.table, claim.reads())} <= declared[claim.paper], claim.id


def test_shipped_tables_agree_with_their_declarations() -> None:
    study, seen = rx.load_config(Path(__file__).parents[1] / "config.yaml"), set()
    for path in SHIPPED:
        seen.add(paper := study[path.parent.parent.name].paper)
        rows = parquet.read_table(path).slice(0, 100)  # of a table about tasks that an experiment lacks, none
        check_tables({path.stem: rows.to_pandas()}, PAPERS[paper])
    assert seen >= {"yang2019", "primer"}


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"cluster": None}, "table 'lesions' lacks a column: 'cluster' is not one of network, clutser, "),
        ({"clutser": 1}, "table 'lesions': unexpected column 'clutser' is not one of .*; did you mean 'cluster'"),
        ({"cluster": "first"}, "table 'lesions': column 'cluster' holds text, not int"),
        ({"cluster": 0.5}, "table 'lesions': column 'cluster' holds float, not int"),
        ({"active": 1}, "table 'lesions': column 'active' holds int, not bool"),
        ({"network": 1.0}, "table 'lesions': column 'network' holds float, not text"),
        ({"loss": pd.Timestamp(0)}, "table 'lesions': column 'loss' holds datetime.*, not float"),
    ],
)
def test_what_is_wrong_with_a_table_is_named(changed: dict, message: str) -> None:
    made = fake(LESIONS).assign(**changed)
    if changed == {"cluster": None}:
        made = fake(LESIONS).rename(columns={"cluster": "clutser"})
    with pytest.raises(ValueError, match=message):
        check(made, LESIONS)


def test_what_a_table_may_differ_in() -> None:
    made = fake(LESIONS)
    for right in (
        made[made.columns[::-1]],
        made.astype({"network": "category", "loss": int, "cluster": "int16"}),
        made.astype({"network": object, "loss": "float32"}),
        made.assign(cluster=np.nan),  # nothing measured
        pd.DataFrame(columns=list(LESIONS.columns)),
    ):
        check(right, LESIONS)
    open_table = table("members", "network:text seed:int", "", open=True)
    check(fake(open_table, **{"training.loss": ["l1", "l2"]}), open_table)
    with pytest.raises(ValueError, match="table 'members' lacks a column: 'seed'"):
        check(fake(open_table).drop(columns="seed"), open_table)


def test_a_table_is_checked_for_the_paper_that_makes_or_reads_it() -> None:
    lesions = fake(YANG["lesions"])
    check_tables({"lesions": lesions}, PAPERS["yang2019"])
    with pytest.raises(ValueError, match="table 'lesions' lacks a column: 'kind'"):
        check_tables({"lesions": lesions}, PAPERS["nicola2017"])
    with pytest.raises(ValueError, match="table of the paper 'primer': 'lesion' is not one of history, "):
        check_tables({"lesion": lesions}, PAPERS["primer"])
    check_read(lesions.assign(more=1), "lesions", "yang2019")
    with pytest.raises(ValueError, match="^fig2: table 'lesions' lacks a column: 'task'"):
        check_read(lesions.drop(columns="task"), "lesions", "yang2019", "fig2: ")
    check_read(lesions, "lesions", "primer")  # which has no table of that name


def test_a_declaration_with_a_wrong_type_is_refused() -> None:
    with pytest.raises(ValueError, match="table 'units': type of column 'active': 'boolean' is not one of"):
        table("units", "network:text active:boolean", "")


def test_a_step_that_makes_another_column_fails_before_anything_is_written(monkeypatch, tmp_path: Path) -> None:
    made = {"fi_curves": fake(FORCE["fi_curves"]).rename(columns={"rate_hz": "rate"})}
    monkeypatch.setattr(steps, "function_named", lambda path: lambda: made)
    asked = Namespace(step="nicola2017/force_teaching", kind=None, option=[], tables=[], networks=[], output=tmp_path)
    with pytest.raises(ValueError, match="^table 'fi_curves' lacks a column: 'rate_hz' .*did you mean 'rate'"):
        steps.measure(asked)
    assert not list(tmp_path.iterdir())

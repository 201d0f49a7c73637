"""Declaring tables in few words, and checking those that are written and read against what was declared."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import TYPE_CHECKING

from replicortex.errors import choose, not_one_of
from replicortex.pipeline.discovery import papers
from replicortex.pipeline.paper import COLUMN_TYPES, Paper, Table

if TYPE_CHECKING:
    import pandas as pd

_TYPES = {"O": "text", "U": "text", "b": "bool", "i": "int", "u": "int", "f": "float"}  # by kind of a dtype


def check(frame: pd.DataFrame, table: Table) -> None:
    """Make sure that a table has the columns that were declared, and no others unless it is open.

    Their order is free. Whole numbers are right where a float is declared, a column without any value is right
    everywhere, and so is a table without rows whose columns have the right names.

    Raises
    ------
    ValueError
        A column is missing, unexpected, or of another type; the message names table and column.
    """
    check_columns(frame, table)
    for column in frame.columns:
        if column not in table.columns:
            if not table.open:
                raise ValueError(f"table {table.name!r}: unexpected column {not_one_of(column, table.columns)}")
        elif (wanted := table.columns[column]) != (found := _type(frame[column])):
            fits = (wanted, found) == ("float", "int") or frame[column].isna().all()
            if not fits:
                raise ValueError(f"table {table.name!r}: column {column!r} holds {found}, not {wanted}")


def check_columns(frame: pd.DataFrame, table: Table, where: str = "") -> None:
    """Make sure that a table that is read has all columns that were declared; it may have others.

    Parameters
    ----------
    frame, table
        The table, and what was declared of it.
    where
        What the message begins with, such as the figure.

    Raises
    ------
    ValueError
        A column is missing; the message names table and column.
    """
    for column in table.columns:
        if column not in frame.columns:
            raise ValueError(f"{where}table {table.name!r} lacks a column: {not_one_of(column, frame.columns)}")


def check_tables(tables: Mapping[str, pd.DataFrame], paper: Paper) -> None:
    """`check` for all tables of a step.

    Raises
    ------
    ValueError
        As `check`, or the paper declares no table of this name.
    """
    declared = {table.name: table for table in paper.tables}
    for name, frame in tables.items():
        check(frame, declared[choose(name, declared, f"table of the paper {paper.name!r}")])


def check_read(frame: pd.DataFrame, name: str, paper: str, where: str = "") -> None:
    """`check_columns` by the names of a table and of a paper; a table that it does not declare passes."""
    table = _declared(paper).get(name)
    if table is not None:
        check_columns(frame, table, where)


def per_of(name: str, paper: str) -> str:
    """What a table is about, see `Table`; each network where the paper does not declare it."""
    table = _declared(paper).get(name)
    return "network" if table is None else table.per


@cache
def _declared(paper: str) -> dict[str, Table]:
    found = papers().get(paper)
    return {} if found is None else {table.name: table for table in found.tables}


def table(name: str, columns: str, about: str, per: str = "network", *, open: bool = False) -> Table:
    """A table whose columns are one text, such as "network:text unit:int variance:float".

    Raises
    ------
    ValueError
        A column of an unknown type.
    """
    return Table(name, _columns(name, columns), per, about, open)


def _columns(name: str, text: str) -> dict[str, str]:
    pairs = dict(each.split(":") for each in text.split())
    for column, kind in pairs.items():
        choose(kind, COLUMN_TYPES, f"table {name!r}: type of column {column!r}")
    return pairs


# What claims come to, the same for every paper.
SCORECARD = table(
    "scorecard", "id:text panel:text statement:text statistic:text value:float low:float high:float n:int n_of:text "
    "threshold:text threshold_low:float threshold_high:float threshold_by:text verdict:text reason:text detail:text "
    "quantity:text experiment:text scale:text by_construction:bool revises:text written:text distance:float "
    "in_intervals:float n_needed:float published:float reproduced:text",
    "A claim, its estimate and its verdict.", per="study",
)  # fmt: skip
VALUES = table(
    "values", "id:text part:text statistic:text bound_low:float bound_high:float group:int network:text value:float",
    "The number of a network that a claim's estimate is made of.", per="study",
)  # fmt: skip
SAMPLE_SIZE = Table(
    "sample_size",
    _columns("sample_size", "id:text experiment:text quantity:text n:int n_parts:int value_low:float value_high:float "
             "width:float width_low:float width_high:float")
    | dict.fromkeys(("replicated", "not replicated", "inconclusive"), "float")
    | _columns("sample_size", "whole_n:int whole_verdict:text scale:text"),
    "study",
    "Estimates and verdicts of a claim on groups of n of its networks.",
)  # fmt: skip
RECIPES = table(
    "recipes", "id:text panel:text quantity:text recipe:text value:float low:float high:float n:int n_of:text "
    "threshold:text verdict:text reason:text distance:float scale:text", "A claim on networks of one recipe.",
    per="study",
)  # fmt: skip
RECIPE_SHARES = table(
    "recipe_shares", "id:text factor:text n:int levels:int share:float",
    "Share of the variance of a claim's number over networks of all recipes that a setting explains.", per="study",
)  # fmt: skip

# Tables that papers share because one function makes them.
MEMBERS = table("members", "network:text seed:int", "A network, its seed, and its values of the settings that differ.",
                open=True)  # fmt: skip
# What `replicortex.primer.measure.registry:measure` makes for small networks of any paper.
OF_TRAINING = (
    table("history", "network:text updates:int trials:int task:text loss:float regulariser:float performance:float",
          "Loss and performance at an evaluation during training."),
    MEMBERS,
    table("curve", "network:text update:int task_loss:float rate_cost:float weight_cost:float wiring_cost:float "
          "accuracy:float", "Parts of the loss, and accuracy, at an update."),
)  # fmt: skip
_PLACE = "network:text task:text direction:float"
SLOW_POINTS = (
    table("slow_points", f"{_PLACE} kind:text point:int speed:float n_unstable:int tau_1_ms:float tau_2_ms:float "
          "x:float y:float position:float answer:float undecided:bool pushed_relevant:float pushed_irrelevant:float",
          "A point under a held input where the state moves slowly or not at all."),
    table("slow_modes", f"{_PLACE} point:int mode:int real:float imag:float time_constant_ms:float",
          "An eigenvalue of the dynamics around a slow point."),
    table("slow_line", f"{_PLACE} n_slow:int n_fixed:int n_undecided:int share_1:float share_2:float order:float "
          "tau_all_1_ms:float tau_all_2_ms:float tau_1_ms:float tau_2_ms:float mode_along:float relevant:float "
          "irrelevant:float", "How near the slow points of a task are to a line attractor."),
    table("slow_paths", f"{_PLACE} coherence:float time_ms:float x:float y:float",
          "A visited state at a time of a trial with one coherence."),
)  # fmt: skip


def _type(column: pd.Series) -> str:
    values = getattr(column.dtype, "categories", column)  # a categorical column's type is that of its categories
    return _TYPES.get(values.dtype.kind, str(values.dtype))

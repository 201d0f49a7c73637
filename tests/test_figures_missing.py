"""Figures of which a table, a column, a network or an experiment is missing: an error with its name, or a gap."""

from __future__ import annotations

import re

import numpy as np
import pytest
from fake_figures import LETTERS, READ, SEVERAL, setting_of, tables_of, texts_of
from fakes import PRIMER, YANG

from replicortex.figures import FIGURES, draw
from replicortex.figures.tables import MAY_BE_EMPTY
from replicortex.tables import SOME_ONLY


def _of(tables: dict, experiment: str) -> dict:
    """The tables of an experiment, or the tables themselves."""
    return tables.get(experiment, tables)


@pytest.mark.parametrize(("name", "experiment", "table"), READ)
def test_missing_table_or_column_is_named(name: str, experiment: str, table: str) -> None:
    tables = tables_of(name)
    whole = _of(tables, experiment).pop(table)
    with pytest.raises(ValueError, match=rf"{name}.*table '{table}' is missing"):
        draw(name, tables, setting_of(name))
    column = list((PRIMER if name.startswith("primer") else YANG | PRIMER)[table].columns)[-1]
    _of(tables, experiment)[table] = whole.drop(columns=column)
    with pytest.raises(ValueError, match=rf"{name}.*table '{table}' lacks a column: '{column}'"):
        draw(name, tables, setting_of(name))


@pytest.mark.parametrize(("name", "experiment", "table"), READ)
def test_no_network_is_dropped_silently(name: str, experiment: str, table: str) -> None:
    tables = tables_of(name)
    whole = _of(tables, experiment)[table]
    if table in MAY_BE_EMPTY:
        return  # see test_figures_circuit
    if table == "history" or "network" not in whole.columns:
        _of(tables, experiment)[table] = whole[:0]
        with pytest.raises(ValueError, match=rf"{name}.*table '{table}' has no rows"):
            draw(name, tables, setting_of(name))
        return
    if table in SOME_ONLY:
        _of(tables, experiment)[table] = whole[:0]
        with pytest.raises(ValueError, match=f"table '{table}' has no rows"):
            draw(name, tables, setting_of(name))
        return
    lost = whole["network"].iloc[-1]
    _of(tables, experiment)[table] = whole[whole["network"] != lost]
    with pytest.raises(ValueError, match=rf"{name}.*table '{table}' has no rows for {re.escape(lost)}, "):
        draw(name, tables, setting_of(name))


def test_network_unknown_to_the_history_is_an_error() -> None:
    tables = tables_of("figS4")
    tables["history"] = tables["history"].query("network != 'seed2'")
    with pytest.raises(
        ValueError, match="'members' holds seed2, unknown to the learning history; known are seed0, seed1"
    ):
        draw("figS4", tables, setting_of("figS4"))


def test_misspelt_names_get_a_hint() -> None:
    with pytest.raises(ValueError, match="figure: 'figs2' is not one of .* did you mean 'figS2'"):
        draw("figs2", {}, setting_of("figS2"))
    tables = tables_of("figS4")
    tables["agreement"] = tables["agreement"].rename(columns={"adjusted_rand": "adjusted_rnad"})
    with pytest.raises(ValueError, match="did you mean 'adjusted_rnad'"):
        draw("figS4", tables, setting_of("figS4"))


def test_sample_trials_of_every_task_are_needed() -> None:
    tables = tables_of("figS1")
    tables["sample_trials"] = tables["sample_trials"].query("task != 'dmcgo'")
    with pytest.raises(ValueError, match="figS1: table 'sample_trials' has no trial of task 'dmcgo'"):
        draw("figS1", tables, setting_of("figS1"))


def test_failed_fits_and_undecided_conditions_are_drawn_as_gaps() -> None:
    """An untrained network chooses nothing; its figures must still come out."""
    for name in ("fig1", "figS2"):
        tables = tables_of(name)
        for table in set(tables) & {"psychometric", "chronometric", "memory"}:
            tables[table] = tables[table].assign(n_choice1=0, n_choice2=0, n_undecided=12)
        for table, columns in (
            ("psychometric_fit", ["mu", "sigma"]),
            ("threshold", ["threshold", "exponent"]),
        ):
            if table in tables:
                tables[table] = tables[table].assign(**dict.fromkeys(columns, np.nan))
        figure = draw(name, tables, setting_of(name))
        figure.draw_without_rendering()
        assert "".join(sorted(texts_of(figure, "letter"))) == LETTERS[name]


def test_a_network_that_stopped_early_keeps_its_last_value() -> None:
    tables = tables_of("fig1")
    history = tables["history"]
    limit = history["trials"].max() / 2
    tables["history"] = history[(history["network"] != "seed1") | (history["trials"] <= limit)]
    figure = draw("fig1", tables, setting_of("fig1"))
    assert "to 1.25 million trials each" in texts_of(figure, "footer")[0]


@pytest.mark.parametrize("name", SEVERAL)
def test_every_experiment_is_needed(name: str) -> None:
    tables = tables_of(name)
    lost = list(FIGURES[name].tables)[-1]
    tables["another"] = tables.pop(lost)
    with pytest.raises(ValueError, match=rf"{name}: experiment '{lost}' is missing; it got .*'another'"):
        draw(name, tables, setting_of(name))

"""Figures of which a table, a column, a network or an experiment is missing: an error with its name, or a gap."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pytest
from fake_figures import LETTERS, SEVERAL, SPIKING, setting_of, tables_of, texts_of

from replicortex.figures import FIGURES, draw
from replicortex.pipeline import Table, papers
from replicortex.pipeline.paper import ROSTERS


def cases(name: str) -> Iterator[tuple[dict, str, dict, str]]:
    """All tables of a figure, an experiment, its tables, and one of these, for every table of its first experiments."""
    entry, whole = FIGURES[name], tables_of(name)
    for experiment in list(entry.every)[:6]:
        for table in entry.every[experiment]:
            given = {key: dict(each) for key, each in whole.items()} if entry.several else dict(whole)
            yield given, experiment, given[experiment] if entry.several else given, table


def declared(name: str) -> dict[str, Table]:
    """The tables of the figure's paper."""
    return {table.name: table for table in papers()[FIGURES[name].function.split(".")[2]].tables}


def refusal(name: str, tables: dict) -> str:
    """Why it is not drawn."""
    with pytest.raises(ValueError) as caught:
        draw(name, tables, setting_of(name))
    return str(caught.value)


@pytest.mark.parametrize("name", FIGURES)
def test_a_missing_table_or_column_is_named(name: str) -> None:
    known = declared(name)
    for given, experiment, own, table in cases(name):
        where = f"{name}, {experiment}" if FIGURES[name].several else name
        whole = own.pop(table)
        assert refusal(name, given).startswith(f"{where}: table '{table}' is missing")
        column = list(known[table].columns)[-1]
        own[table] = whole.drop(columns=column)
        assert refusal(name, given).startswith(f"{where}: table '{table}' lacks a column: '{column}'")


@pytest.mark.parametrize("name", [name for name in FIGURES if FIGURES[name].populations])
def test_no_network_is_dropped_silently(name: str) -> None:
    for given, _, own, table in cases(name):
        whole, per = own[table], declared(name)[table].per
        if per == "study" or (name in SPIKING and per == "experiment"):
            continue  # see test_figures_circuit and test_figures_force
        if table in ROSTERS or per == "experiment" or "network" not in whole.columns:
            own[table] = whole[:0]
            assert f"table '{table}' has no rows" in refusal(name, given)
        else:
            lost = whole["network"].iloc[0]
            own[table] = whole[whole["network"] != lost]
            assert f"table '{table}' has no rows for {lost}, " in refusal(name, given)


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


def test_experiments_that_a_figure_does_not_show_are_refused() -> None:
    known = "fig4_song, fig5_movie"
    told = refusal("force_lesions", {"fig4_sing": {}})
    assert told == f"force_lesions: experiment: 'fig4_sing' is not one of {known}; did you mean 'fig4_song'?"
    assert refusal("force_lesions", {}) == f"force_lesions: no tables; it shows {known}"


@pytest.mark.parametrize("name", SEVERAL)
def test_every_experiment_is_needed(name: str) -> None:
    tables = tables_of(name)
    lost = list(FIGURES[name].shows)[-1]
    tables["another"] = tables.pop(lost)
    with pytest.raises(ValueError, match=rf"{name}: experiment '{lost}' is missing; it got .*'another'"):
        draw(name, tables, setting_of(name))

"""The figure of the primer's grid follows the grid that is configured."""

from __future__ import annotations

import pandas as pd
import pytest
from fake_primer import make_tables
from matplotlib.figure import Figure
from matplotlib.text import Text

from replicortex.figures import FIGURES, Setting, draw

AXES = ("network.activation", "training.optimiser", "training.loss")


@pytest.fixture
def tables() -> dict[str, pd.DataFrame]:
    made = make_tables("primer_grid")
    return {name: made[name] for name in FIGURES["primer_grid"].shows["primer_grid"]}


def _drawn(tables: dict[str, pd.DataFrame]) -> tuple[Figure, set[str]]:
    figure = draw("primer_grid", tables, Setting("laptop", "primer_grid", "fast", 64, ""))
    figure.canvas.draw()
    return figure, {text.get_text() for text in figure.findobj(Text) if text.get_visible()}


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("kept", AXES)
def test_a_grid_cut_to_one_setting_is_drawn(tables: dict[str, pd.DataFrame], kept: str) -> None:
    others = [path for path in AXES if path != kept]
    members = tables["members"]
    members = members[(members[others] == members[others].iloc[0]).all(axis=1)].drop(columns=others)
    shown = tables["state_space"]["network"].unique()
    left = dict(zip(shown, members["network"], strict=False))
    cut = {name: t[t["network"].isin(members["network"])] for name, t in tables.items() if "network" in t}
    spaces = tables["state_space"].assign(network=tables["state_space"]["network"].map(left))
    _, texts = _drawn({**tables, **cut, "members": members, "state_space": spaces})
    assert any(text.startswith("3 ways to train") for text in texts)
    assert any(f"n = {len(members)} networks" in text for text in texts)


@pytest.mark.filterwarnings("error")
def test_values_that_nobody_foresaw_get_a_column_a_row_and_a_colour(tables: dict[str, pd.DataFrame]) -> None:
    new = {"relu": "power"}, {"sgd": "adamw"}, {"l2": "hinge"}
    members = tables["members"].assign(
        **{path: tables["members"][path].replace(names) for path, names in zip(AXES, new, strict=True)}
    )
    figure, texts = _drawn({**tables, "members": members})
    assert {ax.get_title() for ax in figure.axes} >= {"power", "sigmoid", "softplus"}
    assert {ax.get_ylabel() for ax in figure.axes} >= {"Adam", "RMSprop", "adamw"}
    assert {"cross-entropy", "L1", "hinge"} <= texts

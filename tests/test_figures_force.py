"""Figures of spiking networks: gaps and stopped networks are told, and panels show what the tables hold."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from fake_figures import FORCE, setting_of, tables_of, texts_of
from fake_force import STUDY, make_force

from replicortex.figures import FIGURES, Setting, draw
from replicortex.papers.nicola2017.figures import PANEL
from replicortex.papers.nicola2017.figures.classes import boundary
from replicortex.papers.nicola2017.figures.song import peak_order

SHOWN = [name for name in FIGURES if name in FORCE and FIGURES[name].populations]


def of_one(name: str, experiment: str, tables: dict, scale: str = "laptop"):
    """The figure with networks of one of its experiments alone."""
    setting = Setting(scale, experiment, "", 64)
    return draw(name, {experiment: tables} if FIGURES[name].several else tables, setting)


def test_the_panel_of_oscillators_shows_every_experiment_once() -> None:
    cells = [name for column in PANEL.values() for name in column.values()]
    assert len(cells) == len(set(cells)) == 34 and set(cells) <= set(STUDY.of_kind("spiking"))


@pytest.mark.long
@pytest.mark.parametrize("name", [name for name in SHOWN if FIGURES[name].several])
def test_networks_of_one_experiment_are_enough(name: str) -> None:
    """Scale smoke has few; what there is not is told."""
    experiment = next(iter(FIGURES[name].every))
    tables = tables_of(name, networks=("seed0",))[experiment]
    figure = of_one(name, experiment, tables, "smoke")
    figure.draw_without_rendering()
    assert f"{experiment}  |  n = 1 network (seed" in texts_of(figure, "footer")[0]
    assert name == "force_sizes" or any("at this scale" in text for text in texts_of(figure))


@pytest.mark.long
@pytest.mark.parametrize("name", SHOWN)
def test_stopped_networks_are_named_and_do_not_break_a_figure(name: str) -> None:
    shown = tables_of(name)
    first = shown[next(iter(FIGURES[name].every))] if FIGURES[name].several else shown
    numbers = ["rmse", "nrmse", "aligned_nrmse", "drift_ms_per_s", "correlation", "rate_after_hz"]
    status = "stopped at 6.2 s of simulated time: neurons fired at 900 Hz"
    first["summary"] = first["summary"].assign(status=status, **dict.fromkeys(numbers, np.nan))
    figure = draw(name, shown, setting_of(name))
    figure.draw_without_rendering()
    assert "stopped by the watchdog" in texts_of(figure, "footer")[0]


def test_the_plane_shows_medians_over_seeds() -> None:
    tables = dict(make_force("gq_lif"))
    members, summary = tables["members"], tables["summary"].copy()
    place = (members["gain"] == 0.04) & (members["feedback"] == 20)
    summary.loc[place.to_numpy(), "aligned_nrmse"] = [0.25, 0.5, 0.45, 0.55, 0.75]
    summary["status"] = "ok"
    summary.loc[((members["gain"] == 0.32) & (members["feedback"] == 80)).to_numpy(), "status"] = "stopped"
    tables["summary"] = summary
    figure = of_one("force_gq", "gq_lif", tables)
    image = np.asarray(figure.axes[0].get_images()[0].get_array().filled(np.nan))
    assert image[2, 3] == pytest.approx(0.5)
    assert np.isnan(image[5, 5]) and np.isfinite(image).sum() == 35
    assert "×" in texts_of(figure)


def test_neurons_are_ordered_by_the_time_of_their_highest_rate() -> None:
    rng = np.random.default_rng(0)
    times = {cell: np.concatenate([rng.normal(peak, 0.05, 30), rng.uniform(0, 10, 5)])
             for cell, peak in ((0, 8.0), (3, 2.0), (5, 5.0))}  # fmt: skip
    table = pd.concat([pd.DataFrame({"cell": cell, "time_s": each}) for cell, each in times.items()])
    assert peak_order(table) == [3, 5, 0]
    assert peak_order(table[:0]) == []


def test_points_far_from_the_boundary_and_networks_that_ran_away_are_told() -> None:
    assert boundary("supp_class_lin")[100].tolist() == pytest.approx([100 / 399, 100 / 399])
    assert boundary("supp_class_nonlin")[:, 1].max() == pytest.approx(1, abs=1e-4)
    tables = dict(make_force("fig4_song"))
    lesions = tables["lesions"].copy()
    lost = (lesions["kind"] == "excitation") & (lesions["level"] == 1.2) & lesions["network"].isin(["seed0", "seed3"])
    lesions.loc[lost, ["correlation", "demeaned", "nrmse"]] = np.nan
    figure = of_one("force_lesions", "fig4_song", tables | {"lesions": lesions})
    assert "2/5" in texts_of(figure)

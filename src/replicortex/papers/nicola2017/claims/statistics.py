"""The statistics that test what Nicola & Clopath 2017 say of spiking networks trained by FORCE.

A network that the watchdog stopped has not learnt: it counts with nothing explained.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pandas as pd

from replicortex.report.claims import NotTestable, Statistic, Tables
from replicortex.report.intervals import (
    Estimate,
    difference_of_groups,
    exact,
    median_over_networks,
    over_groups,
    weakest,
)
from replicortex.report.tables import require

MANY = 1e3  # error of a network that was stopped, in s.d. of the target
CRITERION = 0.1  # error in s.d. of the target, 1 % of its variance, at which notes count as learnt
MELODY = 4.0  # s over which that error is taken
# Hz after learning a sine, in one run of each of the authors' programs (ModelDB 190565) under Octave
AUTHORS_RATES = {"fig2_lif_sine": 22.56, "fig2_iz_sine": 37.86}
RATE_MARGIN = 0.1


def explained(summary: pd.DataFrame) -> pd.Series:
    """1 - (error with the best lag in each window / s.d. of the target)^2 of each network, 0 at least."""
    values = (1 - summary.set_index("network")["aligned_nrmse"] ** 2).clip(lower=0)
    return values.where(summary.set_index("network")["status"] == "ok", 0.0).fillna(0.0)


def learns(*experiments: str) -> Statistic:
    """Variance of the target explained after learning, median over networks, of the target learnt worst."""

    def statistic(tables: Tables, rng: np.random.Generator) -> Estimate:
        summaries = {name: tables[f"{name}/summary"] for name in experiments}
        parts = {name: median_over_networks(explained(each), (0, 1)) for name, each in summaries.items()}
        chance = min(float(each["aligned_chance"].median()) for each in summaries.values())
        return weakest(parts, f"unrelated noise at most {max(0.0, 1 - chance**2):.2g}")

    return statistic


def follows_formula(tables: Tables, rng: np.random.Generator) -> Estimate:
    """Largest distance of a rate under constant current from its formula, over currents and neurons, in Hz."""
    curves = tables["teaching/fi_curves"].dropna(subset="formula_hz")
    gaps = (curves["rate_hz"] - curves["formula_hz"]).abs().groupby(curves["neuron"]).max()
    if gaps.empty:
        raise NotTestable("no neuron with a formula was measured")
    each = ", ".join(f"{name} {gap:.2g}" for name, gap in gaps.items())
    return exact(float(gaps.max()), len(curves), "currents", each)


def authors_rates(tables: Tables, rng: np.random.Generator) -> Estimate:
    """0.1 less the share by which the mean rate after learning differs from that of the authors' program, median over
    networks, of the neuron that differs more; a network that was stopped differs by all."""
    parts, told = {}, []
    for name, rate in AUTHORS_RATES.items():
        summary = tables[f"{name}/summary"].set_index("network")
        apart = (summary["rate_after_hz"] / rate - 1).abs().where(summary["status"] == "ok", 1.0).fillna(1.0)
        parts[name] = median_over_networks(RATE_MARGIN - apart)
        told.append(f"{summary['rate_after_hz'].median():.3g} Hz for {rate:.3g}")
    return weakest(parts, ", ".join(told))


def rate_networks_learn(tables: Tables, rng: np.random.Generator) -> Estimate:
    """Variance of the target explained by rate networks, median over networks, of the target learnt worst."""
    parts = {}
    for name in ("rate_targets", "rate_products"):
        kinds = tables[f"{name}/members"].set_index("network")["target.kind"]
        shares = explained(tables[f"{name}/summary"])
        for kind, one in shares.groupby(kinds.reindex(shares.index)):
            parts[str(kind)] = median_over_networks(one, (0, 1))
    return weakest(parts)


def return_map(tables: Tables, rng: np.random.Generator) -> Estimate:
    """Distance of the output's pairs of successive maxima of z to the nearest pair of the target, median of medians."""
    maxima = tables["fig2_theta_lorenz/maxima"]
    summary = tables["fig2_theta_lorenz/summary"]
    found = {}
    for network in summary.loc[summary["status"] == "ok", "network"]:
        one = maxima[maxima["network"] == network]
        pairs = {source: part[["current", "next"]].to_numpy(dtype=float) for source, part in one.groupby("source")}
        if any(len(pairs.get(source, ())) < 3 for source in ("target", "output")):
            raise NotTestable(f"fewer than three maxima of z in {network}")
        gaps = np.linalg.norm(pairs["output"][:, None] - pairs["target"][None], axis=2).min(axis=1)
        found[network] = float(np.median(gaps))
    if not found:
        raise NotTestable("no network ran to its end")
    lost = int((summary["status"] != "ok").sum())
    return median_over_networks(pd.Series(found), (0, np.inf), f"{lost} networks were stopped")


def notes_played(experiment: str) -> Statistic:
    """Share of notes played in order and for as long as they should, at the network's own tempo; median over
    networks."""

    def statistic(tables: Tables, rng: np.random.Generator) -> Estimate:
        notes, summary = tables[f"{experiment}/notes"], tables[f"{experiment}/summary"]
        labels = summary["network"]
        if notes.empty:
            raise NotTestable("no note was played after learning")
        require(notes["network"], list(labels[summary["status"] == "ok"]), f"notes of {experiment}")
        right = pd.DataFrame({name: notes[name] == notes["pitch"] for name in ("followed", "played", "by_chance")})
        shares = right.groupby(notes["network"]).mean().reindex(labels).fillna(0.0)
        told = shares.median()
        detail = f"at the target's time {told['played']:.2g}, notes in random order {told['by_chance']:.2g}"
        return median_over_networks(shares["followed"], (0, 1), detail)

    return statistic


def _groups(tables: Tables) -> list[list[str]]:
    """Networks without and with a HDTS."""
    hdts = tables["ode_hdts/members"].set_index("network")["target.hdts"]
    groups = [list(hdts[hdts == 0].index), list(hdts[hdts > 0].index)]
    if not all(groups):
        raise NotTestable("the networks do not differ in whether they have a HDTS")
    return groups


def _saved(tables: Tables, values: pd.Series, rng: np.random.Generator, detail: str = "") -> Estimate:
    """Median of a number of the networks without a HDTS minus that of those with one."""

    def difference(labels: list[list[str]], rng: np.random.Generator, resamples: int) -> Estimate:
        return difference_of_groups(values[labels[0]], values[labels[1]], rng, detail, resamples)

    return over_groups(_groups(tables), difference, rng)


def hdts_lowers_error(tables: Tables, rng: np.random.Generator) -> Estimate:
    """Error of the notes after learning, without minus with a HDTS, medians over networks."""
    summary = tables["ode_hdts/summary"].set_index("network")
    errors = summary["nrmse"].where(summary["status"] == "ok", MANY)
    return _saved(tables, errors, rng)


def hdts_speeds_learning(tables: Tables, rng: np.random.Generator) -> Estimate:
    """Seconds of learning until the error over a melody is a tenth of the target's s.d., without minus with a HDTS.

    A network that never gets there counts with all of its learning.
    """
    course, summary = tables["ode_hdts/course"], tables["ode_hdts/summary"].set_index("network")
    start, stop = summary.iloc[0][["train_start_s", "train_stop_s"]]
    during = course[course["time_s"].between(start, stop)]
    times = {str(name): _reached(one) - start for name, one in during.groupby("network")}
    seconds = pd.Series(times).reindex(summary.index)
    never = int(seconds.isna().sum())
    levels = np.log10(during.set_index("network")["nrmse"]).groupby("network").mean()
    without, with_it = (levels.reindex(summary.index).fillna(np.log10(MANY))[group] for group in _groups(tables))
    level = f"log10 error saved while learning {without.median() - with_it.median():.2g}"
    detail = f"{never} of {len(seconds)} networks never get there; {level}"
    return _saved(tables, seconds.fillna(stop - start), rng, detail)


def _reached(course: pd.DataFrame) -> float:
    """When the error over a melody first is at the criterion; NaN if it never is."""
    ordered = course.sort_values("time_s")
    spacing = float(ordered["time_s"].diff().median())
    if not np.isfinite(spacing):
        return float("nan")
    squares = (ordered["nrmse"] ** 2).rolling(max(1, round(MELODY / spacing))).mean()
    good = ordered["time_s"][squares <= CRITERION**2]
    return float(good.iloc[0]) if len(good) else float("nan")


def correlates(experiment: str) -> Statistic:
    """Correlation of output and target after learning, median over networks."""

    def statistic(tables: Tables, rng: np.random.Generator) -> Estimate:
        summary = tables[f"{experiment}/summary"].set_index("network")
        return median_over_networks(summary["correlation"].where(summary["status"] == "ok", 0.0).fillna(0.0), (-1, 1))

    return statistic


def _ratios(
    table: pd.DataFrame, column: str, pick: Callable[[pd.DataFrame], pd.DataFrame], whole: pd.DataFrame
) -> pd.Series:
    """A column in the picked rows over the same in others, for each network."""
    part = pick(table).groupby("network")[column].mean()
    return part / whole.groupby("network")[column].mean()


def ablated(tables: Tables, rng: np.random.Generator) -> Estimate:
    """Correlation left without any of the HDTS, over that of the intact network, channels' means removed."""
    table = tables["fig4_song/lesions"]
    table = table[table["kind"] == "hdts"]
    ratios = _ratios(table, "demeaned", lambda t: t[t["level"] == 1], table[table["level"] == 0])
    return median_over_networks(ratios)


def replayed(speed: float) -> Statistic:
    """Correlation of movie and output at a speed of the HDTS, over that at speed 1, channels' means removed."""

    def statistic(tables: Tables, rng: np.random.Generator) -> Estimate:
        table = tables["fig5_movie/replay"]
        if speed not in set(table["speed"]):
            raise NotTestable(f"no replay at speed {speed:g}")
        ratios = _ratios(table, "demeaned", lambda t: t[t["speed"] == speed], table[table["speed"] == 1])
        return median_over_networks(ratios)

    return statistic


def beyond_chance(speed: float) -> Statistic:
    """Correlation of movie and output at a speed of the HDTS, less that after a random shift in time."""

    def statistic(tables: Tables, rng: np.random.Generator) -> Estimate:
        table = tables["fig5_movie/replay"]
        one = table[table["speed"] == speed].set_index("network")
        if one.empty:
            raise NotTestable(f"no replay at speed {speed:g}")
        return median_over_networks(one["demeaned"] - one["chance_demeaned"])

    return statistic


def classified(experiment: str) -> Statistic:
    """Share of fresh points on whose side the mean output over the window lies, median over networks."""

    def statistic(tables: Tables, rng: np.random.Generator) -> Estimate:
        points, labels = tables[f"{experiment}/points"], tables[f"{experiment}/summary"]["network"]
        right = (points["score"] > 0) == (points["label"] == 1)
        shares = right.groupby(points["network"]).mean().reindex(labels).fillna(0.0)
        return median_over_networks(shares, (0, 1), f"{len(points) // max(len(labels), 1)} points each")

    return statistic


def unknown_settings(experiment: str, reason: str) -> Statistic:
    """For a network that the paper describes and of which nobody can say how it was set: never a verdict."""

    def statistic(tables: Tables, rng: np.random.Generator) -> Estimate:
        found = correlates(experiment)(tables, rng)
        raise NotTestable(f"settings unknown: {reason}; with ours the correlation is {found.value:.2g} (n = {found.n})")

    return statistic


def converges(tables: Tables, rng: np.random.Generator) -> Estimate:
    """Slope of log error on log size, turned round, over seeds, of the neurons that converge less."""
    parts = {}
    for name in ("size_lif", "size_theta"):
        summary = tables[f"{name}/summary"]
        fine = summary[(summary["status"] == "ok") & (summary["aligned_nrmse"] > 0)]
        slopes = {
            seed: -np.polyfit(np.log(part["cells"]), np.log(part["aligned_nrmse"]), 1)[0]
            for seed, part in fine.groupby("seed")
            if part["cells"].nunique() > 1
        }
        if not slopes:
            raise NotTestable(f"{name}: no two sizes of the same seed ran to their end")
        parts[name] = median_over_networks(pd.Series(slopes))
    return weakest(parts)

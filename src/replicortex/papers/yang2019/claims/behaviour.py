"""Statistics on what networks do: sizes, learning, choices (Yang et al. 2019, Fig. 1 and Suppl. Fig. 2)."""

from __future__ import annotations

import numpy as np
import pandas as pd
from scipy import stats

from replicortex.papers.yang2019.families import TASKS
from replicortex.report.claims import NotTestable, Tables
from replicortex.report.intervals import (
    LEVEL,
    Estimate,
    exact,
    median_over_networks,
    proportion,
    share_of_networks,
)
from replicortex.report.tables import per_network, require
from replicortex.tables import networks

SIZES = {"inputs": 85, "outputs": 33, "units": 256}
DM_DURATIONS = (200, 400, 800)  # ms
INTEGRATION_TASKS = ("dm1", "contextdm1", "multidm")
PERFECT_SLOPE = -0.5  # threshold against duration for an observer that integrates without loss
LONG_DELAY = 4500  # ms: "about five seconds", whatever step the delay was rounded to


def sizes_as_published(tables: Tables, rng: np.random.Generator) -> Estimate:
    """How many of the three layer sizes are 85, 33 and 256.

    A size counts if it is as published in every network.
    """
    labels = networks(tables)
    built = tables["architecture"].set_index("network").loc[list(labels)]
    found = {name: {int(size) for size in built[name]} for name in SIZES}
    right = sum(found[name] == {size} for name, size in SIZES.items())
    detail = ", ".join(f"{'/'.join(map(str, sorted(values)))} {name}" for name, values in found.items())
    return exact(float(right), len(labels), detail=detail)


def summing_observer(tables: Tables, rng: np.random.Generator) -> Estimate:
    """Share of correct Ctx DM trials of an observer that adds both modalities; Wilson over trials."""
    table = tables["summing_observer"].set_index("task")
    require(table.index, ("contextdm1", "contextdm2"), "summing_observer")
    table = table.loc[["contextdm1", "contextdm2"]]
    n = int(table["n_trials"].sum())
    successes = float((table["performance"] * table["n_trials"]).sum())
    detail = ", ".join(f"{task} {value:.3f}" for task, value in table["performance"].items())
    return proportion(successes, n, "trials", detail)


def final_performance(history: pd.DataFrame) -> pd.DataFrame:
    """Performance at each network's last evaluation, (network, task), networks in the order of the history.

    Raises
    ------
    NotTestable
        A network was not evaluated on all twenty tasks.
    """
    last = history[history["updates"] == history.groupby("network")["updates"].transform("max")]
    require(last["task"], TASKS, "the last evaluation")
    labels = list(history["network"].unique())
    return per_network(last, "task", "performance", labels, "performance")[list(TASKS)]


def weakest_task(tables: Tables, rng: np.random.Generator) -> Estimate:
    """Per network the smallest final performance over the twenty tasks; median over networks."""
    final = final_performance(tables["history"])
    smallest = final.min(axis=1)
    worst = final.iloc[int(smallest.to_numpy().argmin())]
    detail = (
        f"{int((smallest > 0.9).sum())} of {len(final)} networks above 0.90 on every task; "
        f"lowest {worst.min():.3f} ({worst.idxmin()}, {worst.name}); "
        f"mean over tasks {final.to_numpy().mean():.3f}"
    )
    return median_over_networks(smallest, (0, 1), detail)


def correct_share(table: pd.DataFrame, coherence: str) -> float:
    """Correct choices among all decided ones; positive coherence favours stimulus 1, negative stimulus 2.

    Returns chance, 0.5, where no trial was decided.
    """
    positive = table[coherence] > 0
    correct = table["n_choice1"].where(positive, table["n_choice2"]).sum()
    decided = (table["n_choice1"] + table["n_choice2"]).sum()
    return float(correct / decided) if decided else 0.5


def _gains_from_strength(table: pd.DataFrame) -> bool:
    """Whether the strongest stimuli of one curve are answered better than the weakest that have an answer."""
    size = table["coherence_1"].abs()
    weak, strong = table[size == size[size > 0].min()], table[size == size.max()]
    return correct_share(strong, "coherence_1") > correct_share(weak, "coherence_1")


def stronger_and_longer(tables: Tables, rng: np.random.Generator) -> Estimate:
    """Share of networks whose sigma in DM 1 falls at 200, 400, 800 ms and whose curves rise with strength."""
    labels = networks(tables)
    fits = tables["psychometric_fit"].query("task == 'dm1'")
    choices = tables["psychometric"].query("task == 'dm1'")
    for table, name in ((fits, "psychometric_fit of dm1"), (choices, "psychometric of dm1")):
        require(table["duration_ms"], DM_DURATIONS, name)
    chosen = fits[fits["duration_ms"].isin(DM_DURATIONS)]
    sigma = per_network(chosen, "duration_ms", "sigma", labels, "sigma of dm1")[list(DM_DURATIONS)]
    longer = (sigma[200] > sigma[400]) & (sigma[400] > sigma[800])
    used = choices[choices["duration_ms"].isin(DM_DURATIONS)]
    gains = {key: _gains_from_strength(group) for key, group in used.groupby(["network", "duration_ms"])}
    stronger = pd.Series({label: all(gains[label, d] for d in DM_DURATIONS) for label in labels})
    medians = ", ".join(f"{sigma[d].median():.4f} at {d} ms" for d in DM_DURATIONS)
    counts = f"better with strength in {int(stronger.sum())}, with duration in {int(longer.sum())}"
    return share_of_networks(longer & stronger, f"median sigma {medians}; {counts}")


def both_beat_one(tables: Tables, rng: np.random.Generator) -> Estimate:
    """Share of networks where MultSen DM's sigma with both modalities is below that with either alone."""
    curves = ("modality 1", "modality 2", "both")
    fits = tables["psychometric_fit"].query("task == 'multidm'")
    require(fits["curve"], curves, "psychometric_fit of multidm")
    used = fits[fits["curve"].isin(curves)]
    sigma = per_network(used, "curve", "sigma", networks(tables), "sigma of multidm")
    single = sigma[["modality 1", "modality 2"]].min(axis=1)
    ratio = (sigma["both"] / single).median()
    detail = f"median sigma(both) / smaller single sigma {ratio:.2f} (independent noise would give 0.71)"
    return share_of_networks(sigma["both"] < single, detail)


def _slope(table: pd.DataFrame) -> tuple[float, float]:
    """Slope of log10 threshold on log10 duration and the half-width of its 95 % interval."""
    if len(table) < 3:
        return float("nan"), float("nan")
    fit = stats.linregress(np.log10(table["duration_ms"]), np.log10(table["threshold"]))
    return float(fit.slope), float(stats.t.ppf(0.5 + LEVEL / 2, len(table) - 2) * fit.stderr)


def threshold_slope(tables: Tables, rng: np.random.Generator) -> Estimate:
    """Shallowest of the three tasks' log-log slopes per network; median over networks.

    With a single network the interval is that of the regression slope over durations.
    """
    labels = networks(tables)
    table = tables["threshold"]
    require(table["task"], INTEGRATION_TASKS, "threshold")
    used = table[table["task"].isin(INTEGRATION_TASKS)]
    fitted = [(*key, *_slope(group)) for key, group in used.groupby(["network", "task"])]
    frame = pd.DataFrame(fitted, columns=["network", "task", "slope", "half"])
    slopes = per_network(frame, "task", "slope", labels, "slope of threshold")[list(INTEGRATION_TASKS)]
    shallowest = slopes.max(axis=1)
    parts = [f"{task} {m:.2f} ({m - PERFECT_SLOPE:+.2f} from -0.5)" for task, m in slopes.median().items()]
    detail = "median slope " + ", ".join(parts)
    if len(labels) > 1:
        return median_over_networks(shallowest, detail=detail)
    slope = float(shallowest.iloc[0])
    half = float(frame.loc[frame["slope"] == slope, "half"].iloc[0])
    n = int(used["duration_ms"].nunique())
    return Estimate(slope, slope - half, slope + half, n, "durations", detail)


def long_memory(tables: Tables, rng: np.random.Generator) -> Estimate:
    """Share correct in Dly DM 1 at the longest delay and largest coherence; median over networks.

    Undecided trials are dropped, as in the paper's psychometric curves, and their share is given in the
    detail. With a single network the interval is Wilson's over its trials.
    """
    labels = networks(tables)
    table = tables["memory"]
    delay = table["delay_ms"].max()
    if not delay >= LONG_DELAY:
        raise NotTestable(f"longest delay is {delay:g} ms, the claim is about {LONG_DELAY} ms and more")
    used = table[(table["delay_ms"] == delay) & (table["coherence"] == table["coherence"].max())]
    share = pd.Series({label: correct_share(used[used["network"] == label], "coherence") for label in labels})
    decided = int((used["n_choice1"] + used["n_choice2"]).sum())
    undecided = used["n_undecided"].sum() / (used["n_undecided"].sum() + decided)
    condition = f"delay {delay / 1000:.2f} s, coherence {table['coherence'].max():g}"
    detail = f"{condition}; {undecided:.0%} of trials undecided"
    if len(labels) > 1:
        return median_over_networks(share, (0, 1), detail)
    if not decided:
        raise NotTestable(f"no trial was decided after {delay / 1000:.2f} s")
    return proportion(share.iloc[0] * decided, decided, "trials", detail)


def ignored_modality(tables: Tables, rng: np.random.Generator, *, task: str) -> Estimate:
    """Sigma of choices on the ignored modality over sigma on the attended one; median over networks."""
    fits = tables["psychometric_fit"].query("task == @task")
    require(fits["curve"], ("attended", "ignored"), f"psychometric_fit of {task}")
    used = fits[fits["curve"].isin(("attended", "ignored"))]
    sigma = per_network(used, "curve", "sigma", networks(tables), f"sigma of {task}")
    ratio = sigma["ignored"] / sigma["attended"]
    detail = (
        f"median sigma: attended {sigma['attended'].median():.4f}, ignored {sigma['ignored'].median():.2f} "
        f"(fitted up to 10); smallest ratio {ratio.min():.0f}"
    )
    return median_over_networks(ratio, (0, np.inf), detail)

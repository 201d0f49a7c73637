"""One sentence for each exercise, made of the numbers in its tables."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pandas as pd

from replicortex.papers.primer.figures.panels import of_condition, rows_of
from replicortex.report.checks import Tables, of

LEARNT = 0.75  # fraction correct at which a network counts as having begun to know the task


def final(tables: Tables, condition: str) -> float:
    """Fraction correct in the test, over the networks of a condition."""
    table = tables["accuracy"][tables["accuracy"]["network"].isin(of_condition(tables, condition))]
    return float(table["n_correct"].sum() / table["n_trials"].sum())


def learnt_at(tables: Tables, condition: str) -> pd.Series:
    """Per network the first evaluated update with at least 0.75 correct; infinity if there is none."""
    history = tables["history"][tables["history"]["network"].isin(of_condition(tables, condition))]
    reached = history[history["performance"] >= LEARNT].groupby("network")["updates"].min()
    return reached.reindex(of_condition(tables, condition)).fillna(np.inf)


def rise(tables: Tables, condition: str) -> float:
    """Time (ms) at which the evidence of the strongest coherence reaches half of its peak, mean over networks."""
    used = rows_of(tables, "evidence", of_condition(tables, condition))
    used = used[used["coherence"] == used["coherence"].max()]
    mean = used.groupby("time_ms")["value"].mean()
    return float(mean.index[int((mean >= mean.max() / 2).to_numpy().argmax())])


def forgotten(tables: Tables) -> tuple[float, float]:
    """Fraction correct in the first context: at the middle of the training, and at its end; median over networks."""
    history = tables["history"][tables["history"]["network"].isin(of_condition(tables, "two_tasks"))]
    first = of(history, task="first context")
    last = first["updates"].max()
    middle = first.loc[first["updates"] <= last / 2, "updates"].max()
    each = [of(first, updates=update).set_index("network")["performance"].median() for update in (middle, last)]
    return float(each[0]), float(each[1])


def wire(tables: Tables, condition: str) -> float:
    """Mean distance that a unit of weight spans: sum of |w| distance over sum of |w|."""
    used = rows_of(tables, "wiring", of_condition(tables, condition))
    return float(used["length"].sum() / (used["weight"] * used["n_pairs"]).sum())


def memory(tables: Tables, condition: str, source: str) -> float:
    """Fraction of samples decoded in the last 200 ms of the delay (700 to 900 ms), over networks."""
    used = of(rows_of(tables, "memory_decoding", of_condition(tables, condition)), source=source)
    used = used[used["time_ms"].between(700, 899)]
    return float(used["decoded"].mean())


def _updates(tables: Tables, condition: str) -> str:
    """Median of `learnt_at`, or that it is more than all updates."""
    median = float(learnt_at(tables, condition).median())
    networks = of_condition(tables, condition)
    last = tables["history"][tables["history"]["network"].isin(networks)]["updates"].max()
    return f"{median:.0f}" if np.isfinite(median) else f"> {last}"


def _constants(tables: Tables) -> str:
    each = ", ".join(f"{final(tables, name):.2f}" for name in ("base", "tau_40", "dt_10", "tau_40_dt_10"))
    times = f"{rise(tables, 'base'):.0f} and {rise(tables, 'tau_40'):.0f} ms"
    return f"Correct, as listed: {each};\nhalf of the peak at {times} (tau 100, 40)."


def _performance(tables: Tables) -> str:
    updates = _updates(tables, "base")
    return f"75 % correct after {updates} updates (median);\n{final(tables, 'base'):.2f} in the test."


def _identity(tables: Tables) -> str:
    start, usual = (_updates(tables, name) for name in ("identity", "base"))
    return f"75 % correct after {start} updates (median),\nwith uniform weights after {usual}."


def _modules(tables: Tables) -> str:
    last = tables["module_decoding"]["time_ms"].max()
    each = of(tables["module_decoding"], time_ms=last).groupby("module")["decoded"].mean()
    told = ", ".join(f"{value:.2f}" for value in each)
    return f"{final(tables, 'modules'):.2f} correct; direction read off at the end\nfrom modules 1, 2, 3: {told}."


def _in_turn(tables: Tables) -> str:
    before, after = forgotten(tables)
    return f"The first falls from {before:.2f} to {after:.2f} (median)\nwhile the second is learnt."


def _output_only(tables: Tables) -> str:
    alone, all_of_them = (final(tables, name) for name in ("output_only", "base"))
    return f"{alone:.2f} correct with a random reservoir,\n{all_of_them:.2f} if all weights learn."


def _wired(tables: Tables) -> str:
    told = ", ".join(f"{wire(tables, name):.2f}" for name in ("base", "spatial", "no_place"))
    correct = f"{final(tables, 'spatial'):.2f} correct with the cost of length"
    return f"Mean length of a unit of weight: {told}\n(as listed); {correct}."


def _images(tables: Tables) -> str:
    return f"Even or odd: {final(tables, 'digits'):.2f} correct on images held out,\nthrough frozen edge filters."


def _memory(tables: Tables) -> str:
    static, rate, synapse = (
        memory(tables, *which)
        for which in (("memory_static", "rate"), ("memory_plastic", "rate"), ("memory_plastic", "synapse"))
    )
    correct = f"{final(tables, 'memory_static'):.2f} and {final(tables, 'memory_plastic'):.2f} correct"
    return f"Late in the delay: fixed {static:.2f}; plastic, rates {rate:.2f},\nsynapses {synapse:.2f}. {correct}."


RESULTS: tuple[Callable[[Tables], str], ...] = (
    _constants, _performance, _identity, _modules, _in_turn, _output_only, _wired, _images, _memory,
)  # fmt: skip

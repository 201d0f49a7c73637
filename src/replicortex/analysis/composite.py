"""Performing a task with the rule input of others (Yang et al. 2019, Fig. 7b,c and Supplementary Fig. 11)."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd

from replicortex.analysis.common import answers, coding_of, only_network
from replicortex.networks import Ensemble
from replicortex.tasks import Coding, random_rows, score

Rules = Mapping[str, float]

REPETITIONS = 20
BATCH = 50

# Task -> the rule inputs it is shown with: its own rule, then substitutes, the full composite last.
COMBINATIONS: dict[str, tuple[Rules, ...]] = {
    "delayanti": (
        {"delayanti": 1},
        {"fdanti": 1},
        {"fdanti": 1, "delaygo": 1},
        {"fdanti": 1, "delaygo": 1, "fdgo": -1},
    ),
    "contextdelaydm1": (
        {"contextdelaydm1": 1},
        {"contextdelaydm2": 1},
        {"contextdelaydm2": 1, "contextdm1": 1},
        {"contextdm1": 1},
        {"contextdelaydm2": 1, "contextdm1": 1, "contextdm2": -1},
    ),
    "dmsgo": (
        {"dmsgo": 1},
        {"dmcgo": 1},
        {"dmcgo": 1, "dmsnogo": 1},
        {"dmcgo": 1, "dmsnogo": 1, "dmcnogo": -1},
    ),
}


def combination_label(rules: Rules) -> str:
    """The rules with their strengths as one text.

    Examples
    --------
    >>> combination_label({"fdanti": 1, "delaygo": 1, "fdgo": -1})
    'fdanti + delaygo - fdgo'
    >>> combination_label({"fdgo": -0.5})
    '- 0.5 fdgo'
    """
    terms = []
    for rule, strength in rules.items():
        size = "" if abs(strength) == 1 else f"{abs(strength):g} "
        terms.append(f"{'-' if strength < 0 else '+'} {size}{rule}")
    return " ".join(terms).removeprefix("+ ")


def combination_performance(
    net: Ensemble,
    task: str,
    rules: Rules,
    rng: np.random.Generator,
    *,
    repetitions: int = REPETITIONS,
    batch: int = BATCH,
    coding: Coding | None = None,
) -> float:
    """Share of correct random-mode trials of a task shown with given rule inputs; all noise on."""
    only_network(net, "combination_performance")
    coding = coding_of(net, coding)
    answer = answers(net, coding)
    scores = []
    for _ in range(repetitions):
        trial = random_rows(task, batch, rng, coding, rules=rules)
        scores.append(score(answer(trial, rng).outputs[None], trial.y_loc[1:]).mean())
    return float(np.mean(scores))


def composite_performance(
    net: Ensemble,
    rng: np.random.Generator,
    *,
    combinations: Mapping[str, tuple[Rules, ...]] = COMBINATIONS,
    repetitions: int = REPETITIONS,
    batch: int = BATCH,
    coding: Coding | None = None,
) -> pd.DataFrame:
    """Performance of one network under every combination of rules.

    Returns
    -------
    DataFrame
        Columns network, task, combination (`combination_label`), performance (0..1), n_trials (20 x 50 in the
        paper).
    """
    size = {"repetitions": repetitions, "batch": batch}
    rows = [
        (
            net.labels[0],
            task,
            combination_label(rules),
            combination_performance(net, task, rules, rng, coding=coding, **size),
            repetitions * batch,
        )
        for task, members in combinations.items()
        for rules in members
    ]
    return pd.DataFrame(rows, columns=["network", "task", "combination", "performance", "n_trials"])

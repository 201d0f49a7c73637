"""What a network can no longer do without one of its clusters (Yang et al. 2019, Fig. 2e)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

import numpy as np
import pandas as pd

from replicortex.analysis.common import FloatArray, IntArray, answers, coding_of, only_network, tasks_of
from replicortex.networks import Ensemble
from replicortex.tasks import Coding, random_rows, score

REPETITIONS = 16
BATCH = 16


def outcomes(
    variants: Sequence[Ensemble],
    task: str,
    rng: np.random.Generator,
    repetitions: int,
    batch: int,
    coding: Coding,
) -> FloatArray:
    """(repetition, variant, 2) mean score and loss over a batch, of several networks on the same trials and noise."""
    answering = [answers(variant, coding) for variant in variants]
    results = []
    for _ in range(repetitions):
        trial = random_rows(task, batch, rng, coding)
        seed = int(rng.integers(2**63))
        given = [answer(trial, np.random.default_rng(seed)) for answer in answering]
        results.append([(score(a.outputs[None], trial.y_loc[1:]).mean(), a.loss) for a in given])
    return np.array(results)


def cluster_groups(labels: IntArray) -> dict[int, IntArray]:
    """Unit indices of each cluster; -1 (inactive) belongs to none."""
    labels = np.asarray(labels)
    return {int(label): np.flatnonzero(labels == label) for label in np.unique(labels[labels >= 0])}


def lesion_effects(
    net: Ensemble,
    groups: Mapping[int, IntArray],
    rng: np.random.Generator,
    *,
    tasks: Iterable[str] | None = None,
    repetitions: int = REPETITIONS,
    batch: int = BATCH,
    coding: Coding | None = None,
) -> pd.DataFrame:
    """Performance and loss of each task with one group of units silenced at a time.

    A lesion sets the outgoing recurrent and output weights of the units to 0. All lesions and the intact
    network get the same random-mode trials with the same input and recurrent noise, so that differences are
    paired.

    Parameters
    ----------
    net
        One network.
    groups
        Number of a cluster -> its unit indices, as `cluster_groups` returns them.
    rng
        Source of trials and noise.
    tasks
        All of the network's rule set by default.
    repetitions, batch
        Draws of the timing, and trials per draw (16 x 16 in the paper).

    Returns
    -------
    DataFrame
        Columns network, cluster, n_units, task, n_trials, performance_intact, performance_lesioned, loss_intact,
        loss_lesioned. Performance is a fraction, loss the squared-error loss, each a mean over repetitions.

    Raises
    ------
    ValueError
        More than one network, an unknown task or a unit out of range.
    """
    only_network(net, "lesion_effects")
    names = tasks_of(net, tasks)
    coding = coding_of(net, coding)
    variants = [net, *(net.lesioned(units) for units in groups.values())]
    results = np.array([outcomes(variants, name, rng, repetitions, batch, coding).mean(axis=0) for name in names])
    performance, loss = np.moveaxis(results, -1, 0)
    rows = [(cluster, len(units), name) for cluster, units in groups.items() for name in names]
    table = pd.DataFrame(rows, columns=["cluster", "n_units", "task"])
    table.insert(0, "network", net.labels[0])
    table["n_trials"] = repetitions * batch
    for name, values in (("performance", performance), ("loss", loss)):
        table[f"{name}_intact"] = np.tile(values[:, 0], len(groups))
        table[f"{name}_lesioned"] = values[:, 1:].T.ravel()
    return table

"""Tables random_lesions, lesion_batches, control_silhouettes, cluster_blocks, group_outputs and projected."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import pandas as pd

from replicortex.analysis import circuit, controls
from replicortex.analysis.common import Stream, Tables, networks_of
from replicortex.analysis.groups import groups_of
from replicortex.analysis.lesions import cluster_groups
from replicortex.analysis.measure.streams import joined, stream
from replicortex.analysis.variance import variance_of_network
from replicortex.analysis.vectors import rule_vectors, task_vectors
from replicortex.networks import Ensemble


def _controls_of(net: Ensemble, sources: Mapping[str, pd.DataFrame], streams: Stream, batches: int) -> Tables:
    label = net.labels[0]
    own = {name: table[table["network"] == label] for name, table in sources.items()}
    variance, rotated = (variance_of_network(sources[name], net) for name in ("task_variance", "rotated_variance"))
    labels = own["units"].sort_values("unit")["cluster"].to_numpy()
    numbers = own["cluster_number"].set_index("kind")["k"]
    table = own["context_groups"]
    groups = groups_of(table, circuit.GROUPS)
    active = table.loc[table["fraction"].notna(), "unit"].to_numpy(dtype=int)
    trials, sets = streams(net, "group lesions"), streams(net, "random lesions")
    # the same vectors as in the tables of Figure 6, for these share their stream
    spaces = {
        "activity": task_vectors(net, streams(net, "task vectors")).mean("repetition"),
        "rules": rule_vectors(net),
    }
    return {
        "random_lesions": controls.random_lesions(net, groups, active, trials, sets),
        "lesion_batches": controls.anti_batches(
            net,
            cluster_groups(labels),
            own["lesions"],
            streams(net, "lesion batches"),
            batches=batches,
            control_batches=max(1, batches // 8),
        ),
        "control_silhouettes": controls.shuffled_silhouettes(
            variance, rotated, int(numbers["task"]), streams(net, "shuffled columns")
        ),
        "cluster_blocks": controls.cluster_blocks(net, labels, streams(net, "shuffled labels")),
        "group_outputs": controls.group_outputs(net, groups),
        "projected": pd.concat(
            [controls.projected_cosines(points, label, space) for space, points in spaces.items()], ignore_index=True
        ),
    }


def measure_controls(
    nets: Iterable[Ensemble],
    task_variance: pd.DataFrame,
    rotated_variance: pd.DataFrame,
    units: pd.DataFrame,
    cluster_number: pd.DataFrame,
    lesions: pd.DataFrame,
    context_groups: pd.DataFrame,
    *,
    streams: Stream = stream,
    batches: int = controls.BATCHES,
) -> Tables:
    """The six tables of controls.

    Parameters
    ----------
    nets
        Leaky RNNs with all twenty tasks.
    task_variance, rotated_variance, units, cluster_number, lesions, context_groups
        Tables of these networks.
    streams
        Random numbers of each measurement.
    batches
        Batches of 16 trials per task with the Anti cluster silenced.

    Raises
    ------
    ValueError
        A network that a table does not hold.
    """
    sources = {
        "task_variance": task_variance,
        "rotated_variance": rotated_variance,
        "units": units,
        "cluster_number": cluster_number,
        "lesions": lesions,
        "context_groups": context_groups,
    }
    return joined(_controls_of(net, sources, streams, batches) for net in networks_of(nets))

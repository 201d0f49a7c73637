"""Tables context_groups, group_lesions, group_maps, group_tuning, group_connections and group_rules."""

from __future__ import annotations

from collections.abc import Iterable

import pandas as pd

from replicortex.analysis import circuit
from replicortex.analysis.common import Stream, Tables, networks_of
from replicortex.analysis.groups import connections_table, groups_of, rules_table
from replicortex.analysis.measure.streams import joined, stream
from replicortex.analysis.variance import variance_of_network
from replicortex.networks import Ensemble


def _context_of(net: Ensemble, task_variance: pd.DataFrame, streams: Stream) -> Tables:
    table = circuit.groups_table(variance_of_network(task_variance, net))
    groups = groups_of(table, circuit.GROUPS)
    return {
        "context_groups": table,
        "group_lesions": circuit.lesion_performance(net, groups, streams(net, "group lesions")),
        "group_maps": circuit.choice_maps(net, groups, streams(net, "group maps")),
        "group_tuning": circuit.group_tuning(net, groups),
        "group_connections": connections_table(net, groups),
        "group_rules": rules_table(net, groups, circuit.TASKS),
    }


def measure_context(nets: Iterable[Ensemble], task_variance: pd.DataFrame, streams: Stream = stream) -> Tables:
    """The six tables of the Ctx DM circuit, from the table task_variance of the networks.

    Raises
    ------
    ValueError
        A network that the table does not hold, or holds with another number of units.
    """
    return joined(_context_of(net, task_variance, streams) for net in networks_of(nets))

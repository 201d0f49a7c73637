"""Tables anti_units, anti_lesions, anti_tuning, anti_connections and anti_rules."""

from __future__ import annotations

from collections.abc import Iterable

import pandas as pd

from replicortex.analysis import anti
from replicortex.analysis.common import Stream, Tables, networks_of
from replicortex.analysis.groups import connections_table, groups_of, rules_table
from replicortex.analysis.measure.streams import joined, stream
from replicortex.analysis.variance import variance_of_network
from replicortex.networks import Ensemble


def _anti_of(net: Ensemble, task_variance: pd.DataFrame, streams: Stream, draws: int) -> Tables:
    table = anti.anti_table(variance_of_network(task_variance, net))
    groups = groups_of(table, anti.GROUPS)
    return {
        "anti_units": table,
        "anti_lesions": anti.anti_lesions(net, groups, streams(net, "anti lesions"), draws=draws),
        "anti_tuning": anti.anti_tuning(net, groups),
        "anti_connections": connections_table(net, groups),
        "anti_rules": rules_table(net, groups),
    }


def measure_anti(
    nets: Iterable[Ensemble],
    task_variance: pd.DataFrame,
    streams: Stream = stream,
    *,
    draws: int = anti.DRAWS,
) -> Tables:
    """The five tables of the Anti units, from the table task_variance; ``draws`` random groups to compare with.

    Raises
    ------
    ValueError
        A network that the table does not hold, or holds with another number of units.
    """
    return joined(_anti_of(net, task_variance, streams, draws) for net in networks_of(nets))

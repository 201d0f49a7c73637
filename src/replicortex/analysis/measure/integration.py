"""Tables slow_points, slow_modes, slow_line and slow_paths."""

from __future__ import annotations

from collections.abc import Iterable

from replicortex.analysis.circuit import PAIR
from replicortex.analysis.common import Tables, networks_of
from replicortex.analysis.integration import line_tables
from replicortex.analysis.integration_tasks import DIRECTIONS, context_held
from replicortex.networks import Ensemble


def measure_integration(nets: Iterable[Ensemble]) -> Tables:
    """The tables of `integration.line_tables` of every network, both Ctx DM tasks and two directions.

    Raises
    ------
    ValueError
        A network without these tasks.
    """
    everything = ((net, task, direction) for net in networks_of(nets) for task in PAIR for direction in DIRECTIONS)
    return line_tables(context_held(*each) for each in everything)

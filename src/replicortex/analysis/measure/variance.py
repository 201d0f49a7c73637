"""Tables task_variance, rotated_variance and epoch_variance."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from replicortex.analysis.common import Stream, Tables, networks_of
from replicortex.analysis.measure.streams import joined, stream
from replicortex.analysis.variance import haar_rotations, response_variance, variance_table

if TYPE_CHECKING:
    from replicortex.networks import Ensemble


def _variance_of(net: Ensemble, streams: Stream) -> Tables:
    rotation = haar_rotations(1, net.architecture.units, streams(net, "rotation"))
    variance = response_variance(net, rotation=rotation)
    assert variance.rotated is not None  # a rotation was given
    return {
        "task_variance": variance_table(variance.task),
        "rotated_variance": variance_table(variance.rotated),
        "epoch_variance": variance_table(variance.epoch),
    }


def measure_variance(nets: Iterable[Ensemble], streams: Stream = stream) -> Tables:
    """Tables task_variance, rotated_variance and epoch_variance."""
    return joined(_variance_of(net, streams) for net in networks_of(nets))

"""Table condition_scores."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

import pandas as pd

from replicortex.analysis.common import Tables, networks_of
from replicortex.analysis.measure.streams import joined
from replicortex.analysis.similarity import COMPONENTS, condition_scores

if TYPE_CHECKING:
    from replicortex.networks import Ensemble


def _scores_of(net: Ensemble) -> Tables:
    found = condition_scores(net)
    frame = pd.DataFrame(found.rows, columns=["task", "trial", "time_ms"])
    frame.insert(0, "network", net.labels[0])
    for number in range(COMPONENTS):  # a small network has fewer directions than components
        score = found.points[:, number] if number < found.points.shape[1] else 0.0
        frame[f"component_{number + 1}"] = score
    return {"condition_scores": frame}


def measure_condition_scores(nets: Iterable[Ensemble]) -> Tables:
    """Table condition_scores."""
    return joined(_scores_of(net) for net in networks_of(nets))

"""Tables for which no network is run: settings of the networks, and how well the tasks can be done at all."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pandas as pd

    from replicortex.config import Experiment


def measure_members(experiment: Experiment) -> dict[str, pd.DataFrame]:
    """Tables members (settings of the networks) and blocks (when they learn what)."""
    import pandas as pd

    return {name: pd.DataFrame(table) for name, table in experiment.listed().items()}


def measure_observers(experiment: Experiment) -> dict[str, pd.DataFrame]:
    """Tables ideal_observer and summing_observer (context ignored), for trials coded as those of the first network."""
    from replicortex.random_streams import generator
    from replicortex.tasks import Coding, ideal_observer_table, summing_observer_table

    coding = Coding(**experiment.members()[0].experiment.tasks.coding)
    ideal, summing = (generator(experiment.name, "observers", name) for name in ("ideal", "summing"))
    return {
        "ideal_observer": ideal_observer_table(ideal, coding=coding),
        "summing_observer": summing_observer_table(summing, coding=coding),
    }

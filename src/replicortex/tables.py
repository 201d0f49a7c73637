"""What all readers of measured tables share: which networks there are, and that none is missing from a table."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pandas as pd

# Tables that hold the example network only; all others with a `network` column must hold every network.
EXAMPLE_ONLY = frozenset({"sample_trials", "fine_trial", "unit_trace", "weights"})


def networks(tables: Mapping[str, pd.DataFrame]) -> tuple[str, ...]:
    """Labels of all networks, in the order of the learning history; the first is the example network."""
    return tuple(str(label) for label in tables["history"]["network"].unique())


def axes(members: pd.DataFrame) -> list[str]:
    """The settings in which the networks of an experiment differ by design: dotted paths of its grid."""
    return [str(column) for column in members.columns if column not in ("network", "seed")]


def last_performance(history: pd.DataFrame) -> pd.DataFrame:
    """Performance at each network's last evaluation, (network, task), networks in the order of the history."""
    last = history[history["updates"] == history.groupby("network")["updates"].transform("max")]
    return last.pivot(index="network", columns="task", values="performance").loc[list(history["network"].unique())]


def check_networks(table: pd.DataFrame, name: str, labels: Sequence[str], where: str = "") -> None:
    """Make sure that a table holds the networks of the learning history, all of them and no others.

    Parameters
    ----------
    table, name
        A table, and its name for the message ("units" or "experiment/units"); one without the column `network`
        is fine.
    labels
        The networks of the learning history.
    where
        What the message begins with, such as the figure.

    Raises
    ------
    ValueError
        A network has no rows, or one is unknown to the learning history.
    """
    if "network" not in table.columns:
        return
    present = {str(label) for label in table["network"].unique()}
    wanted = labels[:1] if name.rpartition("/")[2] in EXAMPLE_ONLY else labels
    missing = [label for label in wanted if label not in present]
    if missing:
        raise ValueError(
            f"{where}table {name!r} has no rows for {', '.join(missing)}, which the learning history lists; "
            "measure these networks again, nothing is shown or judged on part of them"
        )
    unknown = sorted(present - set(labels))
    if unknown:
        raise ValueError(
            f"{where}table {name!r} holds {', '.join(unknown)}, unknown to the learning history; "
            f"known are {', '.join(labels)}"
        )

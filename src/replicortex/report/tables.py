"""Reading tables: checks made before a number is computed from them, and choosing networks."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

import pandas as pd

from replicortex.report.claims import NotTestable


def check_expected(listing: pd.DataFrame, name: str, experiment: str, expected: Sequence[str]) -> None:
    """Raise a ValueError if the table that lists the networks lacks an expected one."""
    found = {str(label) for label in listing["network"].unique()}
    missing = [label for label in expected if label not in found]
    if missing:
        raise ValueError(
            f"experiment {experiment!r}: table {name!r} lacks {', '.join(missing)} of {len(expected)} expected networks"
        )


def per_network(table: pd.DataFrame, column: str, values: str, labels: Sequence[str], what: str) -> pd.DataFrame:
    """Wide table, one row per network in the order of `labels` and one column per entry of `column`.

    Raises
    ------
    NotTestable
        A cell has no finite value: the measurement behind it failed, `what` says which.
    """
    wide = table.pivot(index="network", columns=column, values=values).reindex(list(labels))
    bad = wide.index[~wide.map(_finite).all(axis=1)]
    if wide.empty or len(bad):
        raise NotTestable(f"no finite {what} in {', '.join(map(str, bad)) or 'any network'}")
    return wide


def _finite(value: float) -> bool:
    return bool(pd.notna(value)) and abs(value) != float("inf")


def require(found: Iterable[object], wanted: Sequence[object], what: str) -> None:
    """Raise `NotTestable` naming the conditions that were not measured."""
    have = set(found.unique() if isinstance(found, pd.Series | pd.Index) else found)
    missing = [str(item) for item in wanted if item not in have]
    if missing:
        raise NotTestable(f"{what} lacks {', '.join(missing)}")


def labels_where(members: pd.DataFrame, values: Mapping[str, object]) -> list[str]:
    """Networks whose settings have the given values, in the order of the table members.

    Parameters
    ----------
    members
        One row per network, a column per setting of the grid, named by its dotted path.
    values
        Dotted path -> value.

    Raises
    ------
    NotTestable
        A setting that the grid does not vary, or no network with these values.
    """
    keep = pd.Series(True, index=members.index)
    for path, value in values.items():
        if path not in members:
            raise NotTestable(f"the networks do not differ in {path}; it must take the value {value}")
        keep &= members[path] == value
    found = [str(label) for label in members.loc[keep, "network"]]
    if not found:
        wanted = ", ".join(f"{path} {value}" for path, value in values.items())
        raise NotTestable(f"there is no network with {wanted}")
    return found


def of_networks(table: pd.DataFrame, labels: Sequence[str]) -> pd.DataFrame:
    """Rows of some networks."""
    return table[table["network"].isin(list(labels))]

"""The tables that claims read, and the checks made before a number is computed from them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

import pandas as pd

from replicortex.errors import not_one_of
from replicortex.scorecard.claims import NotTestable

_CHOICES = "n_choice1 n_choice2 n_undecided"
COLUMNS: dict[str, tuple[str, ...]] = {
    name: tuple(columns.split())
    for name, columns in {
        "history": "network updates trials task performance",
        "members": "network seed",
        "regret": "network task learner trial regret",
        "stay": "network learner rewarded common n_stay n",
        "slow_line": "network task direction share_1 order tau_1_ms tau_2_ms relevant irrelevant",
        "units": "network unit active cluster cluster_epoch",
        "task_variance": "network unit task variance",
        "epoch_variance": "network unit epoch task variance",
        "cluster_number": "network kind k silhouette k_low k_high n_active",
        "lesions": "network cluster n_units task n_trials performance_intact performance_lesioned",
        "psychometric": f"network task duration_ms coherence_1 {_CHOICES}",
        "psychometric_fit": "network task curve duration_ms sigma",
        "threshold": "network task duration_ms threshold",
        "memory": f"network delay_ms coherence {_CHOICES}",
        "summing_observer": "task performance n_trials",
        "architecture": "network inputs outputs units",
        "parallelism": "network space set kind from_1 to_1 from_2 to_2 cosine",
        "squares": "network space set extent_1 extent_2 extent_3 side_1 side_2",
        "task_distances": "network task_1 task_2 distance within",
        "composite": "network task combination performance",
        "random_lesions": "network matched draw n_units task performance",
        "lesion_batches": ("network cluster draw n_units task batch n_trials performance_intact performance_lesioned"),
        "control_silhouettes": "network kind draw k silhouette",
        "cluster_blocks": "network kind draw explained",
        "group_outputs": "network group n_units norm",
        "projected": "network space set kind from_1 to_1 from_2 to_2 cosine",
        "silhouette": "network kind k restart silhouette",
        "group_maps": f"network lesion coherence_1 coherence_2 {_CHOICES}",
        "context_groups": "network unit fraction group",
        "group_lesions": "network lesion n_units task performance",
        "group_tuning": "network group weights offset mean",
        "group_connections": "network source target mean",
        "group_rules": "network unit group task weight",
        "recordings_ftv": "animal unit kind shuffle ftv",
        "blocks": "network block task start_trials evaluation_trials",
        "ftv": "network task_a task_b unit ftv",
        "outcome": "network minimum outcome k",
        "factor_shares": "networks factor n share lead lead_low lead_high",
        "ftv_histogram": "network kind task_a task_b bin count",
        "ftv_types": "task_a task_b type stability distance",
        "distributions": "network what mean smallest",
        "connectivity": "network threshold connectivity",
        "pruning": "network zeros accuracy_intact accuracy_pruned",
        "choices": "network signed n_correct n_trials",
        "decision_times": "network coherence outcome mean_ms",
        "accuracy": "network n_correct n_trials",
        "ceiling": "coherence performance",
        "separation": "network accuracy separation",
        "baselines": "network source forced separation choice_decoded",
        "choice_fit": "network accuracy",
        "wiring": "network n_pairs weight length",
        "memory_decoding": "network source time_ms decoded",
        "context_weights": "network context modality weight",
        "trajectories": "network context modality coherence time_ms motion colour",
    }.items()
}


def check_columns(table: pd.DataFrame, name: str, required: Iterable[str]) -> None:
    """Raise a ValueError that names table and column if one is missing."""
    for column in required:
        if column not in table.columns:
            raise ValueError(f"table {name!r} lacks a column: {not_one_of(column, table.columns)}")


def check_expected(history: pd.DataFrame, experiment: str, expected: Sequence[str]) -> None:
    """Raise a ValueError if the learning history lacks an expected network."""
    found = {str(label) for label in history["network"].unique()}
    missing = [label for label in expected if label not in found]
    if missing:
        raise ValueError(
            f"experiment {experiment!r}: the learning history lacks {', '.join(missing)} "
            f"of {len(expected)} expected networks"
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

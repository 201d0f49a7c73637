"""What the figures read: columns per table, and the checks made before anything is drawn."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

import pandas as pd

from replicortex.errors import nearest
from replicortex.tables import check_networks, networks

__all__ = ["COLUMNS", "Tables", "check", "check_populations", "networks", "of", "seeds"]

Tables = Mapping[str, pd.DataFrame]

_CHOICES = "n_choice1 n_choice2 n_undecided"
COLUMNS: dict[str, tuple[str, ...]] = {
    name: tuple(columns.split())
    for name, columns in {
        "history": "network trials task performance",
        "members": "network seed",
        "units": "network unit active cluster cluster_epoch tsne_1 tsne_2 preferred_input position",
        "task_variance": "network unit task variance",
        "epoch_variance": "network unit epoch task variance",
        "silhouette": "network kind k restart silhouette",
        "agreement": "network kind k adjusted_rand n_pairs",
        "cluster_number": "network kind k silhouette k_low k_high n_active",
        "best_k": "network k silhouette n_active",
        "lesions": "network cluster n_units task n_trials "
        "performance_intact performance_lesioned loss_intact loss_lesioned",
        "psychometric": f"network task curve duration_ms coherence_1 coherence_2 {_CHOICES}",
        "psychometric_fit": "network task curve duration_ms mu sigma n_trials",
        "chronometric": f"network task duration_ms coherence {_CHOICES}",
        "threshold": "network task duration_ms threshold exponent",
        "memory": f"network delay_ms coherence {_CHOICES}",
        "ideal_observer": "task performance n_trials",
        "sample_trials": "network task dt_ms time_ms kind channel value",
        "fine_trial": "network task dt_ms time_ms kind channel value",
        "unit_trace": "network unit trial direction modality time_ms rate",
        "weights": "network block source target value",
        "composite": "network task combination performance n_trials",
        "ftv": "network task_a task_b unit ftv",
        "task_planes": "network set task x y explained",
        "rule_planes": "network set task x y explained",
        "parallelism": "network space set kind from_1 to_1 from_2 to_2 cosine",
        "squares": "network space set extent_1 extent_2 extent_3 side_1 side_2 angle_deg",
        "task_distances": "network task_1 task_2 distance within",
        "context_groups": "network unit variance_1 variance_2 fraction group",
        "group_lesions": "network lesion n_units task n_correct n_opposite n_undecided performance",
        "group_maps": f"network lesion coherence_1 coherence_2 {_CHOICES}",
        "group_tuning": "network group weights offset n_units mean sem",
        "group_connections": "network source target n_pairs mean",
        "group_rules": "network unit group task weight",
        "anti_units": "network unit share group",
        "anti_lesions": "network lesion draw n_units task n_trials performance",
        "anti_tuning": "network group weights offset n_units mean sem",
        "anti_connections": "network source target n_pairs mean",
        "anti_rules": "network unit group task weight",
        "condition_variance": "network unit variance_1 variance_2 ftv",
        "recordings_ftv": "animal unit kind shuffle ftv",
        "blocks": "network block task start_trials stop_trials evaluation_trials",
        "ftv_histogram": "network kind task_a task_b bin count",
        "ftv_types": "task_a task_b n_units type nearest margin stability rotated_type distance",
        "regret": "network task learner trial regret reward",
        "within": "network task learner gap_low gap_high trial n_better n",
        "stay": "network learner rewarded common n_stay n",
        "stay_regression": "network learner term coefficient",
        "slow_points": "network task direction kind point n_unstable tau_1_ms tau_2_ms x y position answer undecided "
        "pushed_relevant pushed_irrelevant",
        "slow_modes": "network task direction point mode real imag time_constant_ms",
        "slow_line": "network task direction n_slow n_undecided share_1 order tau_1_ms tau_2_ms relevant irrelevant",
        "slow_paths": "network task direction coherence time_ms x y",
        "architecture": "network units",
        "outcome": "network minimum outcome k n_active",
        "factor_shares": "networks factor n share share_low share_high",
        "curve": "network update task_loss rate_cost weight_cost wiring_cost accuracy",
        "accuracy": "network coherence n_correct n_trials",
        "ceiling": "sigma coherence performance",
        "separation": "network accuracy separation sign_decoded condition_decoded",
        "state_space": "network time_ms pc1",
        "example_trials": "network dt_ms time_ms kind channel value",
        "trajectories": "network time_ms",
        "choices": "network signed n_right n_correct n_trials",
        "choice_fit": "network mu sigma sigma_error accuracy sigma_ideal accuracy_ideal",
        "baselines": "network source forced separation sign_decoded",
        "decision_times": "network coherence outcome n_trials mean_ms sem_ms",
        "distributions": "network what low high count mean smallest",
        "connectivity": "network threshold connectivity accuracy",
        "pruning": "network threshold connectivity zeros accuracy_intact accuracy_pruned",
        "evidence": "network coherence time_ms value",
        "module_decoding": "network module time_ms decoded",
        "wiring": "network distance n_pairs weight connected length",
        "memory_decoding": "network source time_ms decoded",
        "context_choices": "network context modality coherence n_choice1 n_trials",
        "context_weights": "network context modality weight",
    }.items()
}

MAY_BE_EMPTY = frozenset({"recordings_ftv"})  # where nothing was recorded; its panels say so


def seeds(labels: Iterable[str]) -> list[str]:
    """Short names of networks: "3" for "seed3", the label itself where it is not a plain seed."""
    found = [(label, re.fullmatch(r"seed(\d+)", label)) for label in labels]
    return [match.group(1) if match else label for label, match in found]


def check(tables: Tables, names: Iterable[str], figure: str) -> None:
    """Make sure that a figure can be drawn from `tables` without leaving anything out.

    Parameters
    ----------
    tables
        Table name -> tidy DataFrame.
    names
        Tables the figure reads; the learning history is always among them.
    figure
        Name of the figure, for the message.

    Raises
    ------
    ValueError
        A table or a column is missing, a network of the learning history has no rows in a table, or a table
        holds a network that the learning history does not know. The message names figure, table and column.
    """
    needed = dict.fromkeys(["history", *names])
    for name in needed:
        if name not in tables:
            raise ValueError(f"{figure}: table {name!r} is missing; it got {_list(tables)}{_nearest(name, tables)}")
        for column in COLUMNS[name]:
            if column not in tables[name].columns:
                present = [str(c) for c in tables[name].columns]
                hint = _nearest(column, present)
                raise ValueError(f"{figure}: table {name!r} lacks the column {column!r}; it has {_list(present)}{hint}")
    known = networks(tables)
    if not known:
        raise ValueError(f"{figure}: table 'history' has no rows; it must list every trained network")
    for name in needed:
        if "network" not in tables[name].columns and tables[name].empty and name not in MAY_BE_EMPTY:
            raise ValueError(f"{figure}: table {name!r} has no rows")
        check_networks(tables[name], name, known, f"{figure}: ")


def check_populations(populations: Mapping[str, Tables], needed: Mapping[str, Iterable[str]], figure: str) -> None:
    """The same for a figure of several experiments.

    Parameters
    ----------
    populations
        Experiment -> its tables.
    needed
        Experiment -> names of the tables that the figure reads.
    figure
        Name of the figure, for the message.

    Raises
    ------
    ValueError
        An experiment is missing, or as `check`; the message names it.
    """
    for experiment, names in needed.items():
        if experiment not in populations:
            hint = _nearest(experiment, populations)
            raise ValueError(f"{figure}: experiment {experiment!r} is missing; it got {_list(populations)}{hint}")
        check(populations[experiment], names, f"{figure}, {experiment}")


def _list(names: Iterable[str]) -> str:
    return ", ".join(map(repr, names)) or "nothing"


def _nearest(name: str, names: Iterable[str]) -> str:
    close = nearest(name, names)
    return f"; did you mean {close!r}?" if close else ""


def of(table: pd.DataFrame, **conditions: object) -> pd.DataFrame:
    """Rows of a table where every named column has the given value."""
    keep = pd.Series(True, index=table.index)
    for column, value in conditions.items():
        keep &= table[column] == value
    return table[keep]

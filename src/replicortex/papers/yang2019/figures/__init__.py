"""The figures of this paper: which experiments each shows, and which tables it is drawn from."""

from __future__ import annotations

from collections.abc import Mapping

from replicortex.config.needs import Need, twenty_tasks
from replicortex.pipeline.paper import Figure


def _figure(
    name: str,
    shows: Mapping[str, str],
    on_request: bool = False,
    needs: tuple[Need, ...] | None = None,
    optional: Mapping[str, str] | None = None,
) -> Figure:
    """A figure drawn by the function and module of its name, by default of networks with all twenty tasks."""
    home = f"replicortex.papers.yang2019.figures.{name.lower()}:{name.lower()}"
    read, more = (_with_history(each) for each in (shows, optional or {}))
    whole = tuple(map(twenty_tasks, (*read, *more))) if needs is None else needs
    return Figure(name, home, read, more, whole, on_request)


def _with_history(shows: Mapping[str, str]) -> dict[str, tuple[str, ...]]:
    return {experiment: ("history", "members", *names.split()) for experiment, names in shows.items()}


_SORTED_WEIGHTS = (
    Need("reference", "network.cell", "leaky_rnn", "it shows the one recurrent matrix that only this cell has"),
    Need("reference", "network.input", "fused", "it shows the weights from each input channel to each unit"),
)
_CONTROLS = ("reference", "no_delay", "untrained")
_PAIRS = "ftv_histogram ftv_types"
_SCHEDULES = ("published_schedule", "small_batches")
_OPTIMISERS = ("rotated_units", "orthogonal_steps", "momentum", "diagonal")
_MAPPED = "task_variance units cluster_number parallelism"
_OPTIMISED = f"{_MAPPED} condition_scores"
_COMPARED = "cluster_number ftv composite"
_CLUSTERED = dict.fromkeys(("sizes", "tanh_gru", "distributed_rules"), "cluster_number") | {"hyperparameters": "best_k"}

FIGURES: tuple[Figure, ...] = (
    _figure("fig1", {"reference": "ideal_observer fine_trial psychometric psychometric_fit"}),
    _figure("fig2", {"reference": "unit_trace task_variance units silhouette cluster_number lesions"}),
    _figure("fig3", {"hyperparameters": "outcome factor_shares"}),
    _figure("fig4", {"reference": _PAIRS}, optional={"tanh_gru": _PAIRS}),
    _figure("fig5", {"reference": "context_groups group_lesions group_tuning group_connections group_rules"}),
    _figure("fig6", {"reference": "task_planes parallelism"}),
    _figure("fig7", {"reference": "composite"}, optional=dict.fromkeys(("pretraining", "posttraining"), "")),
    _figure("fig8", {"sequential": "blocks ftv recordings_ftv"}, needs=()),
    _figure("figS1", {"reference": "sample_trials"}),
    _figure("figS2", {"reference": "chronometric threshold memory psychometric psychometric_fit"}),
    _figure("figS3", {"reference": "epoch_variance units"}),
    _figure("figS4", {"reference": "silhouette agreement cluster_number"}),
    _figure("figS5", {"reference": "weights units"}, needs=(twenty_tasks("reference"), *_SORTED_WEIGHTS)),
    _figure("figS6", {"reference": "ftv_histogram ftv_types"}),
    _figure("figS7", {"reference": "context_groups group_maps"}),
    _figure("figS8", {"reference": "task_planes task_distances"}),
    _figure("figS9", {"reference": "rule_planes parallelism"}),
    _figure("figS10", {"distributed_rules": "task_planes parallelism composite"}),
    _figure("figS11", {"reference": "task_planes parallelism composite"}),
    _figure("figS12", {"partly_plastic": "ftv recordings_ftv"}, needs=()),
    _figure("figS_anti", {"reference": "anti_units anti_lesions anti_tuning anti_connections anti_rules"}),
    _figure(
        "figS_optimisers",
        {"reference": _OPTIMISED, "untrained": "condition_scores"},
        on_request=True,
        optional=dict.fromkeys(_OPTIMISERS, _OPTIMISED) | {"other_optimiser": _MAPPED},
    ),
    _figure("figS_parallel", dict.fromkeys(_CONTROLS, "parallelism task_distances")),
    _figure("figS_recordings", {"reference": "context_groups condition_variance recordings_ftv"}),
    _figure(
        "figS_schedules",
        dict.fromkeys(("reference", "other_optimiser"), _COMPARED),
        on_request=True,
        optional=dict.fromkeys(_SCHEDULES, _COMPARED),
    ),
    _figure("figS_sizes", dict.fromkeys(("reference", "sizes"), "architecture cluster_number ftv_histogram")),
    _figure(
        "figS_training_length",
        dict.fromkeys(("training_length", "reference"), "cluster_number"),
        on_request=True,
        optional=_CLUSTERED,
    ),
)

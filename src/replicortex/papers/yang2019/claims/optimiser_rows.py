"""Questions of ours: do steps along the axes of the units make the clusters, and do the tasks need a recurrent matrix?

Not statements of Yang et al. 2019. All thresholds were written before any network that they judge was begun.
"""

from __future__ import annotations

from typing import Any

from replicortex.papers.yang2019.claims import behaviour, clusters, optimisers, vectors
from replicortex.report.claims import Claim, Threshold, below
from replicortex.report.cohorts import Cohort

WRITTEN = "2026-12-01T03:50"  # UTC
# of the populations in question alone: O-6 compares with reference networks of any date
_TRAINED = ("rotated_units", "orthogonal_steps", "momentum", "diagonal")
_COHORTS = tuple(Cohort(experiment, 0, WRITTEN) for experiment in _TRAINED)
_NO_CLUSTERS = (
    "Networks under Adam have 11 to 28 clusters; those under SOAP have 2, the smallest number that is tried. Fewer "
    "than 5 is nearer to none than to the paper's 15."
)


def _ours(id: str, experiment: str, statement: str, threshold: Threshold, why: str, **more: Any) -> Claim:
    return Claim(
        id=id,
        panel="our question",
        statement=statement,
        threshold=threshold,
        threshold_by="ours",
        why=why,
        experiment=experiment,
        written=WRITTEN,
        because="A question of ours, after networks under SOAP had shown no clusters.",
        cohorts=_COHORTS,
        **{"learnt": True, **more},
    )


def _no_clusters(id: str, experiment: str, statement: str) -> Claim:
    return _ours(
        id,
        experiment,
        statement,
        below(5.0),
        _NO_CLUSTERS,
        statistic=clusters.cluster_count,
        measure="best number of clusters, median over networks, as in 2c-2",
        quantity="number of clusters",
        needs=("cluster_number",),
    )


OPTIMISER_CLAIMS: tuple[Claim, ...] = (
    _no_clusters("O-1", "rotated_units", "Adam in a random rotation of the units forms no clusters."),
    _no_clusters("O-2", "orthogonal_steps", "Muon, whose steps do not depend on axes, forms no clusters."),
    _no_clusters("O-3", "momentum", "Gradient descent with momentum forms no clusters."),
    _ours(
        "O-4",
        "rotated_units",
        "Without steps along the axes, the clusters of the paper do not come back in each network.",
        below(0.5),
        "The limit of 2e-4, from below. Under Adam 0.78 of the networks have an Anti cluster and a cluster for each "
        "modality, under SOAP none.",
        statistic=clusters.clusters_recur,
        measure="share of networks with an Anti cluster and both modality clusters, as in 2e-4",
        quantity="share of networks",
        needs=("task_variance", "units", "lesions"),
    ),
    _ours(
        "O-5",
        "rotated_units",
        "Without steps along the axes, Go to Dly Go is not parallel to Anti to Dly Anti.",
        below(vectors.PARALLEL),
        "The limit of 6b, from below. Under Adam the cosine is 0.85, under SOAP 0.28.",
        statistic=vectors.parallel_anti,
        measure="cosine between the two differences of task vectors, median over networks, as in 6b",
        quantity="cosine",
        needs=("parallelism",),
    ),
    _ours(
        "O-6",
        "rotated_units",
        "Whichever way their state space is turned, networks trained in the rotation represent trials as reference "
        "networks do.",
        below(0.5),
        "Nearer to the reference networks' own differences than to networks before training.",
        statistic=optimisers.away_from_reference,
        measure="angle to the reference networks after the best rotation of the states in 160 shared trials: 0 as among"
        " reference networks, 1 as of untrained ones; median over networks",
        quantity="way to untrained networks",
        needs=tuple(f"{before}{optimisers.SCORES}" for before in ("", "reference/", "untrained/")),
    ),
    _ours(
        "O-7",
        "diagonal",
        "The tasks need weights between units.",
        below(0.9),
        "A task counts as learnt above 0.9, as in 1c.",
        statistic=behaviour.weakest_task,
        measure="smallest final performance over the 20 tasks, median over networks",
        quantity="performance in the weakest task",
        needs=("history",),
        learnt=False,
    ),
)

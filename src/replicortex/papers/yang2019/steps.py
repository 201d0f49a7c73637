"""The steps of this paper, from networks to tables."""

from __future__ import annotations

from replicortex.pipeline.paper import EXPERIMENT, RECORDINGS, WEIGHTS, Step

VARIANCE = ("task_variance", "rotated_variance", "epoch_variance")
CLUSTERS = ("silhouette", "agreement", "cluster_number", "units")
BEHAVIOUR = ("psychometric", "psychometric_fit", "chronometric", "threshold", "memory")
VECTORS = ("task_vectors", "task_planes", "rule_planes", "parallelism", "squares", "task_distances")
CONTEXT = ("context_groups", "group_lesions", "group_maps", "group_tuning", "group_connections", "group_rules")
ANTI = ("anti_units", "anti_lesions", "anti_tuning", "anti_connections", "anti_rules")
CONTROLS = ("random_lesions", "lesion_batches", "control_silhouettes", "cluster_blocks", "group_outputs", "projected")
CONTROLLED = ("task_variance", "rotated_variance", "units", "cluster_number", "lesions", "context_groups")
LINE = ("slow_points", "slow_modes", "slow_line", "slow_paths")

STEPS: tuple[Step, ...] = (
    # on every network, minutes for each
    Step(
        "variance", "replicortex.analysis:measure_variance", VARIANCE, minutes=30, megabytes=1500, about="variance of"
    ),
    Step(
        "clusters",
        "replicortex.analysis:measure_clusters",
        CLUSTERS,
        reads=(WEIGHTS, *VARIANCE),
        minutes=30,
        about="clusters of",
    ),
    Step(
        "best_k",
        "replicortex.analysis:measure_best_k",
        ("best_k",),
        reads=("task_variance",),
        about="number of clusters of",
    ),
    Step(
        "ftv_histogram",
        "replicortex.analysis:measure_ftv_histogram",
        ("ftv_histogram",),
        reads=("task_variance", "rotated_variance"),
        about="pairs of tasks in",
    ),
    Step(
        "lesions",
        "replicortex.analysis:measure_lesions",
        ("lesions",),
        reads=(WEIGHTS, "units"),
        minutes=60,
        about="lesions of",
    ),
    Step(
        "behaviour",
        "replicortex.analysis:measure_behaviour",
        BEHAVIOUR,
        minutes=60,
        megabytes=2500,
        options={"share": {"smoke": 0.05, "": 1}},  # of the published number of trials per condition
        about="choices of",
    ),
    Step(
        "composite",
        "replicortex.analysis:measure_composite",
        ("composite",),
        minutes=60,
        about="composite rules of",
    ),
    Step(
        "context",
        "replicortex.analysis:measure_context",
        CONTEXT,
        reads=(WEIGHTS, "task_variance"),
        megabytes=1500,
        about="context-dependent circuit of",
    ),
    Step(
        "controls",
        "replicortex.analysis:measure_controls",
        CONTROLS,
        reads=(WEIGHTS, *CONTROLLED),
        minutes=60,
        options={"batches": {"smoke": 2, "": 256}},  # of 16 trials per task
        megabytes=1500,
        about="controls of lesions and clusters in",
    ),
    Step("integration", "replicortex.analysis:measure_integration", LINE, megabytes=1500, about="slow points of"),
    Step(
        "anti",
        "replicortex.analysis:measure_anti",
        ANTI,
        reads=(WEIGHTS, "task_variance"),
        megabytes=1500,
        about="Anti units of",
    ),
    Step(
        "condition_variance",
        "replicortex.analysis:measure_conditions",
        ("condition_variance",),
        megabytes=1500,
        about="variance over the recordings' conditions of",
    ),
    Step("vectors", "replicortex.analysis:measure_vectors", VECTORS, megabytes=1500, about="task vectors of"),
    Step(
        "condition_scores",
        "replicortex.analysis:measure_condition_scores",
        ("condition_scores",),
        about="states on shared trials of",
    ),
    # on an experiment as a whole, seconds
    Step(
        "architecture",
        "replicortex.analysis:measure_architecture",
        ("architecture",),
        per="experiment",
        about="sizes of the networks of",
    ),
    Step(
        "example",
        "replicortex.analysis:measure_example",
        ("sample_trials", "fine_trial", "unit_trace"),
        per="example",
        minutes=30,
        megabytes=1300,
        about="example network of",
    ),
    Step(
        "weights",
        "replicortex.analysis:measure_weights",
        ("weights",),
        per="example",
        about="weights of the example network of",
    ),
    Step(
        "ftv",
        "replicortex.analysis:measure_ftv",
        ("ftv",),
        reads=("task_variance",),
        per="experiment",
        minutes=30,
        about="fractional task variance of",
    ),
    Step(
        "ftv_types",
        "replicortex.analysis:measure_ftv_types",
        ("ftv_types",),
        reads=("ftv_histogram",),
        per="experiment",
        about="kinds of pairs of tasks in",
    ),
    Step(
        "grid",
        "replicortex.analysis:measure_grid",
        ("outcome", "factor_shares"),
        reads=("history", "members", "best_k"),
        per="experiment",
        about="clusters by the settings of",
    ),
    Step(
        "observers",
        "replicortex.papers.yang2019.listed:measure_observers",
        ("ideal_observer", "summing_observer"),
        reads=(EXPERIMENT,),
        basis="tasks.coding",
        per="experiment",
        minutes=30,
        megabytes=700,
        about="best possible performance in the tasks of",
    ),
    Step(
        "members",
        "replicortex.papers.yang2019.listed:measure_members",
        ("members", "blocks"),
        reads=(EXPERIMENT,),
        per="experiment",
        minutes=5,
        megabytes=700,
        about="settings of the networks of",
    ),
    Step(
        "recordings",
        "replicortex.analysis:measure_recordings",
        ("recordings_ftv",),
        reads=(RECORDINGS,),
        per="study",
        minutes=60,
        megabytes=8000,
        about="recordings from animals, beside",
    ),
)

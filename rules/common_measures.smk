# Tables that are measured on every network, by the rule that makes them.
VARIANCE = ["task_variance", "rotated_variance", "epoch_variance"]
CLUSTERS = ["silhouette", "agreement", "cluster_number", "units"]
BEHAVIOUR = ["psychometric", "psychometric_fit", "chronometric", "threshold", "memory"]
VECTORS = ["task_vectors", "task_planes", "rule_planes", "parallelism", "squares", "task_distances"]
CONTEXT = ["context_groups", "group_lesions", "group_maps", "group_tuning", "group_connections", "group_rules"]
ANTI = ["anti_units", "anti_lesions", "anti_tuning", "anti_connections", "anti_rules"]
CONTROLS = [
    *("random_lesions", "lesion_batches", "control_silhouettes", "cluster_blocks", "group_outputs", "projected")
]
LINE = ["slow_points", "slow_modes", "slow_line", "slow_paths"]
ALONE = ["best_k", "ftv_histogram", "lesions", "composite", "condition_variance"]
PER_NETWORK = [*VARIANCE, *CLUSTERS, *BEHAVIOUR, *VECTORS, *CONTEXT, *ANTI, *CONTROLS, *LINE, *ALONE]

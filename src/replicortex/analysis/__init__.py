"""What is measured: arrays and tables in, tables out.

The names below are imported on first use; the measuring steps of the workflow live in ``analysis.measure``.
"""

from importlib import import_module
from typing import Any

_HOME = {
    "anti_groups": "anti",
    "anti_lesions": "anti",
    "anti_share": "anti",
    "Clustering": "clustering",
    "classify_ftv": "ftv_types",
    "cluster_units": "clustering",
    "clustering_tables": "clustering",
    "choice_maps": "circuit",
    "context_fraction": "circuit",
    "context_groups": "circuit",
    "lesion_performance": "circuit",
    "composite_performance": "composite",
    "condition_scores": "similarity",
    "condition_variance": "conditions",
    "recordings_table": "conditions",
    "tsne": "embedding",
    "ftv_masses": "ftv",
    "ftv_shares": "ftv",
    "median_band": "ftv",
    "fit_psychometric": "fits",
    "fit_threshold": "fits",
    "connections_table": "groups",
    "rules_table": "groups",
    "tuning_table": "groups",
    "last_evaluation": "learning",
    "learning_curves": "learning",
    "trials_to_level": "learning",
    "cluster_groups": "lesions",
    "factor_table": "factors",
    "lesion_effects": "lesions",
    "CHRONOMETRIC": "psychometrics",
    "MEMORY": "psychometrics",
    "PSYCHOMETRIC": "psychometrics",
    "choices": "psychometrics",
    "psychometric_fits": "psychometrics",
    "run_protocol": "psychometrics",
    "simulate_recordings": "simulated",
    "fine_trial": "traces",
    "preferred_input": "weights",
    "procrustes_angle": "similarity",
    "sample_trials": "traces",
    "unit_trace": "traces",
    "weights_table": "weights",
    "rule_vectors": "vectors",
    "task_vectors": "vectors",
    "oriented": "geometry",
    "principal_plane": "geometry",
    "square": "geometry",
    "active_units": "variance",
    "epoch_variance": "variance",
    "fractional_variance": "variance",
    "ftv_histogram": "variance",
    "ftv_table": "variance",
    "haar_rotations": "variance",
    "normalised_variance": "variance",
    "response_variance": "variance",
    "task_variance": "variance",
    "variance_array": "variance",
    "variance_table": "variance",
    "measure_anti": "measure.anti",
    "measure_architecture": "measure.architecture",
    "measure_best_k": "measure.best_k",
    "measure_behaviour": "measure.behaviour",
    "measure_clusters": "measure.clusters",
    "measure_composite": "measure.composite",
    "measure_condition_scores": "measure.condition_scores",
    "measure_conditions": "measure.recordings",
    "measure_context": "measure.context",
    "measure_controls": "measure.controls",
    "measure_example": "measure.example",
    "measure_ftv": "measure.ftv",
    "measure_ftv_histogram": "measure.ftv_histogram",
    "measure_ftv_types": "measure.ftv_types",
    "measure_grid": "measure.grid",
    "measure_integration": "measure.integration",
    "measure_lesions": "measure.lesions",
    "measure_recordings": "measure.recordings",
    "measure_variance": "measure.variance",
    "measure_vectors": "measure.vectors",
    "measure_weights": "measure.weights",
}

__all__ = sorted(_HOME)


def __getattr__(name: str) -> Any:
    if name in _HOME:
        return getattr(import_module(f"{__name__}.{_HOME[name]}"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted([*globals(), *__all__])

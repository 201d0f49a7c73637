"""What is measured: arrays and tables in, tables out.

The names below are imported on first use; the measuring steps of the workflow live in ``analysis.measure``.
"""

from importlib import import_module
from typing import Any

_HOME = {
    "Clustering": "clustering",
    "cluster_units": "clustering",
    "clustering_tables": "clustering",
    "composite_performance": "composite",
    "tsne": "embedding",
    "ftv_masses": "ftv",
    "ftv_shares": "ftv",
    "median_band": "ftv",
    "fit_psychometric": "fits",
    "fit_threshold": "fits",
    "last_evaluation": "learning",
    "learning_curves": "learning",
    "trials_to_level": "learning",
    "cluster_groups": "lesions",
    "lesion_effects": "lesions",
    "CHRONOMETRIC": "psychometrics",
    "MEMORY": "psychometrics",
    "PSYCHOMETRIC": "psychometrics",
    "choices": "psychometrics",
    "psychometric_fits": "psychometrics",
    "run_protocol": "psychometrics",
    "fine_trial": "traces",
    "preferred_input": "weights",
    "sample_trials": "traces",
    "unit_trace": "traces",
    "weights_table": "weights",
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
    "measure_architecture": "measure.architecture",
    "measure_behaviour": "measure.behaviour",
    "measure_clusters": "measure.clusters",
    "measure_composite": "measure.composite",
    "measure_example": "measure.example",
    "measure_ftv": "measure.ftv",
    "measure_lesions": "measure.lesions",
    "measure_variance": "measure.variance",
    "measure_weights": "measure.weights",
}

__all__ = sorted(_HOME)


def __getattr__(name: str) -> Any:
    if name in _HOME:
        return getattr(import_module(f"{__name__}.{_HOME[name]}"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted([*globals(), *__all__])

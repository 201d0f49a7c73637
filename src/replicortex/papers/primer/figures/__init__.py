"""The figures of the primer: which experiments each shows, and which tables it is drawn from."""

from __future__ import annotations

from collections.abc import Mapping

from replicortex.config.needs import Need, twenty_tasks
from replicortex.pipeline.paper import Figure


def _figure(name: str, shows: Mapping[str, str], needs: tuple[Need, ...] = (), module: str = "") -> Figure:
    """A figure drawn by the function of its name, in the module of its name or another."""
    home = f"replicortex.papers.primer.figures.{module or name.removeprefix('primer_')}:{name}"
    read = {experiment: ("history", "members", *names.split()) for experiment, names in shows.items()}
    return Figure(name, home, read, needs=needs)


_LINE = "slow_points slow_modes slow_line slow_paths"
_CHECKERBOARD = "curve example_trials choices choice_fit decision_times distributions connectivity pruning trajectories"
_EXERCISES = "curve accuracy evidence module_decoding wiring memory_decoding state_space"

FIGURES: tuple[Figure, ...] = (
    _figure("primer_checkerboard", {"primer_checkerboard": _CHECKERBOARD}),
    _figure("primer_checkerboard_lstm", {"primer_checkerboard": _CHECKERBOARD}, module="checkerboard"),
    _figure("primer_perceptual", {"primer_perceptual": "curve sample_trials weights accuracy ceiling state_space"}),
    _figure("primer_grid", {"primer_grid": "accuracy ceiling separation baselines state_space"}),
    _figure("primer_exercises", {"primer_exercises": _EXERCISES}),
    _figure("primer_context", {"primer_context": "context_choices context_weights trajectories"}),
    _figure("primer_classics", {"primer_classics": "example_trials answers"}),
    _figure(
        "primer_meta_rl",
        {"primer_bandits": "regret within", "primer_two_step": "regret within stay stay_regression"},
    ),
    _figure(
        "primer_fixed_points",
        dict.fromkeys(("reference", "primer_context", "primer_perceptual"), _LINE),
        needs=(twenty_tasks("reference"),),
    ),
)

"""Which tables each experiment of the primer has, and the module of this folder that makes them.

Every experiment has ``history``, ``members`` and ``curve``.
"""

from collections.abc import Mapping
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pandas as pd

    from replicortex.config.primer import PrimerExperiment
    from replicortex.primer.job import Trained

COMMON = ("history", "members", "curve")
_PLAYED = ("regret", "within")
_GRID = ("accuracy", "ceiling", "state_space", "separation", "baselines")
_LINE = ("slow_points", "slow_modes", "slow_line", "slow_paths")
# Experiment -> module, and the tables it makes; the tables of `lines` are made beside them.
MEASURES: dict[str, tuple[str, tuple[str, ...]]] = {
    "primer_checkerboard": (
        "checkerboard",
        ("example_trials", "choices", "choice_fit", "decision_times", "distributions", "connectivity", "pruning",
         "trajectories"),
    ),
    "primer_perceptual": (
        "perceptual",
        ("sample_trials", "weights", "accuracy", "ceiling", "state_space", "separation", *_LINE),
    ),
    "primer_grid": ("perceptual", _GRID),
    "primer_grid_delay": ("perceptual", _GRID),
    "primer_connectivity": ("checkerboard", ("choice_fit", "connectivity", "pruning")),
    "primer_identity": ("perceptual", ("accuracy",)),
    "primer_silent_memory": ("exercises", ("accuracy", "memory_decoding")),
    "primer_exercises": (
        "exercises", ("accuracy", "evidence", "module_decoding", "wiring", "memory_decoding", "state_space")
    ),
    "primer_context": ("context", ("accuracy", "context_choices", "context_weights", "trajectories", *_LINE)),
    "primer_classics": ("classics", ("example_trials", "answers")),
    "primer_bandits": ("meta_rl", _PLAYED),
    "primer_two_step": ("meta_rl", (*_PLAYED, "stay", "stay_regression")),
}  # fmt: skip


def tables_of(experiment: str) -> tuple[str, ...]:
    """Names of the tables of an experiment; those that all have, where nothing more is known of it."""
    return (*COMMON, *MEASURES[experiment][1]) if experiment in MEASURES else COMMON


def measure(networks: Mapping[str, "Trained"], experiment: "PrimerExperiment") -> "dict[str, pd.DataFrame]":
    """All tables of an experiment.

    Parameters
    ----------
    networks
        All of its networks, by label.
    experiment
        Its settings.

    Raises
    ------
    ValueError
        They are not its networks.
    """
    import pandas as pd

    if list(networks) != [member.label for member in experiment.members()]:
        raise ValueError(f"{experiment.name}: the files hold other networks than it has; train them again")
    learnt = {
        name: pd.concat([getattr(each, name) for each in networks.values()], ignore_index=True)
        for name in ("history", "curve")
    }
    found = {**learnt, "members": pd.DataFrame(experiment.member_table()), **measured(experiment.name, networks)}
    return {name: found[name] for name in tables_of(experiment.name) if name in found}


def measured(experiment: str, networks: Mapping[str, "Trained"]) -> "dict[str, pd.DataFrame]":
    """The same without those that training made and the configuration tells; empty where nothing is known of it.

    Parameters
    ----------
    experiment
        Its name in the configuration.
    networks
        All of its networks, by label.
    """
    if experiment not in MEASURES:
        return {}
    from replicortex.primer.measure import checkerboard, classics, context, exercises, lines, meta_rl, perceptual

    modules = {
        "checkerboard": checkerboard,
        "classics": classics,
        "context": context,
        "exercises": exercises,
        "meta_rl": meta_rl,
        "perceptual": perceptual,
    }
    module, names = MEASURES[experiment]
    tables = modules[module].tables(experiment, networks)
    if set(_LINE) <= set(names):
        tables |= lines.tables(experiment, networks)
    return {name: tables[name] for name in names if name in tables}

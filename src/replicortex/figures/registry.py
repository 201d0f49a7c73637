"""Which figures there are, which experiments they show and which tables each is drawn from.

This module imports no plotting library, so that a workflow can plan with it; the drawing modules are loaded
when a figure is drawn.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any

from replicortex.config.needs import Need, twenty_tasks
from replicortex.errors import ConfigError, choose

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.figure import Figure

    from replicortex.config import Experiment, Study
    from replicortex.figures.style import Setting

    Tables = Mapping[str, pd.DataFrame]


@dataclass(frozen=True)
class Entry:
    """One figure.

    Attributes
    ----------
    name
        File name without suffix.
    module, function
        Where it is drawn, inside this package ("fig1", or "primer.context" for a module of a folder).
    tables
        Experiment -> names of the tables read from it, the learning history and the table of members first.
        Of one experiment the function takes {table name: table}, of several {experiment: {table name: table}}.
    beside
        The same of experiments that are shown as well if they have networks; without them the figure is drawn all the
        same, and says so.
    on_request
        True if it is drawn only when asked for by name.
    needs
        Settings without which it cannot be drawn.
    """

    name: str
    module: str
    function: str
    tables: Mapping[str, tuple[str, ...]]
    on_request: bool = False
    needs: tuple[Need, ...] = ()
    beside: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    @property
    def several(self) -> bool:
        """Whether it shows more than one experiment, or can."""
        return len(self.tables) + len(self.beside) > 1

    def read(self, present: Iterable[str]) -> dict[str, tuple[str, ...]]:
        """Experiment -> tables: all that it needs, and of those beside them the ones that are present."""
        there = set(present)
        return {**self.tables, **{name: tables for name, tables in self.beside.items() if name in there}}

    @property
    def source(self) -> Path:
        """File of the module that draws the figure: what the figure's rule depends on beside its tables."""
        return Path(__file__).parent.joinpath(*self.module.split(".")).with_suffix(".py")

    def draw(self, tables: Tables | Mapping[str, Tables], setting: Setting) -> Figure:
        """Draw the figure; see `draw`."""
        function: Any = getattr(import_module(f"replicortex.figures.{self.module}"), self.function)
        figure: Figure = function(tables, setting)
        return figure


def _entry(
    name: str,
    tables: Mapping[str, str],
    on_request: bool = False,
    needs: tuple[Need, ...] | None = None,
    beside: Mapping[str, str] | None = None,
) -> tuple[str, Entry]:
    """A figure drawn by the function and module of its name, by default of networks with all twenty tasks."""
    named, more = (_with_history(each) for each in (tables, beside or {}))
    whole = tuple(map(twenty_tasks, (*named, *more))) if needs is None else needs
    return name, Entry(name, name.lower(), name.lower(), named, on_request, whole, more)


def _with_history(tables: Mapping[str, str]) -> dict[str, tuple[str, ...]]:
    return {experiment: ("history", "members", *names.split()) for experiment, names in tables.items()}


def _of_primer(
    name: str, tables: Mapping[str, str], needs: tuple[Need, ...] = (), module: str = ""
) -> tuple[str, Entry]:
    """A figure of the primer, drawn by the module of its name (or another) in the folder of the primer's figures."""
    home = f"primer.{module or name.removeprefix('primer_')}"
    return name, Entry(name, home, name, _with_history(tables), needs=needs)


_LINE = "slow_points slow_modes slow_line slow_paths"
_SORTED_WEIGHTS = (
    Need("reference", "network.cell", "leaky_rnn", "it shows the one recurrent matrix that only this cell has"),
    Need("reference", "network.input", "fused", "it shows the weights from each input channel to each unit"),
)
_CONTROLS = ("reference", "no_delay", "untrained")
_PAIRS = "ftv_histogram ftv_types"
_SCHEDULES = ("published_schedule", "small_batches")
_COMPARED = "cluster_number ftv composite"
_CLUSTERED = dict.fromkeys(("sizes", "tanh_gru", "distributed_rules"), "cluster_number") | {"hyperparameters": "best_k"}
_CHECKERBOARD = "curve example_trials choices choice_fit decision_times distributions connectivity pruning trajectories"
_EXERCISES = "curve accuracy evidence module_decoding wiring memory_decoding state_space"

FIGURES: dict[str, Entry] = dict(
    (
        _entry("fig1", {"reference": "ideal_observer fine_trial psychometric psychometric_fit"}),
        _entry("fig2", {"reference": "unit_trace task_variance units silhouette cluster_number lesions"}),
        _entry("fig3", {"hyperparameters": "outcome factor_shares"}),
        _entry("fig4", {"reference": _PAIRS}, beside={"tanh_gru": _PAIRS}),
        _entry("fig5", {"reference": "context_groups group_lesions group_tuning group_connections group_rules"}),
        _entry("fig6", {"reference": "task_planes parallelism"}),
        _entry("fig7", {"reference": "composite"}, beside=dict.fromkeys(("pretraining", "posttraining"), "")),
        _entry("fig8", {"sequential": "blocks ftv recordings_ftv"}, needs=()),
        _entry("figS1", {"reference": "sample_trials"}),
        _entry("figS2", {"reference": "chronometric threshold memory psychometric psychometric_fit"}),
        _entry("figS3", {"reference": "epoch_variance units"}),
        _entry("figS4", {"reference": "silhouette agreement cluster_number"}),
        _entry("figS5", {"reference": "weights units"}, needs=(twenty_tasks("reference"), *_SORTED_WEIGHTS)),
        _entry("figS6", {"reference": "ftv_histogram ftv_types"}),
        _entry("figS7", {"reference": "context_groups group_maps"}),
        _entry("figS8", {"reference": "task_planes task_distances"}),
        _entry("figS9", {"reference": "rule_planes parallelism"}),
        _entry("figS10", {"distributed_rules": "task_planes parallelism composite"}),
        _entry("figS11", {"reference": "task_planes parallelism composite"}),
        _entry("figS12", {"partly_plastic": "ftv recordings_ftv"}, needs=()),
        _entry("figS_anti", {"reference": "anti_units anti_lesions anti_tuning anti_connections anti_rules"}),
        _entry("figS_parallel", dict.fromkeys(_CONTROLS, "parallelism task_distances")),
        _entry("figS_recordings", {"reference": "context_groups condition_variance recordings_ftv"}),
        _entry(
            "figS_schedules",
            dict.fromkeys(("reference", "other_optimiser"), _COMPARED),
            on_request=True,
            beside=dict.fromkeys(_SCHEDULES, _COMPARED),
        ),
        _entry("figS_sizes", dict.fromkeys(("reference", "sizes"), "architecture cluster_number ftv_histogram")),
        _entry(
            "figS_training_length",
            dict.fromkeys(("training_length", "reference"), "cluster_number"),
            on_request=True,
            beside=_CLUSTERED,
        ),
        _of_primer("primer_checkerboard", {"primer_checkerboard": _CHECKERBOARD}),
        _of_primer("primer_checkerboard_lstm", {"primer_checkerboard": _CHECKERBOARD}, module="checkerboard"),
        _of_primer(
            "primer_perceptual", {"primer_perceptual": "curve sample_trials weights accuracy ceiling state_space"}
        ),
        _of_primer("primer_grid", {"primer_grid": "accuracy ceiling separation baselines state_space"}),
        _of_primer("primer_exercises", {"primer_exercises": _EXERCISES}),
        _of_primer("primer_context", {"primer_context": "context_choices context_weights trajectories"}),
        _of_primer(
            "primer_meta_rl",
            {"primer_bandits": "regret within", "primer_two_step": "regret within stay stay_regression"},
        ),
        _of_primer(
            "primer_fixed_points",
            dict.fromkeys(("reference", "primer_context", "primer_perceptual"), _LINE),
            needs=(twenty_tasks("reference"),),
        ),
    )
)


def require(study: Study, figure: str) -> dict[str, Experiment]:
    """The experiments that a figure shows.

    Raises
    ------
    ConfigError
        No such figure, or `Study.require` finds networks missing or of a kind that the figure cannot show.
    """
    try:
        entry = FIGURES[choose(figure, FIGURES, "figure")]
    except ValueError as error:
        raise ConfigError(str(error)) from None
    return study.require(figure, entry.read(name for name in study if not study.absent(name)), entry.needs)


def draw(name: str, tables: Tables | Mapping[str, Tables], setting: Setting) -> Figure:
    """Draw one figure from its tables.

    Parameters
    ----------
    name
        A key of `FIGURES`.
    tables
        Table name -> tidy DataFrame; for a figure of several experiments, experiment -> such a mapping.
    setting
        Scale, experiment, schedule and units, printed in the footer.

    Raises
    ------
    ValueError
        No such figure; an experiment, a table, a column or a network is missing.
    """
    return FIGURES[choose(name, FIGURES, "figure")].draw(tables, setting)

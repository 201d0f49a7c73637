"""Methods of a run in sentences, from its configuration: a paragraph per experiment, ready for a supplement.

Every number is read from the loaded `replicortex.config.Study`; a setting that a grid varies is given with
all of its values.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from replicortex.config import Experiment, ForceExperiment, PrimerExperiment, Study
from replicortex.config.population import Population
from replicortex.config.schema import Schedule
from replicortex.config.taught import TaughtExperiment
from replicortex.networks.cells import CELLS
from replicortex.training.optimisers import OPTIMISERS
from replicortex.training.penalties import PENALTIES

TASKS, SPIKING, PRIMER = "Twenty cognitive tasks", "Spiking networks trained by FORCE", "Primer"
TAUGHT = "Networks taught by another network"
_METHODS = {"full_force": "full-FORCE", "force": "FORCE", "spiking": "spiking neurons taught by rate units"}
_STATISTICS = {"min": "minimum", "mean": "mean"}


def methods(study: Study) -> dict[str, list[str]]:
    """Paragraphs by kind of network, one per experiment that has networks; kinds without any are left out.

    Parameters
    ----------
    study
        The configuration at its scale.

    Returns
    -------
    dict[str, list[str]]
        Each paragraph begins with the title and the name of its experiment.
    """
    told = {
        TASKS: [_tasks(each) for each in study.of_kind("rate").values() if each.seeds],
        SPIKING: [_spiking(each) for each in study.of_kind("spiking").values() if each.seeds],
        PRIMER: [_primer(each) for each in study.of_kind("small").values() if each.seeds],
        TAUGHT: [_taught(each) for each in study.of_kind("taught").values() if each.seeds],
    }
    return {wing: paragraphs for wing, paragraphs in told.items() if paragraphs}


def _optimiser(s: Schedule) -> str:
    return OPTIMISERS[s.optimiser].sentence.format(s=s)


def _tasks(e: Experiment) -> str:
    if e.imported:
        count = len(e.seeds)
        files = _listed(e.imported.files)
        return f"{_head(e)} {count} network{'s' * (count != 1)} trained elsewhere, read from {files}."
    t, s, size = e.training, e.schedule, e.training.evaluation_trials
    sentences = [
        f"Networks of {_of(e, 'network.units')} units (cell {_of(e, 'network.cell')}, activation "
        f"{_of(e, 'network.activation')}{_start(e)}) were integrated in steps of "
        f"{_of(e, 'tasks.dt')} ms with a time constant of {_of(e, 'tasks.tau')} ms.",
        f"Noise was Gaussian: {_of(e, 'tasks.sigma_x')} on the inputs and {_of(e, 'network.sigma_rec')} inside the "
        "nonlinearity, each times sqrt(2 tau/dt) at every step.",
        f"They learnt {_trained(e)}; the loss was {_words(_of(e, 'tasks.loss'))}." + _uneven(e.tasks.weights),
        "They were not trained."
        if e.training.trials == 0 and "training.trials" not in e.grid
        else f"Training took up to {_of(e, 'training.trials')} trials in batches of {s.batch}, by {_optimiser(s)} at a "
        f"rate of {s.rate:g} (schedule '{s.name}': warm-up over {s.warmup} updates, decay {s.decay}); gradients were "
        f"{'not clipped' if s.clip is None else f'clipped element by element at {s.clip:g}'}.",
        f"Every {_of(e, 'training.evaluate_every')} updates performance was measured on "
        f"{size.repetitions * size.batch} trials per task; training stopped when its "
        f"{_STATISTICS[t.target_statistic]} over tasks reached {_of(e, 'training.target')}. Trained weights: "
        f"{_of(e, 'training.trainable')}; precision {_of(e, 'training.precision')}; device "
        f"{_of(e, 'training.device')}.",
    ]
    penalties = [
        f"{_of(e, path)} times {each.sentence}"
        for key, each in PENALTIES.items()
        if (path := f"regularisers.{key}") in e.grid or getattr(e.regularisers, key)
    ]
    sentences += [f"Added to the loss: {_listed(penalties)}."] if penalties else []
    if e.regularisers.plastic_fraction is not None or "regularisers.plastic_fraction" in e.grid:
        sentences.append(f"A share of {_of(e, 'regularisers.plastic_fraction')} of the weights was left free.")
    if e.sequential:
        blocks = "; ".join(_listed(block) for block in e.sequential.blocks)
        sentences.append(
            f"Tasks came in {len(e.sequential.blocks)} blocks ({blocks}), with important weights protected at strength "
            f"{_of(e, 'sequential.strength')} (xi {_of(e, 'sequential.xi')})."
        )
    if e.start_from:
        sentences.append(f"Each network started from one of '{e.start_from.experiment}'.")
    return " ".join([_head(e), *sentences, _varied(e), _count(e, len(e.members()))]).replace("  ", " ")


def _spiking(e: ForceExperiment) -> str:
    learnt = (
        f"The decoder learnt by recursive least squares from {e.train[0]:g} to {e.train[1]:g} s of {e.duration:g} s, "
        f"every {_of(e, 'step')} steps, with the inverse correlation matrix starting at {_of(e, 'inverse')} times the "
        f"identity ({_of(e, 'precision')}; update '{_of(e, 'rls')}')."
        if e.learns
        else f"Nothing was learnt in the {e.duration:g} s simulated."
    )
    noise = f" with {e.target.noise} noise of level {e.target.noise_level:g}" if e.target.noise else ""
    period = f" (period {e.period:g} s)" if e.period and "target.kind" not in e.grid else ""
    sentences = [
        f"Networks of {_of(e, 'cells')} cells (model {e.neuron}) were simulated in steps of {e.time_step:g} s; static "
        f"weights had a connection probability of {_of(e, 'sparsity')} and a gain G of {_of(e, 'gain')}"
        f"{', and those onto a neuron added up to zero' if e.rows_balanced else ''}; the feedback Q was "
        f"{_of(e, 'feedback')}, the constant input {e.constant_input:g}.",
        f"Synapses rose in {_of(e, 'rise')} s and decayed in {_of(e, 'decay')} s.",
        f"The target was {_of(e, 'target.kind')}{period}{noise}.",
        learnt,
    ]
    if e.target.hdts or "target.hdts" in e.grid:
        sentences.append(f"A temporal signal of {_of(e, 'target.hdts')} components was among the outputs.")
    if e.drive:
        sentences.append(
            f"A temporal signal of {e.drive.components} components drove the network, with input weights up to "
            f"{e.drive.amplitude:g}."
        )
    return " ".join([_head(e), *sentences, _varied(e), _count(e, len(e.members()))]).replace("  ", " ")


def _primer(e: PrimerExperiment) -> str:
    t = e.training
    task = ", ".join(f"{key} {_text(value)}" for key, value in e.task.attributes.items())
    sentences = [
        f"Networks of {_of(e, 'network.units')} units (cell {_of(e, 'network.cell')}{_leaky(e)}) learnt the task "
        f"{_of(e, 'task.name')}{f' ({task})' if task else ''}.",
        f"Training took {_of(e, 'training.updates')} updates of {_of(e, 'training.batch')} fresh trials by "
        f"{_of(e, 'training.optimiser')} at a rate of {_of(e, 'training.rate')}; the loss was "
        f"{_words(_of(e, 'training.loss'))}. Every {t.evaluate_every} updates {t.evaluation_trials} trials "
        "measured it.",
    ]
    penalties = [
        f"{getattr(t, key):g} times the {about}"
        for key, about in {"l1_rates": "sum of absolute rates", "l1_parameters": "sum of absolute weights",
                           "wiring": "length of the wiring"}.items()
        if getattr(t, key)
    ]  # fmt: skip
    sentences += [f"Added to the loss: {_listed(penalties)}."] if penalties else []
    if t.loss == "actor_critic":
        sentences.append(
            f"Rewards were discounted by {t.discount:g} (trace {t.trace:g}); the critic weighed {t.value_weight:g}, "
            f"the entropy {t.entropy:g}."
        )
    if e.conditions:
        told = (f"{name} ({_changes(changed)})" for name, changed in e.conditions.items())
        sentences.append(f"Conditions differ from this as named: {'; '.join(told)}.")
    return " ".join([_head(e), *sentences, _varied(e), _count(e, len(e.members()))]).replace("  ", " ")


def _taught(e: TaughtExperiment) -> str:
    how = _listed((_METHODS[str(each)] for each in e.grid.get("method", {"": e.method}).values()), "or")
    delays = f" (delays from {_listed(map(_text, e.task.delays), 'to')} s)" if e.task.name == "ready_set_go" else ""
    sentences = [
        f"Networks of {_of(e, 'units')} units learnt the task {_words(e.task.name)}{delays} by {how}, in steps of "
        f"1 ms; the teacher's gain was {_of(e, 'gain')}, the noise eta {_of(e, 'noise')}.",
        f"After {e.clamped} trials with outputs set to the target, recursive least squares ran for {_of(e, 'trials')} "
        f"trials, at random one in {_of(e, 'every')} steps; {e.tests} trials tested them from a new random state.",
    ]
    return " ".join([_head(e), *sentences, _varied(e), _count(e, len(e.members()))]).replace("  ", " ")


def _head(e: Population) -> str:
    return f"{e.title or 'Networks'} ({e.name})."


def _count(e: Population, networks: int) -> str:
    several = len(e.seeds) != 1
    in_a_row = len(e.seeds) > 3 and e.seeds == list(range(e.seeds[0], e.seeds[0] + len(e.seeds)))
    seeds = f"{e.seeds[0]} to {e.seeds[-1]}" if in_a_row else _listed(map(str, e.seeds))
    return f"{networks} network{'s' * (networks != 1)} in all, with seed{'s' * several} {seeds}."


def _of(e: Any, path: str) -> str:
    """A setting, or all values that the grid gives it."""
    if path in e.grid:
        return _listed(e.grid[path], "or")
    value = e
    for key in path.split("."):
        value = getattr(value, key)
    return _text(value)


def _text(value: Any) -> str:
    if isinstance(value, bool) or value is None:
        return {True: "yes", False: "no", None: "none"}[value]
    if isinstance(value, (list, tuple)):
        return _listed(map(_text, value))
    return f"{value:,}" if isinstance(value, int) else f"{value:g}" if isinstance(value, float) else str(value)


def _changes(changed: dict[str, Any]) -> str:
    return ", ".join(f"{path} {_text(value)}" for path, value in changed.items()) or "no change"


def _start(e: Experiment) -> str:
    """How recurrent weights begin; cells with gates have a way of their own."""
    ignored = not CELLS[e.network.cell].has_matrix and "network.cell" not in e.grid
    return "" if ignored else f", initialisation {_of(e, 'network.init')}"


def _leaky(e: PrimerExperiment) -> str:
    """What only cells with one matrix have."""
    if e.network.cell in ("gru", "lstm") and "network.cell" not in e.grid:
        return ""
    return (
        f", activation {_of(e, 'network.activation')}, initialisation {_of(e, 'network.init')}, time constant "
        f"{_of(e, 'network.tau')} ms, recurrent noise {_of(e, 'network.sigma')} times sqrt(2 dt/tau)"
    )


def _varied(e: Population) -> str:
    if not e.grid:
        return ""
    axes = "; ".join(f"{path}: {_listed(axis)}" for path, axis in e.grid.items())
    fraction = getattr(e, "grid_fraction", 1)
    share = "In all combinations" if fraction == 1 else f"In one of {fraction} of all combinations, balanced"
    return f"{share}, these were varied ({axes})."


def _trained(e: Experiment) -> str:
    if "tasks.train" in e.grid or "tasks.rule_set" in e.grid:
        return "the tasks named below"
    return f"{len(e.tasks.train)} task{'s' * (len(e.tasks.train) != 1)} ({_listed(e.tasks.train)})"


def _uneven(weights: dict[str, float]) -> str:
    told = _listed(f"{task} {weight:g} times" for task, weight in weights.items() if weight != 1)
    return f" Tasks drawn more or less often than the others: {told}." if told else ""


def _words(name: str) -> str:
    return name.replace("_", " ")


def _listed(values: Iterable[str], last: str = "and") -> str:
    """ "a, b and c" of some words."""
    words = list(values)
    return f" {last} ".join([", ".join(words[:-1]), words[-1]] if len(words) > 1 else words)

"""Settings that are fine one by one and cannot go together."""

from __future__ import annotations

import itertools
import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from replicortex.config.condition import Condition
from replicortex.config.names import TASKS_OF
from replicortex.errors import not_one_of
from replicortex.networks.activations import ACTIVATIONS, Activation
from replicortex.networks.cells import CELLS, names_with
from replicortex.training.optimisers import OPTIMISERS

_LABEL = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.+=,-]{0,179}")

Problem = tuple[str, str]  # (dotted path below the experiment, what is wrong and what would be right)


@dataclass(frozen=True)
class Contradiction:
    """A setting, when it is at odds with another, and what to say (``{e}`` is the experiment)."""

    path: str
    when: Callable[[Condition], bool]
    text: str


def _shortest_block(e: Condition) -> int:
    starts = [*e.block_starts, e.updates]
    return min(end - start for start, end in itertools.pairwise(starts))


def _is_regularised(e: Condition) -> bool:
    strengths = e.regularisers.model_dump()
    return strengths.pop("plastic_fraction") not in (None, 1) or any(strengths.values())


def _is_diagonal(e: Condition) -> bool:
    """Whether recurrent weights off the diagonal begin at zero and stay there."""
    begins = CELLS[e.network.cell].has_matrix and e.network.init == "diag"
    return begins and e.training.device == "cpu" and e.schedule.optimiser in ("adam", "sgd")


def _activations(has: Callable[[Activation], object]) -> str:
    return ", ".join(name for name, each in ACTIVATIONS.items() if has(each))


_READOUTS = {"squared": ("sigmoid", "linear"), "cross_entropy": ("softmax",)}
CONTRADICTIONS = (
    Contradiction(
        "network.activation",
        lambda e: CELLS[e.network.cell].has_matrix and ACTIVATIONS[e.network.activation].recurrent_scale is None,
        "'{e.network.activation}' cannot go with network.cell '{e.network.cell}', which takes "
        + _activations(lambda f: f.recurrent_scale)
        + f"; or choose network.cell {names_with(lambda cell: not cell.has_matrix)}",
    ),
    Contradiction(
        "network.activation",
        lambda e: e.network.input == "separate" and not ACTIVATIONS[e.network.activation].separable,
        "'{e.network.activation}' cannot go with network.input 'separate', which takes "
        + _activations(lambda f: f.separable)
        + "; or choose network.input 'fused'",
    ),
    Contradiction(
        "network.cell",
        lambda e: e.network.input == "separate" and not CELLS[e.network.cell].separate,
        "'{e.network.cell}' cannot go with network.input 'separate', which takes "
        + names_with(lambda cell: cell.separate)
        + "; or choose network.input 'fused'",
    ),
    Contradiction(
        "network.mix_rule",
        lambda e: e.network.mix_rule and e.network.input != "separate",
        "true cannot go with network.input '{e.network.input}'; it takes network.input 'separate'",
    ),
    Contradiction(
        "tasks.loss",
        lambda e: e.tasks.loss == "cross_entropy" and e.network.input == "separate",
        "'cross_entropy' cannot go with network.input 'separate', which takes squared; or choose network.input 'fused'",
    ),
    Contradiction(
        "tasks.cost_mask",
        lambda e: e.tasks.loss == "cross_entropy" and e.tasks.cost_mask == "paper",
        "'paper' cannot go with tasks.loss 'cross_entropy', whose mask has no variant; choose cost_mask 'program'",
    ),
    Contradiction(
        "tasks.fixation_target",
        lambda e: e.tasks.loss == "cross_entropy" and e.tasks.fixation_target == "paper",
        "'paper' cannot go with tasks.loss 'cross_entropy', whose fixation target is 1; "
        "choose fixation_target 'program'",
    ),
    Contradiction(
        "tasks.dt",
        lambda e: e.tasks.dt > e.tasks.tau,
        "{e.tasks.dt:g} ms is longer than tasks.tau ({e.tasks.tau:g} ms); dt is at most tau",
    ),
    Contradiction(
        "tasks.dt",
        lambda e: e.tasks.dt > 100,
        "{e.tasks.dt:g} ms is too coarse for tasks whose shortest period lasts 100 ms; dt is at most 100",
    ),
    Contradiction(
        "training.trainable",
        lambda e: e.training.trainable in ("input", "rule") and e.network.input != "separate",
        "'{e.training.trainable}' cannot go with network.input '{e.network.input}'; it takes network.input 'separate'",
    ),
    Contradiction(
        "training.trainable",
        lambda e: e.training.trainable == "diagonal" and not _is_diagonal(e),
        "'diagonal' takes network.cell leaky_rnn with init diag, training.device cpu, and a schedule of adam or sgd; "
        "choose these, or 'all'",
    ),
    Contradiction(
        "training.precision",
        lambda e: e.training.precision == "mixed" and e.training.path == "torch",
        "'mixed' cannot go with training.path 'torch', it takes auto or native; or choose precision 'float32'",
    ),
    Contradiction(
        "training.precision",
        lambda e: e.training.precision == "mixed" and not CELLS[e.network.cell].native,
        "'mixed' cannot go with network.cell '{e.network.cell}', it takes "
        + names_with(lambda cell: cell.native)
        + "; or choose precision 'float32'",
    ),
    Contradiction(
        "training.precision",
        lambda e: e.training.precision == "mixed" and e.training.device == "cuda",
        "'mixed' cannot go with training.device 'cuda'; choose precision 'float32'",
    ),
    Contradiction(
        "training.path",
        lambda e: e.training.path == "native" and not CELLS[e.network.cell].native,
        "'native' cannot go with network.cell '{e.network.cell}', it takes "
        + names_with(lambda cell: cell.native)
        + "; or choose path 'auto'",
    ),
    Contradiction(
        "training.path",
        lambda e: e.training.path == "native" and e.training.device == "cuda",
        "'native' cannot go with training.device 'cuda'; choose path 'auto'",
    ),
    Contradiction(
        "training.device",
        lambda e: e.training.device == "cuda" and not CELLS[e.network.cell].on_gpu,
        "'cuda' cannot go with network.cell '{e.network.cell}', it takes "
        + names_with(lambda cell: cell.on_gpu)
        + "; or choose training.device 'cpu'",
    ),
    Contradiction(
        "training.device",
        lambda e: e.training.device == "cuda" and e.sequential is not None,
        "'cuda' cannot go with sequential blocks; choose training.device 'cpu'",
    ),
    Contradiction(
        "training.schedule",
        lambda e: e.training.device == "cuda" and not OPTIMISERS[e.schedule.optimiser].on_gpu,
        "'{e.schedule.name}' (optimiser {e.schedule.optimiser}) cannot go with training.device 'cuda', which takes "
        + ", ".join(name for name, each in OPTIMISERS.items() if each.on_gpu)
        + "; choose another schedule or training.device 'cpu'",
    ),
    Contradiction(
        "training.timing",
        lambda e: e.training.timing == "shared" and e.training.device != "cuda",
        "'shared' cannot go with training.device '{e.training.device}', where each network trains by itself; "
        "choose timing 'own' or device 'cuda'",
    ),
    Contradiction(
        "training.schedule",
        lambda e: e.sequential is None and 0 < e.updates <= e.schedule.warmup,
        "'{e.schedule.name}' warms up over {e.schedule.warmup} updates, but the training has {e.updates} "
        "(training.trials {e.training.trials}, batch {e.schedule.batch}); "
        "give more trials or a shorter warm-up",
    ),
    Contradiction(
        "training.schedule",
        lambda e: e.sequential is not None and e.updates > 0 and _shortest_block(e) <= e.schedule.warmup,
        "'{e.schedule.name}' warms up over {e.schedule.warmup} updates in each of the blocks, but the shortest has no "
        "more (training.trials {e.training.trials}, batch {e.schedule.batch}); give more trials or a shorter warm-up",
    ),
    Contradiction(
        "sequential.strength",
        lambda e: e.sequential is not None and e.sequential.strength > 0 and _is_regularised(e),
        "{e.sequential.strength:g} cannot go with regularisers, whose place its penalty takes; leave those out",
    ),
    Contradiction(
        "sequential.blocks",
        lambda e: e.sequential is not None and e.training.trainable != "all",
        "cannot go with training.trainable '{e.training.trainable}'; sequential training takes 'all'",
    ),
    Contradiction(
        "tasks.weights",
        lambda e: e.sequential is not None and bool(e.tasks.weights),
        "cannot go with sequential blocks, in which all tasks are equally likely; leave it empty",
    ),
    Contradiction(
        "imported",
        lambda e: e.imported is not None and bool(e.sequential or e.start_from),
        "networks trained elsewhere cannot go with sequential or pretrained; leave those out",
    ),
    Contradiction(
        "imported.readout",
        lambda e: e.imported is not None and e.imported.readout not in (None, *_READOUTS[e.tasks.loss]),
        "'{e.imported.readout}' cannot go with tasks.loss '{e.tasks.loss}'; choose tasks.loss squared for sigmoid and "
        "linear, cross_entropy for softmax",
    ),
    Contradiction(
        "training.device",
        lambda e: e.imported is not None and e.training.device != "cpu",
        "'{e.training.device}' cannot go with imported networks, which are not trained; choose 'cpu'",
    ),
    Contradiction(
        "pretrained.experiment",
        lambda e: e.start_from is not None and e.start_from.experiment == e.name,
        "'{e.name}' cannot start from itself; name another experiment",
    ),
)


def _task_problems(e: Condition) -> list[Problem]:
    """Tasks outside of the rule set, named twice, weighted without being trained, or in no block."""
    found: list[Problem] = []
    allowed, trained = TASKS_OF[e.tasks.rule_set], e.tasks.train
    for i, task in enumerate(trained):
        if task not in allowed:
            found.append((f"tasks.train[{i}]", f"{not_one_of(task, allowed)} (rule set '{e.tasks.rule_set}')"))
        elif task in trained[:i]:
            found.append((f"tasks.train[{i}]", f"{task!r} is listed twice; name each task once"))
    for task in e.tasks.weights:
        if task not in trained:
            text = f"this task is not trained; tasks.train has {', '.join(trained)}"
            found.append((f"tasks.weights.{task}", text))
    if e.sequential is not None:
        in_blocks = [task for block in e.sequential.blocks for task in block]
        if sorted(in_blocks) != sorted(trained):
            text = "the blocks must hold each task of tasks.train once: "
            found.append(("sequential.blocks", f"{text}{', '.join(trained)}; they hold {', '.join(in_blocks)}"))
    return found


def _label_problems(e: Condition) -> list[Problem]:
    """Imported files whose names cannot label a network, or label two."""
    labels = [Path(file).stem for file in (e.imported.files if e.imported is not None else ())]
    rule = "give the file another name, of at most 180 letters, digits and _ . + - = ,"
    odd = [(i, "cannot label a network") for i, label in enumerate(labels) if not _LABEL.fullmatch(label)]
    twice = [(i, "labels another network already") for i, label in enumerate(labels) if label in labels[:i]]
    return [(f"imported.files[{i}]", f"{labels[i]!r} {what}; {rule}") for i, what in odd + twice]


def contradictions(experiment: Condition) -> list[Problem]:
    """Every contradiction within an experiment, as (path below it, message)."""
    at_odds = [(c.path, c.text.format(e=experiment)) for c in CONTRADICTIONS if c.when(experiment)]
    return at_odds + _task_problems(experiment) + _label_problems(experiment)

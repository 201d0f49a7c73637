"""The hashes of this package's own jobs cover all that runs in them, and nothing of other jobs."""

import inspect
import sys
import threading
from pathlib import Path

import replicortex as rx
from replicortex.provenance import Choice, SourceGraph
from replicortex.provenance.code import PACKAGE as SOURCES
from replicortex.provenance.code import WITHOUT_EFFECT


def executed(call):
    """Top-level names of this package's functions and classes that run during a call, as "module:name"."""
    found = set()

    def note(frame, event, _):
        code = frame.f_code
        is_function = code.co_flags & inspect.CO_OPTIMIZED  # the bodies of modules and classes run at their import
        if event == "call" and code.co_filename.startswith(str(SOURCES)) and is_function:
            module = Path(code.co_filename).relative_to(SOURCES.parent).with_suffix("").parts
            found.add((module, code.co_qualname.split(".")[0]))

    threading.setprofile(note)
    sys.setprofile(note)
    try:
        call()
    finally:
        sys.setprofile(None)
        threading.setprofile(None)
    plain = {(module[:-1] if module[-1] == "__init__" else module, name) for module, name in found}
    return {
        ".".join(module) + ":" + name
        for module, name in plain
        if not {*module[1:2]} & {*WITHOUT_EFFECT} and name not in ("__getattr__", "__dir__") and name[0] != "<"
    }


SCRIPTS = SOURCES.parents[1] / "workflow_scripts"
SMALL = {
    "schedules": {"s": {"batch": 8}},
    "schedule": "s",
    "experiments": {"e": {"seeds": 1, "network": {"units": 8}, "training": {"trials": 40, "evaluate_every": 3}}},
}


def test_all_that_a_training_and_a_measurement_run_is_in_their_hashes(tmp_path):
    """The graph is read off the sources; here they run."""
    experiment = rx.load_config(SMALL, "paper")["e"]
    nets = []
    ran = executed(lambda: nets.append(rx.training.train(experiment, results=tmp_path, log=lambda line: None)))
    covered = SourceGraph().meanings("replicortex.training.job:train", choice=Choice(experiment.registries()))
    assert len(ran) > 60 and ran <= set(covered), ran - set(covered)
    ran = executed(lambda: rx.analysis.measure_vectors(nets))
    covered = SourceGraph().meanings(SCRIPTS / "measure_vectors.py", choice=Choice(experiment.registries()))
    assert len(ran) > 20 and ran <= set(covered), ran - set(covered)


def test_a_training_does_not_depend_on_analyses_figures_or_other_tasks():
    graph, training = SourceGraph(), "replicortex.training.job:train"
    keys = {"replicortex.tasks.catalogue:TASKS": frozenset({"fdgo"})}
    covered = set(graph.meanings(training, choice=Choice(keys)))
    assert {
        "file kernel.cpp",
        "replicortex.training.trainer:Trainer",
        "replicortex.tasks.catalogue:_TWENTY[fdgo]",
    } <= covered
    parts = {name.split(".")[1] for name in covered if name.startswith("replicortex.")}
    assert not parts & {"analysis", "figures", "scorecard", "spiking", "primer", "recordings"}
    assert not any("dm1" in name for name in covered)

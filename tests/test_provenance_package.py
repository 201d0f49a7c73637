"""The hashes of this package's own jobs cover all that runs in them, and nothing of other jobs."""

import ast
import inspect
import re
import sys
import threading
from importlib import import_module
from pathlib import Path

import pytest

import replicortex as rx
from replicortex.native import variants
from replicortex.pipeline import papers
from replicortex.pipeline.kinds import KINDS
from replicortex.pipeline.measurements import code_of
from replicortex.provenance import Choice, SourceGraph
from replicortex.provenance.code import PACKAGE as SOURCES
from replicortex.provenance.code import WITHOUT_EFFECT
from replicortex.provenance.definitions import parse
from replicortex.provenance.syntax import file_meaning


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


STEPS = {step.name: step for step in papers()["yang2019"].steps}
SMALL = {
    "schedules": {"s": {"batch": 8}},
    "schedule": "s",
    "experiments": {"e": {"seeds": 1, "network": {"units": 8}, "training": {"trials": 40, "evaluate_every": 3}}},
}


@pytest.mark.long
def test_all_that_a_training_and_a_measurement_run_is_in_their_hashes(tmp_path):
    """The graph is read off the sources; here they run."""
    experiment = rx.load_config(SMALL, "paper")["e"]
    nets = []
    ran = executed(lambda: nets.append(rx.training.train(experiment, results=tmp_path, log=lambda line: None)))
    covered = SourceGraph().meanings("replicortex.training.job:train", choice=Choice(experiment.registries()))
    assert len(ran) > 60 and ran <= set(covered), ran - set(covered)
    ran = executed(lambda: rx.analysis.measure_vectors(nets))
    covered = SourceGraph().meanings(*code_of(STEPS["vectors"], KINDS["rate"]), choice=Choice(experiment.registries()))
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


REGISTRIES = (
    *("replicortex.tasks.catalogue:TASKS", "replicortex.tasks.catalogue:RULE_SETS"),
    *("replicortex.primer.tasks:TASKS", "replicortex.primer.meta_rl_tasks:EPISODIC"),
    "replicortex.spiking.supervisors:_KINDS",
    *("replicortex.networks.activations:ACTIVATIONS", "replicortex.networks.cells:CELLS"),
    *("replicortex.training.optimisers:OPTIMISERS", "replicortex.training.penalties:PENALTIES"),
)


def test_every_entry_of_a_registry_can_be_read_off():
    """Of a registry the chosen entries alone count: an edit of one that cannot be told apart would rerun nothing."""
    for registry in REGISTRIES:
        name, registered = registry.split(":")
        module = import_module(name)
        source = Path(module.__file__)
        values = parse(source.read_bytes(), str(source), tuple(name.split(".")), False, False).definitions.values()
        readable = {key for each in values if each.is_value for key in each.entries}
        assert set(getattr(module, registered)) <= readable, registry


def test_every_file_that_the_kernel_includes_counts():
    waiting, found = [variants.SOURCE.name], set()
    while waiting:
        found.add(name := waiting.pop())
        text = (variants.FOLDER / name).read_text(encoding="utf-8")
        waiting += {*re.findall(r'^#include "(.+)"', text, re.MULTILINE)} - found
    assert found == {variants.SOURCE.name, *(path.name for path in variants.HEADERS)}


HARMLESS = {
    "forkserver.py: __import__(name)",  # of a list of its own, of what jobs import anyway
    "__main__.py: import_module(f'{__package__}.{module}')",  # commands, of which no job is made
    "report/rows.py: import_module(module)",  # claims, which count as entry points of what is made of them
    "primer/environments.py: statements of its own",  # offers tasks to Gymnasium, which no job uses
    "primer/tasks.py: import_module(module)",  # a task of the user's own, which counts as an entry point
    "primer/meta_rl.py: statements of its own",  # tells pytest that a function is no test
}
DEFINITIONS = (ast.FunctionDef, ast.ClassDef)
CALLS = ("globals", "exec", "eval", "__import__", "import_module")
DECORATORS = {
    "dataclass",
    "cache",
    "lru_cache",
    "contextmanager",
    "njit",
    "styled",
    "short_repr",
}  # that enter nothing anywhere


def hidden(path):
    """Ways in which code of a module can have an effect elsewhere that cannot be read off where it is used."""
    tree = ast.parse(path.read_bytes())
    for node in tree.body:
        targets = node.targets if isinstance(node, ast.Assign) else ()
        shown = isinstance(node, (ast.If, ast.Assign, ast.AnnAssign, ast.Import, ast.ImportFrom, *DEFINITIONS)) or (
            isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
        )
        if not shown or any(isinstance(each, (ast.Attribute, ast.Subscript)) for each in targets):
            yield "statements of its own"  # they count where a name of this module is used, and nowhere else
    decorators = [each for node in tree.body for each in getattr(node, "decorator_list", ())]
    yield from (f"@{name}" for each in decorators if (name := last(each)) not in DECORATORS)
    # a lazy package's own function, which the graph reads in a way of its own
    rest = (node for node in tree.body if getattr(node, "name", "") not in ("__dir__", "__getattr__"))
    for node in (inner for each in rest for inner in ast.walk(each)):
        name = last(node)
        if name in ("__init_subclass__", "__set_name__", "__subclasses__") or (
            isinstance(node, ast.alias) and node.name == "import_module" and node.asname
        ):
            yield name
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and name in CALLS:
            told = ast.unparse(node.args[0]) if node.args else ""
            if not (name == "import_module" and re.fullmatch(r"f?'replicortex\.[^']*'", told)):
                yield f"{name}({told})"


def last(node):
    """The last part of the name of a syntax tree: of a call, what is called."""
    node = node.func if isinstance(node, ast.Call) else node
    return next((text for key in ("attr", "id", "name") if isinstance(text := getattr(node, key, None), str)), "")


def test_nothing_in_the_package_is_hidden_from_the_graph():
    found = set()
    for path in SOURCES.rglob("*.py"):
        name = path.relative_to(SOURCES)
        if name.parts[0].removesuffix(".py") not in WITHOUT_EFFECT:
            found |= {f"{name}: {each}" for each in hidden(path)}
    assert found == HARMLESS


KERNEL = '#define N 3\n#include <a.h>\n\n// sum\nint f(int x) { /* add */ return x+ +N; } const char* t = "a // b";\n'


@pytest.mark.parametrize(
    ("old", "new", "same"),
    [
        ("// sum", "// the sum\n// of all", True),
        ("/* add */", "", True),
        ("{ /* add */ return x+ +N; }", "\n{\n    return x + +N;\n}", True),
        ("x+ +N", "x++N", False),
        ("N 3", "N 4", False),
        ("#define N 3\n", "#define N 3 ", False),
        ("a // b", "a // c", False),
        ("x+", "x-", False),
    ],
)
def test_of_a_kernel_the_tokens_count(old, new, same):
    one, other = (file_meaning("k.cpp", text.encode()) for text in (KERNEL, KERNEL.replace(old, new)))
    assert (one == other) == same

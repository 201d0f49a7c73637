"""The hash of the code behind a job: what it means and can reach counts, nothing else does."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from replicortex.provenance import Choice, SourceGraph, code_hash, definitions, environment, fingerprint

PACKAGE = {
    "__init__.py": """
        from importlib import import_module
        __version__ = "1"
        _SUBPACKAGES = ("analysis", "tasks", "plots")
        def __getattr__(name):
            if name in _SUBPACKAGES:
                return import_module(f"{__name__}.{name}")
            if name == "load":
                return import_module(f"{__name__}.loading").load
            raise AttributeError(name)
        """,
    "loading.py": "def load(): from .checks import check; return check",
    "checks.py": "check = 1\nother = 2",
    "tasks/__init__.py": "from pkg.tasks.make import generate",
    "tasks/make.py": """
        from . import ring
        LIMIT = 3
        def generate(n=LIMIT):
            \"\"\"One trial.\"\"\"
            return helper(ring.n, n)  # a remark
        def helper(a, b):
            return a + b
        def unused():
            return generate()
        """,
    "tasks/ring.py": "n = 32\nm = 64",
    "tasks/catalogue.py": """
        from pkg.tasks.make import generate, unused
        class Task:
            def __init__(self, name, function):
                self.name, self.function = name, function
        _FEW = (Task("go", generate), Task("stop", unused))
        _MORE = (Task("wait", lambda: 5),)
        TASKS = {task.name: task for task in (*_FEW, *_MORE)}
        def find(name):
            return TASKS[name]
        def go():
            return SETS["small"]
        SETS = {"small": ("go",), "large": tuple(task.name for task in _FEW)}
        """,
    "analysis/__init__.py": """
        from importlib import import_module
        _HOME = {"variance": "spread", "cluster": "groups"}
        _LATE = ("slow",)
        def __getattr__(name):
            if name in _LATE:
                return import_module("pkg.analysis.late").slow
            return getattr(import_module(f"{__name__}.{_HOME[name]}"), name)
        """,
    "analysis/spread.py": "import numpy\nvariance = 1",
    "analysis/groups.py": """
        from pkg.analysis.spread import variance
        class Base: pass
        class cluster(Base):
            v = variance
        """,
    "analysis/late.py": "slow = 1",
    "plots/__init__.py": "",
    "plots/draw.py": """
        from typing import TYPE_CHECKING
        from importlib import import_module
        if TYPE_CHECKING:
            import pkg.checks
        def draw(): return "house.mplstyle"
        def named(name): return import_module(f"pkg.plots.{name}").figure()
        """,
    "plots/one.py": "def figure(): return 1",
    "plots/two.py": "def figure(): return 2",
    "plots/house.mplstyle": "axes.grid: true",
    "noisy.py": "import numpy\nnumpy.seterr(all='raise')\nquiet = 0",
    "errors.py": "limit = 1",
}


def dedent(text):
    lines = text.splitlines()
    indent = len(lines[1]) - len(lines[1].lstrip()) if text.startswith("\n") else 0
    return "\n".join(line[indent:] for line in lines) + "\n"


@pytest.fixture
def pkg(tmp_path):
    for name, text in PACKAGE.items():
        path = tmp_path / "pkg" / name
        path.parent.mkdir(exist_ok=True, parents=True)
        path.write_text(dedent(text))
    return tmp_path / "pkg"


def script(pkg, text, name="script.py"):
    path = pkg.parent / name
    path.write_text(text)
    return path


def reached(pkg, text, choice=None):
    found = SourceGraph(pkg).meanings(script(pkg, text), choice=choice or Choice())
    return {name.removeprefix("pkg.") for name in found if name.startswith("pkg.")}


GENERATE = {"tasks.make:generate", "tasks.make:helper", "tasks.make:LIMIT", "tasks.ring:n"}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("import numpy", set()),
        ("import pkg as rx\nrx.__file__", set()),
        ("import pkg as rx\nrx.tasks.generate()", GENERATE),
        ("import pkg\npkg.tasks.make.helper", {"tasks.make:helper"}),
        ("import pkg.tasks.ring as r\nr.n", {"tasks.ring:n"}),
        ("from pkg import tasks\ntasks.generate", GENERATE),
        ("from pkg.tasks import generate as g\ng()", GENERATE),
        ("from pkg.tasks.ring import *\nprint(n)", {"tasks.ring:n"}),
        ("def f():\n  from pkg.tasks.make import helper\n  return helper", {"tasks.make:helper"}),
        ("def f(helper):\n  return helper\nfrom pkg.tasks.make import helper", set()),
        ("from pkg.tasks.make import helper\ndef f():\n  return [helper for helper in 'ab']", set()),
        (
            "from pkg.tasks.make import helper\ndef f():\n  return [helper for helper in helper()]",
            {"tasks.make:helper"},
        ),
        ("try:\n  from pkg.checks import check\nexcept ImportError:\n  check = 0\ncheck", {"checks:check"}),
        ("import pkg as rx\nrx.load()", {"loading:load", "checks:check"}),
        ("from pkg import load\nload()", {"loading:load", "checks:check"}),
        ("import pkg as rx\nrx.analysis.variance", {"analysis.spread:variance"}),
        (
            "from pkg.analysis import cluster\ncluster",
            {"analysis.groups:cluster", "analysis.groups:Base", "analysis.spread:variance"},
        ),
        ("from pkg.analysis import slow\nslow", {"analysis.late:slow"}),
        ("from pkg.tasks import ring\nf(ring)", {"tasks.ring:n", "tasks.ring:m"}),
        ("from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n  from pkg.checks import check\ncheck", set()),
        ("from importlib import import_module\nimport_module('pkg.analysis.late')", {"analysis.late:slow"}),
        ("from pkg.noisy import quiet\nquiet", {"noisy:quiet", "noisy:"}),
        ("from pkg.errors import limit\nlimit", set()),
        ("from pkg.plots.draw import draw\ndraw()", {"plots.draw:draw"}),
    ],
)
def test_what_a_script_reaches(pkg, text, expected):
    assert reached(pkg, text) == expected


@pytest.mark.parametrize("text", ["import pkg as rx\nlater = rx\nlater.alone", "import pkg as rx\ngetattr(rx, 'x')"])
def test_a_package_that_is_handed_on_counts_as_a_whole(pkg, text):
    assert {"tasks.make:unused", "analysis.late:slow", "plots.two:figure"} <= reached(pkg, text)


USER = "import pkg as rx\nfrom pkg.analysis import cluster\nrx.tasks.generate()\ncluster()\n"


def edited(pkg, name, old, new):
    path = pkg / name
    assert old in path.read_text()
    path.write_text(path.read_text().replace(old, new))


@pytest.mark.parametrize(
    ("name", "old", "new"),
    [
        ("tasks/make.py", "# a remark", "# another"),
        ("tasks/make.py", '"""One trial."""', '"""A trial, drawn at random."""'),
        ("tasks/make.py", '    """One trial."""\n', ""),
        ("tasks/make.py", "return helper(ring.n, n)", "return helper(\n        (ring.n),\n        n,\n    )"),
        ("tasks/make.py", "def helper(a, b)", "def helper(a: int, b: 'int') -> int"),
        ("tasks/make.py", "return generate()", "return 0"),
        ("tasks/make.py", "LIMIT = 3\n", "LIMIT = 3\nNEW = 4\n\n\ndef later():\n    return NEW\n"),
        ("tasks/make.py", "from . import ring\n", "from pkg.tasks import ring\nfrom typing import Any\n"),
        ("tasks/ring.py", "m = 64", "m = 65"),
        ("tasks/make.py", "LIMIT = 3\n", "__all__ = ['generate']\nLIMIT = 3\n"),
        ("checks.py", "check = 1", "check = 3"),
        ("analysis/__init__.py", '"spread"', '"spread", "more": "late"'),
        ("errors.py", "limit = 1", "limit = 2"),
    ],
)
def test_what_means_the_same_gives_the_same_hash(pkg, name, old, new):
    before = code_hash(script(pkg, USER), package=pkg)
    edited(pkg, name, old, new)
    assert code_hash(script(pkg, USER + "# a word\n"), package=pkg) == before


@pytest.mark.parametrize(
    ("name", "old", "new"),
    [
        ("tasks/make.py", "LIMIT = 3", "LIMIT = 4"),
        ("tasks/make.py", "a + b", "b + a"),
        ("tasks/make.py", "n=LIMIT", "n=LIMIT + 1"),
        ("tasks/make.py", "def helper", "@staticmethod\ndef helper"),
        ("tasks/ring.py", "n = 32", "n = 32.0"),
        ("tasks/ring.py", "n = 32", "n = 31\nn = n + 1"),
        ("tasks/__init__.py", "import generate", "import unused as generate"),
        ("analysis/groups.py", "class Base: pass", "class Base: x = 1"),
        ("analysis/spread.py", "variance = 1", "variance = 2"),
        ("analysis/spread.py", "import numpy", "import numpy\nnumpy.seterr(all='raise')"),
        (
            "analysis/spread.py",
            "import numpy",
            "import numpy\nfor each in ('all',):\n    numpy.seterr(**{each: 'raise'})",
        ),
    ],
)
def test_what_means_something_else_gives_another_hash(pkg, name, old, new):
    before = code_hash(script(pkg, USER), package=pkg)
    edited(pkg, name, old, new)
    assert code_hash(script(pkg, USER), package=pkg) != before


def test_a_module_that_moves_changes_nothing_and_two_that_swap_names_do(pkg):
    text = "from pkg.{} import check\ncheck\n"
    before = code_hash(script(pkg, text.format("checks")), package=pkg)
    (pkg / "checks.py").rename(pkg / "controls.py")
    assert code_hash(script(pkg, text.format("controls")), package=pkg) == before
    both = "from pkg.tasks.ring import n, m\nprint(n, m)\n"
    before = code_hash(script(pkg, both), package=pkg)
    (pkg / "tasks/ring.py").write_text("m = 32\nn = 64\n")
    assert code_hash(script(pkg, both), package=pkg) != before


def test_time_and_place_do_not_matter(pkg, tmp_path):
    path = script(pkg, USER)
    before = code_hash(path, package=pkg)
    for file in pkg.rglob("*"):
        os.utime(file, (1, 1))
    assert code_hash(path, package=pkg) == before
    other = tmp_path / "else where" / "deep"
    shutil.copytree(pkg, other / "pkg")
    shutil.copy(path, other)
    assert code_hash(other / "script.py", package=other / "pkg") == before


def test_data_files_that_a_definition_names_count(pkg):
    path = script(pkg, "from pkg.plots.draw import draw\ndraw()")
    before = code_hash(path, package=pkg)
    (pkg / "plots" / "house.mplstyle").write_text("axes.grid: false\n")
    assert code_hash(path, package=pkg) != before


def test_helpers_beside_the_script_count(pkg):
    script(pkg, "from pkg.checks import check\ndef help_():\n  return check\ndef more():\n  return 1", name="helper.py")
    path = script(pkg, "from helper import help_\nhelp_()")
    assert reached(pkg, path.read_text()) == {"checks:check"}
    before = code_hash(path, package=pkg)
    script(pkg, "from pkg.checks import check\ndef help_():\n  return check\ndef more():\n  return 2", name="helper.py")
    assert code_hash(path, package=pkg) == before
    script(pkg, "from pkg.checks import check\ndef help_():\n  return check + 1", name="helper.py")
    assert code_hash(path, package=pkg) != before


LEARN = "from pkg.tasks.catalogue import find, go\nfind('go')\ngo()\n"
GO = Choice({"pkg.tasks.catalogue:TASKS": frozenset({"go"}), "pkg.tasks.catalogue:SETS": frozenset({"small", "go"})})
ADDED = ("_MORE = (", '_NEW = (Task("new", lambda: 7),)\n_MORE = (Task("other", lambda: 6), ')


@pytest.mark.parametrize(
    ("old", "new", "changes"),
    [
        (*ADDED, False),
        ("(*_FEW, *_MORE)", "(*_FEW, *_MORE, *())", False),
        ('Task("wait", lambda: 5)', 'Task("wait", lambda: 6)', False),
        ('"large": tuple', '"third": (), "large": tuple', False),
        ('Task("go", generate)', 'Task("go", unused)', True),
        ('"small": ("go",)', '"small": ("go", "stop")', True),
        ("self.name, self.function = name, function", "self.name, self.function = name, [function]", True),
        ("return TASKS[name]", "return TASKS[name.lower()]", True),
    ],
)
def test_of_a_registry_only_what_is_chosen_counts(pkg, old, new, changes):
    path = script(pkg, LEARN)
    before = code_hash(path, choice=GO, package=pkg)
    edited(pkg, "tasks/catalogue.py", old, new)
    assert (code_hash(path, choice=GO, package=pkg) != before) == changes


def test_a_fixed_key_of_a_registry_needs_no_choice(pkg):
    text = "from pkg.tasks.catalogue import go\ngo()\n"
    assert reached(pkg, text) == {"tasks.catalogue:go", "tasks.catalogue:SETS[small]"} | (
        {"tasks.catalogue:SETS"} & reached(pkg, text)
    )
    before = code_hash(script(pkg, text), package=pkg)
    edited(pkg, "tasks/catalogue.py", '"large": tuple', '"third": (), "large": list')
    assert code_hash(script(pkg, text), package=pkg) == before


def test_all_modules_that_may_be_loaded_by_name_count(pkg):
    text = "from pkg.plots.draw import named\nnamed('one')\n"
    assert {"plots.one:figure", "plots.two:figure"} <= reached(pkg, text)


@pytest.mark.parametrize(
    ("entry", "words"),
    [
        ("pkg.tasks.make:nothing", "is no function"),
        ("none.py", r"none\.py: cannot be read"),
        ("broken.py", r"broken\.py: is not Python"),
    ],
)
def test_errors_name_the_file_or_function(pkg, entry, words):
    (pkg / "broken.py").write_text("x = = 1\n")
    with pytest.raises(ValueError, match=words):
        code_hash(entry if ":" in entry else pkg / entry, package=pkg)
    with pytest.raises(ValueError, match="no file given"):
        code_hash(package=pkg)
    with pytest.raises(ValueError, match="is no registry"):
        code_hash("pkg.checks:check", choice=Choice({"pkg.tasks:NONE": frozenset()}), package=pkg)


def test_other_files_count_by_their_content(pkg):
    path = script(pkg, "rates = 1", name="run.sh")
    before = code_hash(path, package=pkg)
    script(pkg, "rates = 22", name="run.sh")
    assert code_hash(path, package=pkg) != before


def test_each_file_is_parsed_once_and_never_again_with_a_cache(pkg, monkeypatch):
    """What makes the planning of many rules fast."""
    parsed = []
    parse = definitions.ast.parse
    monkeypatch.setattr(definitions.ast, "parse", lambda text: parsed.append(text) or parse(text))
    path, kept = script(pkg, USER), pkg.parent / "kept.json"
    graph = SourceGraph(pkg, cache=kept)
    first = graph.code_hash(path)
    assert graph.code_hash(path) == first and 0 < len(parsed) == len(set(parsed))
    graph.save()
    parsed.clear()
    assert SourceGraph(pkg, cache=kept).code_hash(path) == first and parsed == []
    edited(pkg, "tasks/make.py", "LIMIT = 3", "LIMIT = 4")
    assert SourceGraph(pkg, cache=kept).code_hash(path) != first and len(parsed) == 1


def test_a_module_that_becomes_a_package_is_parsed_anew(pkg):
    """The same text imports other modules then."""
    kept, path = pkg.parent / "kept.json", script(pkg, "from pkg.loading import load\nload()")
    graph = SourceGraph(pkg, cache=kept)
    graph.code_hash(path)
    graph.save()
    (pkg / "loading").mkdir()
    (pkg / "loading.py").rename(pkg / "loading/__init__.py")
    assert SourceGraph(pkg, cache=kept).meanings(path).keys() == SourceGraph(pkg).meanings(path).keys()


@pytest.mark.parametrize("content", ["", "{", "[]", '{"parser": "other", "parsed": {}}'])
def test_a_damaged_cache_costs_time_alone(pkg, content):
    kept = pkg.parent / "kept.json"
    kept.write_text(content)
    graph = SourceGraph(pkg, cache=kept)
    assert graph.code_hash(script(pkg, USER)) == code_hash(script(pkg, USER), package=pkg)
    graph.save()
    assert json.loads(kept.read_text())["parsed"]


def test_fingerprint_is_canonical():
    assert fingerprint({"b": [1, 2.5], "a": "é"}) == fingerprint({"a": "é", "b": [1, 2.5]})
    assert fingerprint([1, 2]) != fingerprint([2, 1])
    # sha256 of {"a":1}
    assert fingerprint({"a": 1}) == "015abd7f5cc57a2dd94b7590f04ad8084273905ee33ec5cebeae62276a97f862"
    for value in (float("nan"), {1, 2}, Path("x")):
        with pytest.raises(ValueError, match="cannot be written as JSON"):
            fingerprint({"x": value})


def test_environment_is_complete_and_light():
    code = (
        "import sys; from replicortex.provenance import environment; e = environment(); "
        "print(e['numpy'], bool(e['processor']), 'torch' in sys.modules or 'numpy' in sys.modules)"
    )
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    from numpy import __version__ as numpy_version

    assert run.stdout.split() == [numpy_version, "True", "False"]
    assert {"python", "torch", "platform", "processor"} <= set(environment())
    assert all(isinstance(value, str) and value for value in environment().values())

"""The hash of the code behind a script: what it reaches counts, nothing else does."""

import ast
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import replicortex
from replicortex import provenance
from replicortex.provenance import code_hash, environment, fingerprint, reached

NAMES = ("__all__", "__version__", "_HOME", "_OBSERVERS", "_SUBPACKAGES")
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
    "checks.py": "check = 1",
    "tasks/__init__.py": "from pkg.tasks.make import generate",
    "tasks/make.py": "from . import ring\ndef generate(): return ring",
    "tasks/ring.py": "n = 32",
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
    "analysis/groups.py": "from pkg.analysis.spread import variance\ncluster = variance",
    "analysis/late.py": "slow = 1",
    "plots/__init__.py": "",
    "plots/draw.py": """
        from typing import TYPE_CHECKING
        if TYPE_CHECKING:
            import pkg.checks
        STYLE = "house.mplstyle"
        """,
    "plots/house.mplstyle": "axes.grid: true",
    "alone.py": "x = 1",
}


@pytest.fixture
def pkg(tmp_path):
    for name, text in PACKAGE.items():
        path = tmp_path / "pkg" / name
        path.parent.mkdir(exist_ok=True, parents=True)
        lines = text.splitlines()
        indent = len(lines[1]) - len(lines[1].lstrip()) if text.startswith("\n") else 0
        path.write_text("\n".join(line[indent:] for line in lines) + "\n")
    return tmp_path / "pkg"


def script(pkg, text, name="script.py"):
    path = pkg.parent / name
    path.write_text(text)
    return path


def modules(pkg, text):
    found = reached(script(pkg, text), package=pkg)
    return {name.removeprefix("module pkg").removeprefix(".") for name in found if name.startswith("module")}


TASKS = {"", "tasks", "tasks.make", "tasks.ring"}
ALL = {
    name.removesuffix(".py").replace("/__init__", "").replace("/", ".")
    for name in PACKAGE
    if name.endswith("py")
}
EVERYTHING = (ALL - {"__init__"}) | {""}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("import numpy", set()),
        ("import pkg", {""}),
        ("import pkg as rx\nrx.__version__\nrx.__file__", {""}),
        ("import pkg as rx\nrx.tasks.generate()", TASKS),
        ("import pkg\npkg.tasks.make.generate", TASKS),
        ("import pkg.tasks", TASKS),
        ("import pkg.tasks.ring as r", TASKS),
        ("from pkg import tasks", TASKS),
        ("from pkg.tasks import generate", TASKS),
        ("from pkg.tasks import *", TASKS),
        ("def f():\n  from pkg.tasks.make import generate", TASKS),
        (
            "class A:\n  if True:\n    try:\n      import pkg.alone\n    except ImportError: pass",
            {"", "alone"},
        ),
        ("import pkg as rx\nrx.load()", {"", "loading", "checks"}),
        ("from pkg import load", {"", "loading", "checks"}),
        ("import pkg as rx\nrx.analysis.variance", {"", "analysis", "analysis.spread"}),
        ("from pkg.analysis import variance as v\nv(1)", {"", "analysis", "analysis.spread"}),
        (
            "from pkg import analysis\nanalysis.cluster",
            {"", "analysis", "analysis.spread", "analysis.groups"},
        ),
        ("from pkg.analysis import slow", {"", "analysis", "analysis.late"}),
        ("import pkg as rx\nlater = rx\nlater.alone", EVERYTHING),
        ("import pkg as rx\ngetattr(rx, 'alone')", EVERYTHING),
        ("import pkg as rx\nrx.surprise", EVERYTHING),
        ("from pkg.plots import draw", {"", "plots", "plots.draw"}),
        ("from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n  import pkg.alone", set()),
        (
            "import typing\nif typing.TYPE_CHECKING:\n  import pkg.alone\nelse:\n  import pkg.checks",
            {"", "checks"},
        ),
        ("from importlib import import_module\nimport_module('pkg.alone')", {"", "alone"}),
        ("import importlib\nimportlib.import_module(f'pkg.tasks.{x}')", TASKS),
        ("import importlib\nimportlib.import_module(f'pkg.plots.{x}')", {"", "plots", "plots.draw"}),
        ("import pkg.plots.nothing", {"", "plots"}),
        ("import pkg.nothing", EVERYTHING),
    ],
)
def test_what_a_script_reaches(pkg, text, expected):
    assert modules(pkg, text) == expected


def test_reached_covers_what_python_really_loads(pkg):
    text = "import pkg as rx\nrx.tasks.generate()\nrx.load()\nrx.analysis.slow"
    path = script(
        pkg, text + "\nimport sys\nprint(*(name for name in sys.modules if name.startswith('pkg')))"
    )
    run = subprocess.run([sys.executable, path], capture_output=True, text=True, check=True)
    loaded = {name.removeprefix("pkg").removeprefix(".") for name in run.stdout.split()}
    assert loaded == modules(pkg, text)


def test_edit_of_what_is_reached_changes_the_hash(pkg):
    path = script(pkg, "import pkg as rx\nrx.analysis.cluster")
    hashes = {code_hash(path, package=pkg)}
    for name in ("__init__.py", "analysis/__init__.py", "analysis/groups.py", "analysis/spread.py"):
        with (pkg / name).open("a") as file:
            file.write("more = 2\n")
        hashes.add(code_hash(path, package=pkg))
    path.write_text(path.read_text() + "# a word\n")
    hashes.add(code_hash(path, package=pkg))
    assert len(hashes) == 6


def test_edit_of_anything_else_does_not(pkg):
    path = script(pkg, "import pkg as rx\nrx.analysis.variance")
    before = code_hash(path, package=pkg)
    for name in ("alone.py", "tasks/ring.py", "analysis/groups.py", "analysis/late.py", "plots/__init__.py"):
        (pkg / name).write_text("something = 'else'\n")
    (pkg / "analysis" / "new.py").write_text("new = 1\n")
    assert code_hash(path, package=pkg) == before


def test_a_revert_gives_the_old_hash(pkg):
    path = script(pkg, "import pkg.alone")
    before, text = code_hash(path, package=pkg), (pkg / "alone.py").read_text()
    (pkg / "alone.py").write_text("x = 2\n")
    assert code_hash(path, package=pkg) != before
    (pkg / "alone.py").write_text(text)
    assert code_hash(path, package=pkg) == before


def test_time_and_place_do_not_matter(pkg, tmp_path):
    path = script(pkg, "import pkg.tasks, pkg.plots.draw")
    before = code_hash(path, package=pkg)
    for file in pkg.rglob("*"):
        os.utime(file, (1, 1))
    assert code_hash(path, package=pkg) == before
    other = tmp_path / "elsewhere" / "deep"
    shutil.copytree(pkg, other / "pkg")
    shutil.copy(path, other)
    assert code_hash(other / "script.py", package=other / "pkg") == before


def test_a_module_that_changes_its_name_changes_the_hash(pkg):
    first = script(pkg, "import pkg.alone, pkg.checks")
    before = code_hash(first, package=pkg)
    (pkg / "alone.py").rename(pkg / "swap.py")
    (pkg / "checks.py").rename(pkg / "alone.py")
    (pkg / "swap.py").rename(pkg / "checks.py")
    assert code_hash(first, package=pkg) != before


def test_data_files_that_a_module_names_count(pkg):
    path = script(pkg, "from pkg.plots import draw")
    before = code_hash(path, package=pkg)
    (pkg / "plots" / "house.mplstyle").write_text("axes.grid: false\n")
    assert code_hash(path, package=pkg) != before


def test_helpers_beside_the_script_count(pkg):
    script(pkg, "import pkg.alone", name="helper.py")
    path = script(pkg, "import helper")
    assert modules(pkg, "import helper") == {"", "alone"}
    before = code_hash(path, package=pkg)
    script(pkg, "import pkg.alone, pkg.checks", name="helper.py")
    assert code_hash(path, package=pkg) != before


def test_several_scripts_in_any_order(pkg):
    a, b = script(pkg, "import pkg.alone", name="a.py"), script(pkg, "import pkg.checks", name="b.py")
    (pkg.parent / "sub").mkdir()
    c = script(pkg, "import pkg.tasks", name="sub/a.py")
    assert code_hash(a, b, package=pkg) == code_hash(b, a, package=pkg) != code_hash(a, package=pkg)
    assert code_hash(a, c, package=pkg) not in (code_hash(a, package=pkg), code_hash(c, package=pkg))


def test_a_module_as_entry_point(pkg):
    found = reached(pkg / "tasks" / "make.py", package=pkg)
    assert {"module pkg.tasks.make", "module pkg.tasks.ring"} <= set(found)


def test_other_files_count_by_their_content(pkg):
    path = script(pkg, "rates = 1", name="run.sh")
    before = code_hash(path, package=pkg)
    script(pkg, "rates = 2", name="run.sh")
    assert code_hash(path, package=pkg) != before


@pytest.mark.parametrize(
    ("text", "words"), [("def (", "is not Python"), ("import pkg.broken", "broken.py: is not Python")]
)
def test_code_that_is_no_code(pkg, text, words):
    (pkg / "broken.py").write_text("x = = 1\n")
    with pytest.raises(ValueError, match=words):
        code_hash(script(pkg, text), package=pkg)


def test_missing_files(pkg):
    for path in (pkg.parent / "none.py", pkg / "none.py"):
        with pytest.raises(ValueError, match=r"none\.py: cannot be read"):
            code_hash(path, package=pkg)
    with pytest.raises(ValueError, match="no file given"):
        code_hash(package=pkg)


def test_this_package_is_the_default(tmp_path):
    path = tmp_path / "s.py"
    path.write_text("import replicortex as rx\nrx.load_config('x')\n")
    found = reached(path)
    assert {"module replicortex.config.loading", "module replicortex.errors"} <= set(found)
    assert not any("config.documents" in name for name in found)


def test_each_file_is_parsed_once(pkg, monkeypatch):
    """What makes the planning of many rules fast."""
    parsed = []
    parse = provenance.ast.parse
    monkeypatch.setattr(provenance.ast, "parse", lambda text: parsed.append(text) or parse(text))
    path = script(pkg, "import pkg as rx\nrx.analysis.cluster  # parsed nowhere else")
    first = code_hash(path, package=pkg)
    assert 0 < len(parsed) == len(set(parsed))
    parsed.clear()
    assert code_hash(path, package=pkg) == first
    assert parsed == []


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


def test_packages_hold_names_alone():
    """What makes a job run again leaves them out (`rules/common.smk`), so nothing in them may change a result."""
    for path in Path(replicortex.__file__).parent.rglob("__init__.py"):
        for node in ast.parse(path.read_text()).body:
            if isinstance(node, ast.FunctionDef):
                assert node.name in ("__getattr__", "__dir__"), path
            elif isinstance(node, ast.Assign):
                (target,) = node.targets
                assert isinstance(target, ast.Name) and target.id in NAMES, path
            else:
                assert isinstance(node, ast.Import | ast.ImportFrom | ast.Expr | ast.If), path

"""The command `replicortex`: a list of what there is, in no time, and what each name leads to."""

from __future__ import annotations

import subprocess
import sys
import tomllib
from importlib import import_module
from pathlib import Path

import pytest

from replicortex.__main__ import COMMANDS, main

CALL = "from replicortex.__main__ import main; raise SystemExit(main(['--help']))"
ROOT = Path(__file__).resolve().parent.parent


def test_help_lists_every_command_without_importing_anything_heavy():
    program = (
        "import sys; from replicortex.__main__ import main; main(['--help']); "
        "print(sorted({name.partition('.')[0] for name in sys.modules} & {'torch', 'numpy', 'pandas', 'yaml'}))"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    *listed, heavy = done.stdout.splitlines()
    assert heavy == "[]"
    for name, (_, what) in COMMANDS.items():
        assert [line for line in listed if line.split(maxsplit=1) == [name, what]], name


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_tells_its_options_under_its_own_name(name, capsys):
    with pytest.raises(SystemExit) as ended:
        main([name, "--help"])
    assert ended.value.code == 0
    assert capsys.readouterr().out.startswith(f"usage: replicortex {name} ")


def test_a_wrong_name_a_missing_extra_and_no_name(capsys, monkeypatch):
    assert main(["expalin"]) == 2
    assert "did you mean 'explain'?" in capsys.readouterr().err
    monkeypatch.setitem(sys.modules, "rich", None)
    monkeypatch.setitem(sys.modules, "rich.console", None)
    assert main(["progress", str(ROOT)]) == 2
    assert capsys.readouterr().err.endswith("pip install 'replicortex[workflow]'\n")
    assert main([]) == 2 and "commands:" in capsys.readouterr().out


def test_a_pager_that_is_left_is_no_error():
    program = f"import os, sys; os.close(1); r, w = os.pipe(); os.close(r); sys.stdout = os.fdopen(w, 'w'); {CALL}"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert done.returncode == 1 and done.stderr == ""


def test_it_passes_on_words_and_exit_status(capsys):
    assert main(["explain", "no/such.pdf"]) == 1
    assert capsys.readouterr().err.startswith("replicortex explain: no/such.pdf: no such file")


def test_a_configuration_is_checked(capsys, tmp_path):
    assert main(["check", str(ROOT / "config.yaml"), "--scale", "smoke"]) == 0
    first, *rest = capsys.readouterr().out.splitlines()
    assert first.endswith("networks at scale smoke") and first.startswith(f"{len(rest)} experiments")
    wrong = tmp_path / "mine.yaml"
    wrong.write_text("experiments: {reference: {network: {activation: sofplus}}}\n")
    assert main(["check", str(ROOT / "config.yaml"), str(wrong)]) == 1
    assert "did you mean 'softplus'?" in capsys.readouterr().err


def test_the_installed_command_is_this_one():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    module, _, function = project["scripts"]["replicortex"].partition(":")
    assert getattr(import_module(module), function) is main

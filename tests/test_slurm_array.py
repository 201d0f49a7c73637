"""Job arrays: what is submitted, what is refused, and what a task of one leaves behind."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from whole_config import whole_config
from workflow_checkout import ROOT, checkout, reference_at_smoke

import replicortex as rx
from replicortex import slurm_array
from replicortex.errors import ConfigError


def study(folder: Path, **top: Any) -> Any:
    document = whole_config()
    return rx.load_config({**document, "results": str(folder), **top}, scale="smoke")


def test_every_network_is_a_task(tmp_path):
    found = study(tmp_path)
    labels = slurm_array.missing(found, "hyperparameters")
    assert labels == [member.label for member in found["hyperparameters"].members()]
    text = slurm_array.script(found, "hyperparameters", labels, at_once=3, minutes=60, megabytes=900)
    assert f"#SBATCH --array=0-{len(labels) - 1}%3\n#SBATCH --mem=900\n#SBATCH --time=60\n" in text
    assert text.startswith("#!/bin/sh\n#SBATCH")  # the shell comes first, and no command before an option
    assert text.rindex("#SBATCH") < text.index("set -- ")


def test_each_task_asks_for_its_own_network(tmp_path):
    """The script, run by a shell that prints what it would call."""
    found = study(tmp_path / "it's a place with blanks")
    labels = slurm_array.missing(found, "hyperparameters")
    text = slurm_array.script(found, "hyperparameters", labels, 1, 1, 1).replace("exec ", "printf '%s\\n' ")
    for task, label in enumerate(labels):
        env = {**os.environ, "SLURM_ARRAY_TASK_ID": str(task)}
        done = subprocess.run(["sh"], input=text, env=env, capture_output=True, text=True, check=True)
        *_, target = done.stdout.splitlines()
        assert Path(target) == found.folder / "networks" / "hyperparameters" / f"{label}.safetensors"


@pytest.mark.parametrize(
    ("experiment", "change", "message"),
    [
        ("referenc", {}, "did you mean 'reference'"),
        ("posttraining", {}, "seed0 of 'pretraining' is not trained yet; submit pretraining first"),
        ("reference", {"device": "cuda"}, "trains all seeds of a condition in one job"),
    ],
)
def test_what_no_array_can_train_is_refused(tmp_path, experiment, change, message):
    document = whole_config()
    document["experiments"]["reference"]["training"].update(change)
    found = rx.load_config({**document, "results": str(tmp_path)}, scale="smoke")
    with pytest.raises(ValueError, match=message):
        slurm_array.missing(found, experiment)


def test_shipped_networks_are_not_trained(tmp_path):
    with pytest.raises(ConfigError, match="pretrained: true"):
        slurm_array.missing(study(tmp_path, pretrained=True), "reference")


def test_tasks_are_called_with_the_settings_of_ones_own(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(ROOT)
    own = tmp_path / "my own.yaml"
    own.write_text("experiments: {mine: {title: mine, seeds: 3}}\n")
    given = ["mine", "--scale", "smoke", "--print", "--configfile", str(own)]
    monkeypatch.setattr(
        slurm_array, "missing", lambda study, experiment: [m.label for m in study[experiment].members()]
    )
    assert slurm_array.main(given) == 0
    text = capsys.readouterr().out
    assert f"--nolock --configfile '{own}' --config scale=smoke -- " in text and "set -- seed0" in text


@pytest.mark.parametrize(("arguments", "message"), [(["--at-once", "0"], "allowed: 1 and more"), ([], "sbatch")])
def test_the_command_line_says_what_is_wrong_in_one_line(arguments, message, monkeypatch, capsys):
    monkeypatch.chdir(ROOT)
    monkeypatch.setenv("PATH", "/nowhere")
    monkeypatch.setattr(slurm_array, "missing", lambda study, experiment: ["seed0"])
    monkeypatch.setattr(Path, "mkdir", lambda *_, **__: None)
    try:
        status = slurm_array.main(["reference", "--scale", "smoke", *arguments])
    except SystemExit as error:
        status = error.code
    assert status in (1, 2) and message in capsys.readouterr().err.splitlines()[-1]


SBATCH = """#!/bin/sh
cat > script
for task in 1 0; do SLURM_ARRAY_TASK_ID=$task sh script > task$task.log 2>&1 & done
wait
echo Submitted batch job 7
"""


@pytest.mark.workflow
def test_the_workflow_goes_on_from_what_an_array_trained(tmp_path):
    """Both tasks at once, by a stand-in for the scheduler; tests/test_slurm.py does it with a real one."""
    where = checkout(tmp_path / "here")
    where.configure(reference_at_smoke(seeds=2))
    sbatch = tmp_path / "bin" / "sbatch"
    sbatch.parent.mkdir()
    sbatch.write_text(SBATCH)
    sbatch.chmod(0o755)
    command = ("-m", "replicortex.slurm_array", "reference", "--scale", "smoke")
    path = f"{sbatch.parent}:{Path(sys.executable).parent}:{os.environ['PATH']}"
    done = where.call(*command, PATH=path)
    logs = "".join(log.read_text() for log in where.folder.glob("task*.log"))
    assert (done.status, done.text.strip()) == (0, "reference: 2 networks; Submitted batch job 7"), logs
    answer = where.plan("figures/figS4.pdf")
    assert answer.status == 0 and "train" not in answer.jobs and answer.jobs["figure"] == 1, answer.text
    again = where.call(*command, PATH=path)
    assert (again.status, again.text.strip()) == (0, "reference: every network is trained already")
    (where.folder / "results/smoke/networks/reference/seed1.safetensors").unlink()
    printed = where.call(*command, "--print")
    assert "set -- seed1\n" in printed.text and "--array=0-0%200" in printed.text

"""Jobs end with one sentence when they are interrupted, and say what is kept."""

from __future__ import annotations

import os
import signal
import subprocess
import sys

import pytest

import replicortex as rx
from replicortex.errors import Interrupted
from replicortex.status import read_status

JOB = """
import time
from replicortex.pipeline.script import parser, run
def main(args):
    print("begun", flush=True)
    time.sleep(60)
run(main, parser("A job."))
"""


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_job_that_is_interrupted_ends_with_a_sentence(number):
    env = {**os.environ, "MPLBACKEND": "module://none"}
    job = subprocess.Popen(
        [sys.executable, "-c", JOB],
        env=env, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.default_int_handler),
    )  # fmt: skip
    assert job.stdout.readline() == "begun\n"
    job.send_signal(number)
    _, errors = job.communicate(timeout=30)
    assert job.returncode == 130 and errors.endswith("interrupted; nothing half-made is left; the same call goes on\n")
    assert "Traceback" not in errors and len(errors.splitlines()) == 1


def test_an_interrupted_training_says_how_far_its_checkpoint_is(tmp_path):
    training = {"trials": 6400, "evaluate_every": 20, "evaluation_trials": {"repetitions": 1, "batch": 8}}
    one = {"network": {"units": 8}, "tasks": {"train": ["fdgo"]}, "training": training, "seeds": 1}
    experiment = rx.load_config({"experiments": {"one": one}})["one"]
    lines = []

    def log(line):
        lines.append(line)
        if sum("trials/s" in each for each in lines) == 3:
            raise KeyboardInterrupt

    with pytest.raises(Interrupted, match=r"^one seed0: interrupted; 2,560 of 6,464 trials are kept; the same"):
        rx.training.train(experiment, results=tmp_path, log=log)
    status = read_status(tmp_path / "progress/one/seed0.json")
    assert (status.state, status.trials) == ("interrupted", 2560)
    rx.training.train(experiment, results=tmp_path, log=lines.append)
    assert any("goes on from update 40" in line for line in lines)
    assert read_status(tmp_path / "progress/one/seed0.json").state == "finished"

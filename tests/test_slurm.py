"""The workflow through SLURM: memory as asked for, a node drained and resumed, a job killed in the middle, equal bits;
and trainings as a job array.

`make test-slurm` runs it where SLURM is installed (on Debian: slurmctld slurmd slurm-client slurm-wlm-basic-plugins).
"""

from __future__ import annotations

import importlib.util
import os
import shutil
import subprocess
import sys
import time
from functools import cache
from pathlib import Path
from typing import Any

import faults
import pytest
from slurm_cluster import PROGRAMS, Cluster, cluster
from workflow_checkout import ROOT, Checkout, checkout, reference_at_smoke

import replicortex as rx
from replicortex import pipeline
from replicortex.report.rules import Drawing

PLUGIN = "snakemake_executor_plugin_slurm"
pytestmark = [
    pytest.mark.slurm,
    pytest.mark.skipif(not all(map(shutil.which, PROGRAMS)), reason="SLURM is not installed"),
    pytest.mark.skipif(importlib.util.find_spec(PLUGIN) is None, reason="Snakemake's SLURM plugin is not installed"),
]
TARGETS = ("figures/figS1.pdf", "figures/figS4.pdf", "figures/force_fig2.pdf", "figures/primer_grid.pdf")
# the queue is looked at sooner than on a cluster with other users
OPTIONS = ("--slurm-init-seconds-before-status-checks", "3", "--slurm-status-command", "squeue", "--latency-wait", "20")
SECONDS = 600


def small(config: dict[str, Any]) -> None:
    """One experiment of each kind, with trainings that are long enough to be killed in the middle."""
    faults.small(config)
    reference_at_smoke(trials=64_000, evaluate_every=50)(config)


@cache
def megabytes() -> dict[str, int]:
    """MB that each rule asks for."""
    plan = pipeline.Plan(rx.load_config(ROOT / "config.yaml", "smoke"), pipeline.papers(), {}, {})
    given = plan, pipeline.Reruns(plan.study, None), ""
    makers = (pipeline.Trainings, pipeline.Measurements, pipeline.Collections, Drawing)
    return {rule.name: rule.megabytes for maker in makers for rule in maker(*given).every()}


def memory(rule: str, attempt: int = 1) -> int:
    """MB of a job; spiking networks have rules of their own with an experiment's name."""
    known = megabytes()
    return known[rule if rule in known else "force_train"] * 2 ** (attempt - 1)


def submit(where: Checkout, on: Cluster, log: Path) -> subprocess.Popen[bytes]:
    """Start Snakemake with the profile; it goes on by itself."""
    command = [sys.executable, "-m", "snakemake", "--workflow-profile", "profiles/slurm", *OPTIONS]
    env = {**os.environ, "PYTHONPATH": str(where.folder / "src"), **on.environment}
    with open(log, "wb") as out:
        return subprocess.Popen([*command, "--config", "scale=smoke", "--", *TARGETS], cwd=where.folder, env=env,
                                stdin=subprocess.DEVNULL, stdout=out, stderr=subprocess.STDOUT)  # fmt: skip


def trainings(on: Cluster) -> list[str]:
    """States of all trainings so far."""
    return [job.state for job in on.jobs() if job.rule == "train"]


def until(condition, what: str, process: subprocess.Popen[bytes], log: Path) -> None:
    end = time.monotonic() + SECONDS
    while not condition():
        assert process.poll() is None, f"Snakemake ended before {what}:\n{log.read_text()[-3000:]}"
        assert time.monotonic() < end, f"never: {what}:\n{log.read_text()[-3000:]}"
        time.sleep(0.05)


def job_of(network: str) -> str:
    """The job that trains a network, as SLURM told the process."""
    found = subprocess.run(["pgrep", "-f", f"train.py .*--network {network} "], capture_output=True, text=True)
    for process in found.stdout.split():
        text = Path(f"/proc/{process}/environ").read_bytes().decode()
        told = dict(line.partition("=")[::2] for line in text.split("\0"))
        if "SLURM_JOB_ID" in told:
            return told["SLURM_JOB_ID"]
    raise AssertionError(f"no job trains {network}")


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    """A checkout whose figures were made through SLURM in spite of all that happened, and the jobs that there were."""
    folder = tmp_path_factory.mktemp("slurm")
    where, log = checkout(folder / "checkout"), folder / "snakemake.log"
    where.configure(small)
    begun = time.monotonic()
    with cluster(folder / "cluster") as on:
        on.node("drain")
        process = submit(where, on, log)
        try:
            until(lambda: trainings(on) == ["PENDING"] * 2, "both trainings wait for the drained node", process, log)
            assert on.node_state.startswith("drain")
            on.node("resume")
            checkpoints = where.folder / "results/smoke/checkpoints/reference"
            until(lambda: list(checkpoints.glob("seed1.*.safetensors")), "seed 1 is half-way", process, log)
            number = job_of("seed1")
            killed = next(job for job in on.jobs() if job.number == number)
            on.call("scancel", "--signal=KILL", "--full", killed.number)
            status = process.wait(timeout=SECONDS)
        finally:
            process.kill()
        assert status == 0, log.read_text()[-5000:]
        jobs = on.jobs()
    print(f"{len(jobs)} SLURM jobs in {time.monotonic() - begun:.0f} s")
    return where, jobs, killed, log.read_text()


@pytest.fixture(scope="module")
def local(tmp_path_factory) -> Checkout:
    """The same made here."""
    where = checkout(tmp_path_factory.mktemp("local") / "checkout")
    where.configure(small)
    answer = where.snakemake(*TARGETS)
    assert answer.status == 0, answer.text
    return where


def test_every_job_asks_for_the_memory_of_the_profile(run):
    _, jobs, killed, _ = run
    again = [job for job in jobs if job.rule == "train"][2:]
    for job in jobs:
        if job.number != killed.number and job not in again:
            assert int(job.memory.removesuffix("M")) == memory(job.rule), job
            assert job.state == "COMPLETED", job
    rules = {"train", "variance", "clusters", "gather", "members", "figure", "force_measure"}
    assert {job.rule for job in jobs} >= {*rules, "primer_train", "measure_primer_grid"}


def test_a_killed_training_is_submitted_anew_with_twice_the_memory_and_goes_on(run):
    where, jobs, killed, log = run
    trainings = [job for job in jobs if job.rule == "train"]
    assert len(trainings) == 3
    assert next(job for job in jobs if job.number == killed.number).state not in ("COMPLETED", "RUNNING")
    assert trainings[-1].state == "COMPLETED" and trainings[-1].number != killed.number
    assert int(trainings[-1].memory.removesuffix("M")) == memory("train", 2)
    told = (where.folder / "results/smoke/logs/train/reference/seed1.log").read_text()
    assert "goes on from update" in told


def test_the_same_bits_as_here(run, local):
    where, *_ = run
    faults.compared(where, local)
    made = {path.parent.name for path in local.folder.glob("results/smoke/**/tables/**/*.parquet")}
    assert made >= {"reference", "fig2_lif_sine", "primer_grid"}


def test_nothing_is_left_to_do_and_nothing_runs(run):
    where, *_ = run
    assert where.plan(*TARGETS).nothing_to_do
    running = subprocess.run(["pgrep", "-fa", str(where.folder.parent)], capture_output=True, text=True)
    assert running.stdout == ""


def test_an_array_of_trainings_leaves_the_same_bits_and_nothing_to_train(tmp_path, local):
    where = checkout(tmp_path / "checkout")
    where.configure(small)
    with cluster(tmp_path / "cluster") as on:
        answer = where.call("-m", "replicortex.slurm_array", "reference", "--scale", "smoke", **on.environment)
        assert answer.status == 0 and answer.text.startswith("reference: 2 networks; Submitted batch job"), answer.text
        end = time.monotonic() + SECONDS
        while on.call("squeue", "-h", "--states=pending,running,completing").strip():
            assert time.monotonic() < end, on.call("squeue")
            time.sleep(0.2)
        states = [(job.state, job.memory) for job in on.jobs()]
    logs = "".join(log.read_text() for log in where.folder.glob("results/smoke/logs/array/reference/*.log"))
    assert states == [("COMPLETED", f"{memory('train')}M")] * 2, logs
    for label in ("seed0", "seed1"):
        one, other = (
            rx.networks.load(each.folder / f"results/smoke/networks/reference/{label}.safetensors").parameters
            for each in (where, local)
        )
        assert all((one[name] == weight).all() for name, weight in other.items())
    planned = where.plan("figures/figS4.pdf")
    assert planned.status == 0 and "train" not in planned.jobs, planned.text

"""What the end of a call says: what was made and from what, what failed, and where its log is."""

from __future__ import annotations

import time
from pathlib import Path
from types import SimpleNamespace

import pandas as pd
import torch

from replicortex.networks.files import write_tensors
from replicortex.origin import KEY, Origin, dumps, merge
from replicortex.status import write_status
from replicortex.summary import Job, jobs_of, summary, tell
from replicortex.tables import write_table


def job(rule="figure", what="fig2", outputs=("figures/fig2.pdf", "figures/fig2.png"), logs=(), state="made") -> Job:
    return Job(rule, what, tuple(outputs), tuple(logs), state)


def told(seed: int) -> Origin:
    return Origin("reference", "laptop", {f"seed{seed}": "0" * 16})


def network(folder: Path, seed: int, state: str) -> Job:
    path = folder / "networks/reference" / f"seed{seed}.safetensors"
    write_tensors(path, {"b": torch.zeros(1)}, {KEY: dumps([told(seed)])})
    return job("train", f"reference seed{seed}", (str(path),), state=state)


def test_what_was_made_and_from_what(tmp_path):
    text = summary(
        [
            job(),
            job("scorecard_page", "", ("figures/scorecard.html",)),
            job("scorecard", "", ("results/laptop/scorecard/scorecard.csv", "results/laptop/scorecard/scorecard.md")),
            job("force_sound", "force_fig4", ("figures/force_fig4.wav",)),
            *(network(tmp_path, seed, "there") for seed in range(3)),
            network(tmp_path, 3, "made"),
        ],
        3725.4,
    )
    assert text.splitlines() == [
        "5 of 5 jobs done in 1:02:05",
        "  figures   figures/fig2.pdf",
        "  pages     figures/scorecard.html",
        "  sounds    figures/force_fig4.wav",
        "  claims    results/laptop/scorecard/scorecard.csv",
        "  networks  reference 4, 1 of them new",
    ]


def test_what_failed_and_where_it_says_why(tmp_path):
    log, none = tmp_path / "seed1.log", tmp_path / "seed2.log"
    log.write_text("reference seed1: native\ntrain.py: reference, seed1: loss is not finite at update 12\n\n")
    text = summary(
        [
            job("train", "reference seed1", ("a.safetensors",), (str(log),), "failed"),
            job("train", "reference seed2", ("b.safetensors",), (str(none),), "failed"),
            job(state="left"),
            network(tmp_path, 0, "made"),
        ],
        9,
    )
    assert text.splitlines() == [
        "1 of 4 jobs done in 0:00:09, 2 failed",
        "  networks  reference 1 new",
        "failed: train reference seed1",
        "  train.py: reference, seed1: loss is not finite at update 12",
        f"  log: {log}",
        "failed: train reference seed2",
        f"  no log was written at {none}",
        "1 job was not finished. When the cause is mended, the same call goes on from here.",
    ]


def test_it_stays_short(tmp_path):
    (tmp_path / "long.log").write_text("x" * 5000)
    failed = [job("train", f"a {n}", (f"{n}",), (str(tmp_path / "long.log"),), "failed") for n in range(300)]
    drawn = [job(what=f"f{n:03d}", outputs=(f"figures/f{n:03d}.pdf",)) for n in range(300)]
    text = summary([*failed, *drawn], 1)
    assert len(text.splitlines()) < 20 and len(text) < 4000
    assert "and 288 more" in text and "failed: 295 more" in text


def test_nothing_is_said_of_nothing():
    assert summary([], 1) == "" and summary([job("train", "reference seed0", state="there")], 1) == ""


def test_networks_are_counted_as_the_figure_counts_them(tmp_path):
    """From the learning history: weights of measured networks may be gone."""
    history = tmp_path / "tables/reference/history.parquet"
    history.parent.mkdir(parents=True)
    write_table(pd.DataFrame({"network": ["seed0", "seed1"]}), history, merge(map(told, range(2))))
    gone = job("train", "reference seed1", ("gone.safetensors",), state="there")
    found = [network(tmp_path, 0, "there"), gone, job("gather", "", (str(history),), state="there"), job()]
    assert summary(found, 1).splitlines()[-1] == "  networks  reference 2"


def test_touched_files_are_said_to_be_as_they_were(capsys, tmp_path):
    tell(SimpleNamespace(**vars(workflow()), touch=True), time.monotonic(), tmp_path / "summary.txt")
    kept = (tmp_path / "summary.txt").read_text()
    assert kept.startswith("1 file was touched and nothing was computed: ") and kept in capsys.readouterr().err


class Hashed:
    """A job as Snakemake has it, as far as it is read."""

    def __init__(self, rule: str, *output: str):
        self.rule, self.wildcards, self.output, self.log = SimpleNamespace(name=rule), ["w"], output, []


def workflow() -> SimpleNamespace:
    made, left = Hashed("train", "n/networks/e/s.safetensors"), Hashed("figure", "f.pdf")
    broken, there = Hashed("variance", "v.parquet"), Hashed("members", __file__, "gone.parquet")
    target = Hashed("all")
    dag = SimpleNamespace(
        jobs=[made, left, broken, there, target],
        needrun_jobs=lambda exclude_finished: [made, left, broken, target],
        finished_jobs=[made, there],
    )
    group = SimpleNamespace(jobs=[broken])
    return SimpleNamespace(dag=dag, scheduler=SimpleNamespace(failed=[group]))


def test_the_plan_is_read_as_snakemake_has_it():
    read = {each.rule: each for each in jobs_of(workflow())}
    assert {rule: each.state for rule, each in read.items()} == {
        "train": "made", "figure": "left", "variance": "failed", "members": "there"
    }  # fmt: skip
    assert read["members"].outputs == (__file__,)  # what is gone is not there


def test_it_is_printed_and_kept(tmp_path, capsys):
    tell(workflow(), time.monotonic() - 60, tmp_path / "logs/summary.txt")
    kept = (tmp_path / "logs/summary.txt").read_text()
    assert kept.startswith("1 of 3 jobs done in 0:01:0") and kept in capsys.readouterr().err


def test_it_hides_no_other_error(tmp_path, capsys):
    (tmp_path / "logs").write_text("a file")
    tell(workflow(), time.monotonic(), tmp_path / "logs/summary.txt")
    tell(SimpleNamespace(), time.monotonic(), tmp_path / "summary.txt")
    assert capsys.readouterr().err.count("cannot be summarised") == 2


def test_half_trained_networks_are_told_with_what_is_kept(tmp_path):
    interrupted, finished = {"state": "interrupted", "trials": 64_000}, {"state": "finished", "trials": 9}
    for seed, news in enumerate((interrupted, {"trials": 32_000}, {"trials": 0}, finished)):
        write_status(tmp_path / f"progress/reference/seed{seed}.json", trials_total=1_500_000, **news)
    write_status(tmp_path / "progress/sine/seed0.json", trials_total=15_000, **interrupted | {"trials": 4000})
    jobs = [network(tmp_path, seed, "failed" if seed == 1 else "left") for seed in range(5)]
    spiking = job(outputs=(str(tmp_path / "force/networks/sine/seed0.safetensors"),), state="left")
    lines = summary([*jobs, spiking], 9).splitlines()
    assert [line for line in lines if line.startswith("  kept")] == [
        "  kept: reference seed0, 64,000 of 1,500,000 trials",
        "  kept: reference seed1, about 32,000 of 1,500,000 trials",
        "  kept: sine seed0, 4,000 of 15,000 ms",
    ]
    assert "5 jobs were not finished. When the cause is mended, the same call goes on from here." in lines
    assert "1 job was not finished. The same call goes on from here." in summary([job(), jobs[0]], 9)


def test_a_log_cannot_steer_the_terminal(tmp_path):
    log = tmp_path / "a.log"
    log.write_text("fine\n\x1b]0;title\x07\x1b[31mred\x1b[0m \x1b[2Jend\x07\n")
    (line,) = [line for line in summary([job(logs=(str(log),), state="failed")], 1).splitlines() if "red" in line]
    assert line.isprintable()

"""The chain at scale smoke: every figure, nothing done twice, reruns that follow meaning, equal bits."""

from __future__ import annotations

import fcntl
import os
import re
import time
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from browser import CHROMIUM, dom
from safetensors.numpy import load_file
from workflow_checkout import ROOT, Checkout, checkout, reference_at_smoke

import replicortex as rx
from replicortex.explain import main as explain
from replicortex.pipeline import papers
from replicortex.tables import origins_of, read_columns

pytestmark = pytest.mark.workflow
SMALL = ROOT / "tests/data/small.yaml"  # every kind of step, figure and claim, from as few networks as possible
STUDY = rx.load_config(ROOT / "config.yaml", scale="smoke", overlays=[SMALL])
RATE = STUDY.of_kind("rate")
TITLE = papers()["yang2019"].title  # under which the report lists its figures
FIGURES = [
    *(entry.name for paper in ("primer", "yang2019") for entry in papers()[paper].figures
      if not entry.on_request and not any(map(STUDY.absent, entry.shows))),
    "scorecard",
    "figS_samples",
]  # fmt: skip
NETWORKS = Path("results/smoke/networks/reference")
TABLES = Path("results/smoke/tables/reference")


@pytest.fixture(scope="session")
def finished(tmp_path_factory) -> Checkout:
    """A checkout in which everything has been made, once for all processes of this call of pytest; to be read only."""
    home = tmp_path_factory.getbasetemp()
    home = home.parent if "PYTEST_XDIST_WORKER" in os.environ else home
    with open(home / "finished.lock", "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (home / "finished").exists():
            made = checkout(home / "checkout")
            made.append("config.yaml", SMALL.read_text(encoding="utf-8"))
            begun = time.perf_counter()
            answer = made.snakemake()
            assert answer.status == 0, answer.text
            print(f"smoke scale from seeds to every figure: {time.perf_counter() - begun:.0f} s on 2 cores")
            made.folder.rename(home / "finished")
    return Checkout(home / "finished")


@pytest.fixture
def copy(finished, tmp_path) -> Checkout:
    return finished.copy(tmp_path / "copy")


def test_every_figure_is_drawn_as_pdf_and_png(finished):
    for name in FIGURES:
        pdf, png = (finished.folder / "figures" / f"{name}.{suffix}" for suffix in ("pdf", "png"))
        assert pdf.read_bytes().startswith(b"%PDF") and pdf.stat().st_size > 5000
        assert png.read_bytes().startswith(b"\x89PNG") and png.stat().st_size > 5000


def test_every_claim_has_a_row(finished):
    card = pd.read_csv(finished.folder / "results/smoke/scorecard/scorecard.csv")
    assert list(card["id"]) == [claim.id for claim in rx.scorecard.CLAIMS]
    # transfer is evaluated too rarely at this scale
    late = card[card["verdict"] == "not testable yet"]
    assert set(card["verdict"]) == {"smoke", "not testable", "not testable yet"} and list(late["id"]) == ["7d*"]
    without = [name for name in rx.scorecard.tables_read() if STUDY.absent(name)]
    told = card[card["verdict"] == "not testable"].set_index("id")["reason"]
    assert (card["verdict"] == "smoke").sum() >= 20
    for claim in rx.scorecard.CLAIMS:
        if claim.listed_in and claim.experiment in without:
            assert told[claim.id] == STUDY.absent(claim.experiment)


def test_every_job_left_a_log_and_its_cost(finished):
    results = finished.folder / "results/smoke"
    logs = {path.relative_to(results / "logs").with_suffix("") for path in results.glob("logs/**/*.log")}
    costs = {path.relative_to(results / "benchmarks").with_suffix("") for path in results.glob("benchmarks/**/*.tsv")}
    assert logs == costs and len(logs) > 25
    assert "trials/s" in (results / "logs/train/reference/seed0.log").read_text()


@pytest.fixture(scope="session")
def report(finished, tmp_path_factory) -> Path:
    """Made in a copy, in which a second call of everything did nothing."""
    here = finished.copy(tmp_path_factory.mktemp("report") / "copy")
    assert here.snakemake().nothing_to_do
    answer = here.snakemake("--report=figures/report.html", "all")
    assert answer.status == 0, answer.text
    return here.folder / "figures/report.html"


def test_a_second_call_does_nothing_and_the_report_holds_figures_captions_and_start_page(report):
    text = report.read_text(encoding="utf-8")
    for name in FIGURES:
        assert f"figures/{name}.png" in text, name
    assert "figures/scorecard.html" in text and "the network, its tasks, learning, and psychophysics" in text


@pytest.mark.skipif(CHROMIUM is None, reason="no Chromium on this machine (on Debian: apt install chromium)")
@pytest.mark.parametrize(
    ("entry", "row"),
    [("Start page", "figures/scorecard.html"), (TITLE, "fig1"), ("Primer", "primer_grid")],
)
def test_the_report_is_clicked_through(report, tmp_path, entry, row):
    head, _, tail = report.read_text(encoding="utf-8").rpartition("</body>")
    press = f"[...document.querySelectorAll('a, li')].findLast((e) => e.textContent.trim() === '{entry}').click()"
    acted = tmp_path / "acted.html"
    acted.write_text(f"{head}<script>setTimeout(() => {press}, 500)</script></body>{tail}", encoding="utf-8")
    document = dom(acted, tmp_path / "profile")
    menu = re.sub(r"<(script|style).*?</\1>", "", document, flags=re.DOTALL)
    assert row in re.sub(r"<[^>]*>", " ", menu)


def test_every_figure_knows_what_it_was_made_from(finished, monkeypatch, capsys):
    monkeypatch.chdir(finished.folder)
    for name in ("fig2", "figS4", "scorecard", "figS_samples"):
        assert explain([f"figures/{name}.pdf"]) == 0
        told = capsys.readouterr().out
        assert "!" not in told, told
        assert "reference: 2 networks from the seeds 0, 1" in told
        assert "experiment reference, network seed1, seed 1" in told


FIGURE_2 = {"figure": 1}
PAGE = {"scorecard_page": 1}
CLAIMS = {"scorecard": 1, "scorecard_figure": 2, **PAGE}


def read() -> dict[str, set[str]]:
    """Experiment -> tables that figures and claims of `all` read."""
    sources = [rx.figures.FIGURES[name].shows for name in FIGURES if name in rx.figures.FIGURES]
    found: dict[str, set[str]] = {}
    on_request = {"other_optimiser", "published_schedule"}
    on_request |= {"rotated_units", "orthogonal_steps", "momentum", "diagonal"}
    claimed = {name: names for name, names in rx.scorecard.tables_read().items() if name not in on_request}
    for tables in (*sources, claimed):
        for experiment, names in tables.items():
            if not STUDY.absent(experiment):
                found.setdefault(experiment, set()).update(names)
    return found


def networks(*tables: str) -> int:
    """Networks on which any of some tables is measured for `all`."""
    measured = [name for name, names in read().items() if name in RATE and not names.isdisjoint(tables)]
    return sum(len(STUDY[name].members()) for name in measured)


def figures(table: str = "history", experiment: str | None = None) -> int:
    """Figures of `all` that read a table, of an experiment or of any."""
    entries = [rx.figures.FIGURES[name] for name in FIGURES if name in rx.figures.FIGURES]
    return sum(
        any(table in names for name, names in entry.shows.items() if name in RATE and experiment in (None, name))
        for entry in entries
    )


PACKAGE = "src/replicortex"
INERT = [
    (f"{PACKAGE}/training/trainer.py", "import torch\n", "import torch  # as it is installed\n"),
    (f"{PACKAGE}/random_streams.py", '"""', '"""Once more: '),
    (f"{PACKAGE}/native/kernel.cpp", "#include", "// compiled once for each kind of processor\n#include"),
    (f"{PACKAGE}/tasks/responses.py", "\n\n\ndef ", "\n\n\n\ndef "),
    (
        f"{PACKAGE}/config/schema.py",
        "class Network(Section):\n",
        "class Network(Section):\n    new: StrictBool = False\n",
    ),
    (
        f"{PACKAGE}/papers/yang2019/figures/__init__.py",
        "_CONTROLS = ",
        "_NEW = _figure('figNew', {'reference': 'units'}, True)\n_CONTROLS = ",
    ),
    ("rules/measure.smk", "MAKERS = ", "# of all of them\nMAKERS = "),
    ("Snakefile", "import sys\n", "import sys  # to say what is wrong\n"),
    ("config.yaml", "pretrained: ", "# train them\npretrained: "),
    (f"{PACKAGE}/papers/yang2019/experiments.yaml", "experiments:\n", "# populations of networks\nexperiments:\n"),
]


def test_what_means_nothing_reruns_nothing(copy):
    """A comment, a docstring, another layout, a setting with its default, a figure not asked for; times of files."""
    for file, old, new in INERT:
        copy.edit(file, old, new)
    for path in sorted(copy.folder.rglob("*")):
        if path.is_file() and ".snakemake" not in path.parts:
            os.utime(path)
    later = time.time() + 86400
    for path in sorted((copy.folder / TABLES).glob("*.parquet")):
        os.utime(path, (later, later))
    assert copy.plan().nothing_to_do


def test_an_edit_reruns_what_it_means_something_to(copy):
    copy.edit(f"{PACKAGE}/analysis/lesions.py", "REPETITIONS = 16", "REPETITIONS = 17")
    answer = copy.plan()
    assert answer.status == 0, answer.text
    assert answer.jobs == {"lesions": 2, "controls": 2, "gather": 7, **FIGURE_2, **CLAIMS}


def test_an_edit_of_the_training_reruns_all_but_what_needs_no_network(copy):
    copy.edit(f"{PACKAGE}/training/loss.py", "0.5 * 0.1**2", "0.5 * 0.2**2")
    jobs = copy.plan().jobs
    assert "observers" not in jobs and "primer_train" not in jobs
    assert jobs["train"] == networks("history")
    assert {name: jobs[name] for name in ("lesions", "composite")} == {
        name: networks(name) for name in ("lesions", "composite")
    }
    shown = [rx.figures.FIGURES[name].shows for name in FIGURES if name in rx.figures.FIGURES]
    assert jobs["figure"] == sum(any(name in RATE for name in tables) for tables in shown)


def test_an_edit_is_run_once_and_a_revert_once_more(copy):
    source = copy.folder / "src/replicortex/papers/yang2019/figures/figs1.py"
    before = source.read_bytes()
    copy.edit(f"{PACKAGE}/papers/yang2019/figures/figs1.py", "_HEIGHT = 8.85", "_HEIGHT = 8.9")
    first = copy.snakemake("figures/figS1.pdf")
    assert first.status == 0 and first.jobs == {"figure": 1}
    assert copy.snakemake("figures/figS1.pdf").nothing_to_do
    source.write_bytes(before)
    assert copy.plan("figures/figS1.pdf").jobs == {"figure": 1}


def test_settings_rerun_the_experiment_they_belong_to(copy):
    def others(config):
        config["experiments"]["reference"]["title"] = "Another title"
        config["experiments"]["small_batches"]["network"]["units"] = 99

    copy.configure(others)
    assert copy.plan().jobs == {"scorecard_page": 1}  # the page shows titles; no network changes
    copy.configure(reference_at_smoke(trials=6432))
    jobs = copy.plan().jobs
    assert jobs["train"] == 2 and jobs["figure"] == figures(experiment="reference")


def test_a_figure_of_several_experiments_shows_all_of_them(copy):
    answer = copy.snakemake("figures/figS_schedules.pdf")
    assert answer.status == 0, answer.text
    added = ("other_optimiser", "published_schedule", "small_batches")
    assert answer.jobs["train"] == sum(len(STUDY[name].members()) for name in added) and answer.jobs["figure"] == 1
    log = (copy.folder / "results/smoke/logs/figure/figS_schedules.log").read_text()
    assert not log and (copy.folder / "figures/figS_schedules.png").stat().st_size > 5000


def test_another_coding_changes_the_observers_and_the_networks(copy):
    def change(config):
        config["experiments"]["reference"]["tasks"]["sigma_x"] = 0.3

    table = copy.folder / TABLES / "ideal_observer.parquet"
    before = pd.read_parquet(table)["performance"]
    copy.configure(change)
    jobs = copy.plan().jobs
    assert jobs["observers"] == 1 and jobs["train"] == 2
    assert copy.snakemake(str(TABLES / "ideal_observer.parquet")).status == 0
    assert pd.read_parquet(table)["performance"].mean() < before.mean() - 0.05


def test_what_the_configuration_derives_reruns_the_training(copy):
    """Not its text, but the number of updates that it makes of the settings."""
    condition = copy.folder / "src/replicortex/config/condition.py"
    source = condition.read_text()
    assert source.count("// self.schedule.batch + 1") == 1
    condition.write_text(source.replace("// self.schedule.batch + 1", "// self.schedule.batch + 2"))
    members = [member for name in read() if name in RATE for member in STUDY[name].members()]
    of_no_update = sum(member.experiment.training.trials == 0 for member in members)
    assert copy.plan().jobs["train"] == networks("history") - of_no_update


def test_another_seed_trains_one_more_network(copy):
    copy.configure(reference_at_smoke(seeds=3))
    jobs = copy.plan("figures/fig2.pdf").jobs
    per_network = dict.fromkeys(("train", "variance", "clusters", "lesions"), 1)
    assert jobs == {**per_network, "gather": 6, "members": 1, "figure": 1}


def test_a_table_changed_by_hand_reruns_what_reads_it(copy):
    table = copy.folder / TABLES / "lesions.parquet"
    changed = pd.read_parquet(table)
    changed["performance_lesioned"] = 0.5
    changed.to_parquet(table, index=False)
    assert copy.plan().jobs == {**FIGURE_2, **CLAIMS}


def test_same_bits_whatever_the_cores_and_the_other_seeds(finished, tmp_path):
    alone = checkout(tmp_path / "alone")
    alone.configure(reference_at_smoke(seeds=[1]))
    parts = [f"{TABLES}/parts/seed1/{name}.parquet" for name in ("epoch_variance", "units", "lesions")]
    answer = alone.snakemake(*parts, cores=1)
    assert answer.status == 0, answer.text
    here, there = (load_file(each.folder / NETWORKS / "seed1.safetensors") for each in (alone, finished))
    assert here.keys() == there.keys() and all(np.array_equal(here[name], there[name]) for name in here)
    for part in parts:
        assert (alone.folder / part).read_bytes() == (finished.folder / part).read_bytes(), part


def test_same_bits_when_one_process_measures_both_networks(copy):
    tables = [copy.folder / TABLES / f"{name}.parquet" for name in ("task_variance", "units", "lesions", "memory")]
    before = [table.read_bytes() for table in tables]
    copy.configure(lambda config: config["scales"]["smoke"].update(shard=2))
    answer = copy.snakemake(*(str(table.relative_to(copy.folder)) for table in tables))
    assert answer.status == 0, answer.text
    assert answer.jobs == {**dict.fromkeys(("variance", "clusters", "lesions", "behaviour"), 1), "gather": 4}
    assert [table.read_bytes() for table in tables] == before


def test_one_failing_seed_stops_neither_the_others_nor_shows_a_figure_without_it(tmp_path):
    fresh = checkout(tmp_path / "checkout")
    obstacle = fresh.folder / "results/smoke/progress/reference/seed0.json"
    obstacle.mkdir(parents=True)  # a folder where seed 0 wants to tell how far it is
    failed = fresh.snakemake("figures/figS1.pdf", cores=1)
    assert failed.status != 0
    assert "train.py: [Errno" in failed.text and str(obstacle.relative_to(fresh.folder)) in failed.text
    assert (fresh.folder / NETWORKS / "seed1.safetensors").exists()
    assert not (fresh.folder / NETWORKS / "seed0.safetensors").exists()
    assert not (fresh.folder / "figures/figS1.pdf").exists()
    told = failed.text.partition("failed: train reference seed0\n")[2]
    assert "networks  reference 1 new" in failed.text and "jobs were not finished" in told
    assert "  log: results/smoke/logs/train/reference/seed0.log\n" in told
    obstacle.rmdir()
    mended = fresh.snakemake("figures/figS1.pdf")
    ended = (fresh.folder / "results/smoke/logs/summary.txt").read_text()
    assert ended.startswith("4 of 4 jobs done in ") and ended in mended.text and "failed" not in ended
    assert "  figures   figures/figS1.pdf\n" in ended and "reference 2, 1 of them new" in ended
    assert mended.status == 0 and mended.jobs == {"train": 1, "gather": 1, "example": 1, "figure": 1}


def test_networks_handed_over_as_arrays_give_the_same_tables_and_figures(copy):
    """Exported to .npz and named in the configuration in place of training."""
    names = ("task_variance", "units", "lesions")
    tables = [copy.folder / TABLES / f"{name}.parquet" for name in names]
    before = [read_columns(table) for table in tables]
    final = pd.read_parquet(copy.folder / TABLES / "history.parquet")
    for network in sorted((copy.folder / NETWORKS).glob("*.safetensors")):
        np.savez(copy.folder / f"{network.stem}.npz", **{name: w[0] for name, w in load_file(network).items()})

    def change(config):
        reference = config["experiments"]["reference"]
        reference["imported"] = {"files": ["seed0.npz", "seed1.npz"]}
        reference["network"]["units"] = 48

    copy.configure(change)
    answer = copy.snakemake("figures/fig2.pdf", "figures/figS4.pdf", str(TABLES / "history.parquet"))
    assert answer.status == 0, answer.text
    assert answer.jobs["train"] == 2 and answer.jobs["figure"] == 2
    assert [read_columns(table) for table in tables] == before
    assert {each.sources for table in tables for each in origins_of(table)} == {("trained elsewhere",)}
    history = pd.read_parquet(copy.folder / TABLES / "history.parquet")
    assert set(history["trials"]) == {0} and set(history["network"]) == {"seed0", "seed1"}
    final = final[final["updates"] == final["updates"].max()].set_index(["network", "task"])["performance"]
    once = history.set_index(["network", "task"])["performance"]
    assert (once - final).abs().max() < 0.5  # on other trials, 64 of them
    assert copy.plan("figures/fig2.pdf").nothing_to_do

    weights = dict(np.load(copy.folder / "seed1.npz"))
    np.savez(copy.folder / "seed1.npz", **{**weights, "b_out": weights["b_out"] + 1.0})
    assert copy.plan("figures/fig2.pdf").jobs["train"] == 1
    np.savez(copy.folder / "seed1.npz", **{**weights, "w_rec": weights["w_rec"][:, :40]})
    refused = copy.plan("figures/fig2.pdf")
    assert refused.status != 0 and "seed1.npz: w_rec has shape (48, 40), but (48, 48)" in refused.text

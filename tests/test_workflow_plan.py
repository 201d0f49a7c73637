"""What is planned and what is refused, before any job runs."""

from __future__ import annotations

import re

import pandas as pd
import pytest
import yaml
from workflow_checkout import ROOT, Checkout, checkout

import replicortex as rx

pytestmark = pytest.mark.workflow


@pytest.fixture
def fresh(tmp_path) -> Checkout:
    return checkout(tmp_path / "checkout")


def said(answer) -> list[str]:
    """Lines of an answer except Snakemake's remark on the profile."""
    return [
        line for line in answer.text.splitlines() if line and not line.startswith("Using workflow specific profile")
    ]


def test_figure_2_trains_only_the_networks_it_shows(fresh):
    n = len(rx.load_config(fresh.folder / "config.yaml", scale="laptop")["reference"].members())
    answer = fresh.plan("figures/fig2.pdf", scale="laptop")
    assert answer.status == 0, answer.text
    per_network = dict.fromkeys(("train", "variance", "clusters", "lesions"), n)
    assert answer.jobs == {**per_network, "gather": 6, "example": 1, "members": 1, "figure": 1}
    assert set(re.findall(r"train seed\d+ of (\w+)", answer.text)) == {"reference"}


def test_wrong_settings_stop_the_run_with_one_line_each(fresh):
    def change(config):
        config["experiments"]["reference"]["network"]["activation"] = "sofplus"
        config["experiments"]["reference"]["training"]["trails"] = 10

    fresh.configure(change)
    answer = fresh.snakemake("figures/fig2.pdf")
    assert answer.status == 1
    lines = said(answer)
    assert len(lines) == 2, answer.text
    activation, key = sorted(lines)
    assert activation.startswith("config.yaml: experiments.reference.network.activation: 'sofplus'")
    assert "did you mean 'softplus'" in activation
    assert "trails" in key and "trials" in key
    assert not (fresh.folder / "results").exists()


def test_a_target_that_cannot_be_made_is_refused(fresh):
    answer = fresh.plan("figures/fig22.pdf")
    assert answer.status == 1 and "Traceback" not in answer.text
    assert re.search("figures/fig22.pdf: no such figure; did you mean figures/fig2.pdf", said(answer)[-1]), answer.text


def test_settings_on_top_of_the_configuration_reach_the_jobs(tmp_path):
    """From a file of any name and from the command line, in a folder of any name."""
    where = checkout(tmp_path / "it's my checkout")
    mine = "experiments: {posttraining: {scales: {smoke: {seeds: 1}}}, mine: {scales: {smoke: {seeds: 3}}}}\n"
    (where.folder / "my 'own'.yaml").write_text(mine)
    on_top = ("--configfile", "my 'own'.yaml", "--config", "scale=smoke", "results=my out")
    options = ("-m", "snakemake", "--cores", "2", *on_top)
    tables = [f"my out/smoke/tables/{name}/members.parquet" for name in ("posttraining", "mine")]
    answer = where.call(*options, "--", *tables)
    assert answer.status == 0 and answer.jobs == {"members": 2}, answer.text
    found = [pd.read_parquet(where.folder / table) for table in tables]
    assert [len(each) for each in found] == [8, 3]
    files = {"overlays": [where.folder / "my 'own'.yaml"], "scale": "smoke"}
    study = rx.load_config(where.folder / "config.yaml", **files)
    pd.testing.assert_frame_equal(found[0], pd.DataFrame(study["posttraining"].member_table()))
    (where.folder / "my 'own'.yaml").rename(where.folder / "other.yaml")
    again = where.call(*("other.yaml" if each == "my 'own'.yaml" else each for each in options), "--", *tables)
    assert again.nothing_to_do, again.text
    refused = where.call("-m", "snakemake", "-n", "--config", "seeds=3")
    assert refused.status == 1
    (line,) = said(refused)
    assert line.startswith("--config seeds=3: seeds is a setting of each experiment, not of the whole file; write ")
    assert line.endswith("into a file, say mine.yaml, and add --configfile mine.yaml")


def test_missing_package_is_told_in_one_line(fresh, tmp_path):
    broken = tmp_path / "broken" / "replicortex"
    broken.mkdir(parents=True)
    (broken / "__init__.py").write_text("raise ModuleNotFoundError(\"No module named 'replicortex'\")\n")
    answer = fresh.snakemake("figures/fig2.pdf", PYTHONPATH=str(broken.parent))
    (line,) = said(answer)
    assert answer.status == 1
    assert "make figures/fig2.pdf" in line and "conda env create -f environment.yml" in line


def test_a_lock_left_by_a_killed_run_can_be_taken_away(fresh):
    """As `make unlock` does."""
    locks = fresh.folder / ".snakemake/locks"
    locks.mkdir(parents=True)
    (locks / "0.output.lock").write_text("figures/figS1.pdf\n")
    locked = fresh.snakemake("figures/figS1.pdf")
    assert locked.status == 1 and "--unlock" in locked.text
    assert not (fresh.folder / "results").exists()
    (command,) = re.findall(r"^unlock:.*\n\t\$\(BIN\)/snakemake (.*)$", (ROOT / "Makefile").read_text(), flags=re.M)
    assert fresh.call("-m", "snakemake", *command.split()).status == 0
    assert not (locks / "0.output.lock").exists()


def test_the_workflow_around_the_package_is_thin():
    """What is planned stands in typed and tested Python, and what a job does in the library."""
    files = [ROOT / "Snakefile", *(ROOT / "rules").glob("*.smk"), *(ROOT / "workflow_scripts").glob("*.py")]
    assert sum(len(path.read_text().splitlines()) for path in files) < 600


def test_profile_looks_at_content_and_not_at_times():
    profile = yaml.safe_load((ROOT / "profiles" / "default" / "config.yaml").read_text())
    assert profile["keep-going"] is True and profile["rerun-incomplete"] is True
    assert sorted(profile["rerun-triggers"]) == ["input", "params"]
    assert profile["max-checksum-file-size"] > 10**10


def test_a_gpu_trains_all_seeds_of_a_condition_in_one_job(fresh):
    def change(config):
        config["experiments"]["reference"]["training"]["device"] = "cuda"

    fresh.configure(change)
    answer = fresh.plan("figures/fig2.pdf", "figures/figS_schedules.pdf")
    assert answer.status == 0, answer.text
    assert answer.jobs["train_reference_together"] == 1 and answer.jobs["train"] > 0
    assert "train 2 networks of reference together" in answer.text
    singly = set(re.findall(r"train seed\d+ of (\w+)", answer.text))
    assert singly == {"other_optimiser", "published_schedule", "small_batches"}
    lint = fresh.call(".ci/lint_workflow.py")
    assert lint.status == 0, lint.text
    refused = fresh.snakemake("figures/fig2.pdf", CUDA_VISIBLE_DEVICES="")
    assert refused.status == 1 and "train.py: experiments.reference.training.device: 'cuda', but" in refused.text

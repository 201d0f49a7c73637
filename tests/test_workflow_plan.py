"""What is planned and what is refused, before any job runs."""

from __future__ import annotations

import re

import pandas as pd
import pytest
import yaml
from workflow_checkout import ROOT, Checkout, checkout

import replicortex as rx
from replicortex.figures import FIGURES

pytestmark = pytest.mark.workflow
_QUOTED = "'\"'\"'"  # a quotation mark inside a quoted word of a shell command


@pytest.fixture
def fresh(tmp_path) -> Checkout:
    return checkout(tmp_path / "checkout")


def drawn(where: Checkout) -> list[str]:
    """Figures of `all`: those that show experiments with networks at scale smoke."""
    study = rx.load_config(where.folder / "config.yaml", scale="smoke")
    entries = [entry for entry in FIGURES.values() if not entry.on_request]
    there = {name for name in study if not study.absent(name)} | {"teaching"}  # for which nothing is trained
    return [each.name for each in entries if there.issuperset(each.shows) and each.read(there)]


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


def test_figures_on_request_are_drawn_when_asked_for(fresh):
    """And by nobody else: the networks that they add are for that question only."""
    assert not re.search("other_optimiser|published_schedule|small_batches", fresh.plan().text)
    answer = fresh.plan("figures/figS_schedules.pdf")
    assert answer.status == 0, answer.text
    trained = set(re.findall(r"train seed\d+ of (\w+)", answer.text))
    assert trained == {"reference", "other_optimiser", "published_schedule", "small_batches"}


def test_a_figure_that_cannot_show_the_networks_is_refused_and_the_others_are_not(fresh):
    fresh.configure(lambda config: config["experiments"]["reference"]["network"].update(cell="leaky_gru"))
    refused = fresh.plan("figures/figS5.pdf")
    assert refused.status == 1 and "Traceback" not in refused.text
    assert "experiments.reference.network.cell: 'leaky_gru', but 'figS5' needs 'leaky_rnn'" in said(refused)[-1]
    others = [f"figures/{name}.pdf" for name in ("fig1", "fig2", "figS1", "scorecard")]
    answer = fresh.plan(*others)
    assert answer.status == 0, answer.text
    assert "weights" not in answer.jobs and answer.jobs["architecture"] == 1


def test_default_target_is_every_figure_and_the_scorecard(fresh):
    answer = fresh.plan()
    shown = drawn(fresh)
    assert answer.jobs["figure"] == len(shown) >= 7
    study = rx.load_config(fresh.folder / "config.yaml", scale="smoke")
    claimed = {name for name in rx.scorecard.tables_read() if not study.absent(name)}
    claimed -= {"other_optimiser", "published_schedule"}  # of figures on request
    read = claimed.union(*(FIGURES[name].every for name in shown))
    assert answer.jobs["train"] == sum(len(study[name].members()) for name in read if name in study.of_kind("rate"))
    assert answer.jobs["primer_train"] == sum(
        len(each.shards()) for name, each in study.of_kind("small").items() if name in read
    )
    assert answer.jobs["scorecard"] == 1 and answer.jobs["scorecard_figure"] == 2


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


@pytest.mark.parametrize(
    ("targets", "scale", "message"),
    [
        (["figures/fig22.pdf"], "smoke", "figures/fig22.pdf: no such figure; did you mean figures/fig2.pdf.*force_gq"),
        (["figure/scorecard.pdf"], "smoke", "figure/scorecard.pdf: no such figure; did you mean figures/scorecard.pdf"),
        (["figures/fig2.pdf"], "smok", "--config scale: 'smok' is not one of .*did you mean 'smoke'"),
        (
            ["results/smoke/tables/referense/units.parquet"],
            "smoke",
            "'referense' has no networks at scale 'smoke'",
        ),
    ],
)
def test_targets_that_cannot_be_made_are_refused(fresh, targets, scale, message):
    answer = fresh.plan(*targets, scale=scale)
    assert answer.status == 1
    assert re.search(message, said(answer)[-1]), answer.text
    assert "Traceback" not in answer.text


def no_networks(config):
    for wing in (config["experiments"], config["primer"], config["force"]["experiments"]):
        for experiment in wing.values():
            scales = experiment.get("scales", {})
            experiment["scales"] = scales | {"smoke": scales.get("smoke", {}) | {"seeds": 0}}


@pytest.mark.parametrize("target", ["figures/fig2.pdf", "figures/scorecard.png", "all"])
def test_figure_without_networks_at_this_scale_is_refused(fresh, target):
    fresh.configure(no_networks)
    answer = fresh.plan(target)
    assert answer.status == 1 and "Traceback" not in answer.text
    told = "\n".join(said(answer))
    assert re.search("experiments.reference.seeds: no networks at scale 'smoke', but '.+' shows them", told)


def test_figures_without_networks_are_left_out_of_all_and_told(fresh):
    """And so are claims, which are not testable then."""
    fresh.append(
        "src/replicortex/papers/yang2019/figures/__init__.py",
        '\nFIGURES += (_figure("figA", {"lonely": "units"}), _figure("figB", {"reference": "", "nowhere": "units"}))\n',
    )
    fresh.configure(lambda config: config["experiments"].update(lonely=dict(config["experiments"]["tanh_gru"])))
    for name in ("figa", "figb"):
        fresh.append(f"src/replicortex/papers/yang2019/figures/{name}.py", f"def {name}(tables, setting): ...\n")
    fresh.append(
        "src/replicortex/papers/yang2019/claims/__init__.py",
        "\nfrom dataclasses import replace\nCLAIMS += (replace(CLAIMS[0], id='A', needs=('lonely/units',)),)\n",
    )
    before = fresh.plan()
    assert before.jobs["figure"] == len(drawn(fresh)) + 1, before.text
    assert "figB is not drawn: experiment 'nowhere' is not in config.yaml" in before.text.splitlines()
    assert "variance of seed0 of lonely" in before.text and "lesions of seed0 of lonely" not in before.text

    def change(config):
        config["experiments"]["lonely"]["scales"] = {"smoke": {"seeds": 0}}

    fresh.configure(change)
    answer = fresh.plan()
    assert answer.status == 0 and answer.jobs["figure"] == before.jobs["figure"] - 1
    reason = "experiment 'lonely' has no networks at scale 'smoke'"
    assert f"figA is not drawn: {reason}" in answer.text.splitlines()
    assert "lonely" not in "".join(re.findall(r"^(?:train|variance of|clusters of).*", answer.text, flags=re.M))
    commands = fresh.snakemake("-n", "--printshellcmds", "figures/scorecard.pdf").text
    assert f"--absent lonely '{reason.replace(chr(39), _QUOTED)}'" in commands
    refused = fresh.plan("figures/figA.pdf")
    assert refused.status == 1
    assert "experiments.lonely.seeds: no networks at scale 'smoke', but 'figA' shows them" in said(refused)[-1]
    refused = fresh.plan("figures/figB.pdf")
    assert "experiments.nowhere: is missing, but 'figB' shows its networks" in said(refused)[-1]


def test_the_members_of_a_grid_are_listed_with_their_settings(fresh):
    table = "results/smoke/tables/posttraining/members.parquet"
    answer = fresh.snakemake(table)
    assert answer.status == 0 and answer.jobs == {"members": 1}, answer.text
    members = pd.read_parquet(fresh.folder / table)
    study = rx.load_config(fresh.folder / "config.yaml", scale="smoke")
    pd.testing.assert_frame_equal(members, pd.DataFrame(study["posttraining"].member_table()))
    assert fresh.plan(table).nothing_to_do
    fresh.configure(lambda config: config["experiments"]["posttraining"]["scales"].update(smoke={"seeds": 1}))
    assert fresh.plan(table).jobs == {"members": 1}


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
    assert [len(pd.read_parquet(where.folder / table)) for table in tables] == [8, 3]
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


SCRIPTS = sorted(path.name for path in (ROOT / "workflow_scripts").glob("*.py"))


@pytest.mark.parametrize("script", SCRIPTS)
def test_scripts_explain_themselves(fresh, script):
    answer = fresh.call(f"workflow_scripts/{script}", "--help")
    assert answer.status == 0 and answer.text.startswith(f"usage: {script}")


@pytest.mark.parametrize(
    ("command", "message"),
    [
        (["train.py", "--experiment", "referenc", "--network", "seed0"], "did you mean 'reference'"),
        (["train.py", "--experiment", "reference", "--network", "seed99"], "network of reference: 'seed99'"),
        (
            ["train.py", "--experiment", "reference", "--network", "seed0", "--settings", "0"],
            "edited after this run",
        ),
        (
            ["measure.py", "yang2019/variance", "none.safetensors", "--output", "."],
            "none.safetensors: no such weight file",
        ),
        (["measure.py", "yang2019/ftv", "--tables", "Snakefile", "--output", "."], "table for ftv: "),
        (["measure.py", "yang2019/lesion", "--output", "."], "did you mean 'lesions'"),
        (
            ["figure.py", "figS_schedules", *("--population", "one", "a.parquet") * 2, "--output", "a.pdf"],
            "--population: 'one' is given twice",
        ),
        (
            ["measure.py", "yang2019/members", "--experiment", "reference", "--settings", "0", "--output", "."],
            "edited after this run",
        ),
    ],
)
def test_scripts_tell_what_is_wrong_in_one_line(fresh, command, message):
    script, *arguments = command
    answer = fresh.call(f"workflow_scripts/{script}", *arguments)
    assert answer.status == 1
    (line,) = answer.text.splitlines()
    assert line.startswith(f"{script}: ") and message in line


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

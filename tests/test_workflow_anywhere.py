"""The workflow called from other folders than its own: results stay with the caller, and nothing is done twice."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest
from workflow_checkout import Answer, Checkout, checkout

pytestmark = pytest.mark.workflow
TABLE = "smoke/tables/posttraining/members.parquet"
OTHER_WORKFLOW = """
rule all:
    input: "mine.pdf"

module replicortex:
    snakefile: {snakefile!r}
    config: {config}

use rule * from replicortex as replicortex_*

rule mine:
    input: "out/{table}"
    output: "mine.pdf"
    shell: 'echo "$MPLBACKEND" > {{output:q}}'
"""

SETTINGS = {
    "scale": "smoke",
    "results": "out",
    "experiments": {"posttraining": {"scales": {"smoke": {"seeds": 1}}}},
}


def names(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir()}


def call(source: Checkout, folder: Path, *arguments: str, **environment: str) -> Answer:
    """Snakemake in a folder, with the package of a checkout."""
    source_path = str(source.folder / "src")
    options = ("-m", "snakemake", "--cores", "1", *arguments)
    return Checkout(folder).call(*options, PYTHONPATH=source_path, **environment)


def test_results_land_in_the_callers_folder_and_outlive_a_move_of_the_checkout(tmp_path):
    made, work = checkout(tmp_path / "the 'first' checkout"), tmp_path / 'someone\'s "work"'
    work.mkdir()
    own = names(made.folder)
    target = ("--config", "scale=smoke", "--", f"results/{TABLE}")
    first = call(made, work, "-s", str(made.folder / "Snakefile"), *target)
    assert first.status == 0 and first.jobs == {"members": 1}, first.text
    assert names(work) == {"results", "figures", ".snakemake"} and names(made.folder) == own
    assert names(work / "results/smoke") == {"tables", "logs", "benchmarks"}
    assert call(made, work, "-s", str(made.folder / "Snakefile"), *target).nothing_to_do
    moved = Checkout(made.folder.rename(tmp_path / "moved"))
    again = call(moved, tmp_path, "-s", "moved/Snakefile", "--directory", str(work), *target)
    assert again.nothing_to_do, again.text
    (tmp_path / "moved/config.yaml").write_text("experiments: {reference: {sedes: 2}}\n")
    refused = call(moved, work, "-s", str(moved.folder / "Snakefile"), "-n", *target)
    assert refused.status == 1 and f"{moved.folder}/config.yaml: experiments.reference.sedes" in refused.text


def test_another_workflow_uses_it_as_a_module(tmp_path):
    """And keeps its default target, its figures, its command line and its environment."""
    made, work = checkout(tmp_path / "it's a checkout"), tmp_path / "lab's workflow"
    work.mkdir()
    own = names(made.folder)
    text = OTHER_WORKFLOW.format(snakefile=str(made.folder / "Snakefile"), config=SETTINGS, table=TABLE)
    (work / "Snakefile").write_text(text)
    options = ("--workflow-profile", str(made.folder / "profiles/default"), "--config", "lab=Basel")
    first = call(made, work, *options, MPLBACKEND="lab")
    assert first.status == 0 and first.jobs == {"mine": 1, "replicortex_members": 1}, first.text
    assert names(work) == {"Snakefile", "mine.pdf", "out", ".snakemake"} and names(made.folder) == own
    assert (work / "mine.pdf").read_text() == "lab\n"
    assert len(pd.read_parquet(work / "out" / TABLE)) == 8  # one seed of each condition, as `config:` says
    second = call(made, work, *options)
    assert second.nothing_to_do, second.text
    figure = call(made, work, *options, "-n", "--", "figures/fig2.pdf")
    assert figure.status == 0 and figure.jobs["replicortex_train"] == 2, figure.text

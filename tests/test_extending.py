"""A paper of one's own: the folder examples/flipflop, put into a checkout, and the page of docs that explains it."""

import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any, get_args

import pandas as pd
import pytest
import yaml
from documents import blocks
from workflow_checkout import ROOT, Checkout, checkout

from replicortex import primer
from replicortex.config import load_config
from replicortex.config.primer_schema import PrimerNetwork, PrimerTraining
from replicortex.primer import cells, learning
from replicortex.training.penalties import PENALTIES

PAGE, EXAMPLE = ROOT / "docs/extending.md", ROOT / "examples/flipflop"
FIGURE = "figures/flipflop.pdf"


def git(folder: Path, *arguments: str) -> str:
    given = ("git", "-c", "user.name=t", "-c", "user.email=t@t", "-C", str(folder), *arguments)
    return subprocess.run(given, check=True, capture_output=True, text=True).stdout


@pytest.fixture(scope="module")
def extended(tmp_path_factory: pytest.TempPathFactory) -> Checkout:
    """A clone of this checkout with the example's folder below papers/."""
    copy = checkout(tmp_path_factory.mktemp("extended"))
    shutil.copy2(ROOT / ".gitignore", copy.folder)
    for command in (("init", "-q"), ("add", "-A"), ("commit", "-qm", "as cloned")):
        git(copy.folder, *command)
    shutil.copytree(EXAMPLE, copy.folder / "papers/flipflop", ignore=shutil.ignore_patterns("__pycache__"))
    return copy


def test_what_the_page_shows_of_a_file_is_in_it() -> None:
    shown = [block for block in blocks(PAGE) if block.file]
    assert len(shown) > 8
    for block in shown:
        text = (ROOT / block.file).read_text(encoding="utf-8")
        assert "".join(block.text.split()) in "".join(text.split()), f"{block.file}\n{block.text}"


def test_the_code_of_the_page_runs(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(EXAMPLE.parent)
    monkeypatch.setitem(PENALTIES, "square_rates", PENALTIES["l2_rates"])  # which the page adds; taken away afterwards
    code = [block.text for block in blocks(PAGE) if block.language == "python" and not block.file]
    assert len(code) >= 2
    exec(compile("".join(code), "docs/extending.md", "exec"), {})
    monkeypatch.delitem(sys.modules, "flipflop", raising=False)


@pytest.mark.parametrize(
    ("named", "table"),
    [
        (PrimerNetwork.model_fields["cell"].annotation, primer.network.CELLS),
        (PrimerNetwork.model_fields["activation"].annotation, cells.ACTIVATIONS),
        (PrimerTraining.model_fields["optimiser"].annotation, learning.OPTIMISERS),
    ],
    ids=["cells of small networks", "their activations", "their optimisers"],
)
def test_a_configuration_names_what_the_tables_of_the_library_hold(named: object, table: object) -> None:
    assert sorted(get_args(named)) == sorted(table)


FROM_OUTSIDE = """
from dataclasses import replace

import torch

from replicortex.networks.activations import ACTIVATIONS, Activation
from replicortex.networks.cells import CELLS, Cell
from replicortex.training.optimisers import OPTIMISERS
from replicortex.training.penalties import PENALTIES, Penalty
from replicortex.training.sgd import Sgd

ACTIVATIONS["sine"] = Activation(
    apply=torch.sin,
    evaluate=lambda pre, out: torch.sin(pre, out=out),
    differentiate=lambda pre: pre.cos_(),
    recurrent_scale=1.0,
)


def equations():
    from replicortex.networks.activations import activation
    from replicortex.networks.leaky import LEAKY_RNN

    def sequence(p, arch, x, noise, work):
        # without leak: h <- f(h W_rec + x W_in + b)
        f, h, rates = activation(arch.activation).apply, x.new_zeros(x.shape[1], arch.units), []
        for x_t in x:
            h = f(h @ p["w_rec"] + x_t @ p["w_in"] + p["b_rec"])
            rates.append(h)
        return torch.stack(rates)

    return replace(LEAKY_RNN, sequence=sequence)


CELLS["elman"] = Cell("without leak", equations, (("w_in", "w_rec"), ("w_out",)), ("w_rec", "w_out"), has_matrix=True)
PENALTIES["square_rates"] = Penalty(
    about="times the mean of h^2", sentence="the mean squared rate", of_rates=lambda h, counted: h.square().mean()
)
OPTIMISERS["plain"] = replace(OPTIMISERS["sgd"], create=lambda schedule, layout, *memory: Sgd(schedule, *memory))
"""
TRAINED = """
import replicortex as rx
from replicortex.methods import methods
from replicortex.training import Trainer

torch.set_num_threads(1)
common = {"training": {"trials": 40, "evaluation_trials": {"repetitions": 1, "batch": 4}}, "tasks": {"train": ["fdgo"]}}
networks = {
    "usual": {},
    "activation": {"network": {"activation": "sine"}},
    "cell": {"network": {"cell": "elman", "activation": "tanh"}},
    "penalty": {"regularisers": {"square_rates": 0.5}},
    "optimiser": {"training": {**common["training"], "schedule": "own"}},
}
study = rx.load_config({
    "scales": {"laptop": {"units": 8}},
    "schedules": {"paper": {"batch": 8}, "own": {"batch": 8, "optimiser": "plain"}},
    "experiments": {name: {**common, **settings} for name, settings in networks.items()},
})
found = {}
for name in networks:
    trainer = Trainer(study[name].members()[0].experiment.model_copy(update={"name": "same"}), "seed0")
    start = {key: weight.clone() for key, weight in trainer.weights.items()}
    trainer.run(lambda progress: None)
    assert trainer.update == 6 and all(torch.isfinite(weight).all() for weight in trainer.weights.values()), name
    assert any(not torch.equal(start[key], weight) for key, weight in trainer.weights.items()), name
    found[name] = trainer
    print(name, trainer.path.name.split()[0], trainer.rows[-1][5] > 0)
    if name != "usual":
        assert not torch.equal(trainer.weights["w_out"], found["usual"].weights["w_out"]), name
(told,) = (text for text in methods(study)["Twenty cognitive tasks"] if "(penalty)" in text)
assert "0.5 times the mean squared rate" in told
"""


def test_an_activation_a_cell_a_penalty_and_an_optimiser_from_outside_train_networks() -> None:
    """Entries of the four registries, made before a configuration is read; settings, training and methods know them."""
    program = [sys.executable, "-W", "ignore", "-c", FROM_OUTSIDE + TRAINED]
    done = subprocess.run(program, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    lines = dict(line.split(" ", 1) for line in done.stdout.splitlines())
    assert [lines[name] for name in ("activation", "cell", "penalty")] == ["torch False", "torch False", "torch True"]


@pytest.mark.workflow
def test_the_folder_alone_is_new_and_the_workflow_draws_its_figure_and_judges_its_claims(
    extended: Checkout, tmp_path: Path
) -> None:
    done = extended.snakemake(FIGURE)
    assert done.status == 0 and (extended.folder / FIGURE).stat().st_size > 10_000, done.text
    expected = dict.fromkeys(("primer_train", "flipflop_networks", "flipflop_trials", "flipflop_points", "figure"), 1)
    assert done.jobs == expected, done.text
    assert extended.snakemake("-n", FIGURE).nothing_to_do
    card, others = "results/smoke/scorecard/scorecard.csv", tmp_path / "others.yaml"
    others.write_text(yaml.safe_dump(without_other_networks()))  # their claims are not testable
    done = extended.snakemake(f"--configfile={others}", card)
    assert done.status == 0, done.text
    rows = pd.read_csv(extended.folder / card).set_index("experiment").loc["flipflop"].set_index("id")
    assert rows["verdict"].to_dict() == dict.fromkeys(("SB-1", "SB-2", "SB-3", "SB-4", "SB-7"), "smoke")
    assert rows["value"].notna().all()
    assert git(extended.folder, "status", "--porcelain") == "?? papers/\n"


def without_other_networks() -> dict[str, Any]:
    """Settings on top of the configuration that leave no network of the package's own papers at scale smoke."""
    study = load_config(ROOT / "config.yaml", "smoke")
    none = {"scales": {"smoke": {"seeds": 0}}}
    sections = {"experiments": study.of_kind("rate"), "primer": study.of_kind("small")}
    found: dict[str, Any] = {section: dict.fromkeys(names, none) for section, names in sections.items()}
    return found | {"force": {"experiments": dict.fromkeys(study.of_kind("spiking"), none)}}

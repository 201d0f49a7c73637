"""Which jobs run again after an edit: those whose meaning it changes, and no others."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

import replicortex as rx
from replicortex.pipeline import Reruns, papers
from replicortex.pipeline.kinds import KINDS
from replicortex.pipeline.measurements import code_of
from replicortex.pipeline.reruns import registries_of
from replicortex.provenance import Choice

ROOT = Path(__file__).resolve().parent.parent
STUDY = rx.load_config(ROOT / "config.yaml", scale="smoke")
STEPS = {step.name: step for step in papers()["yang2019"].steps}
PLANNED = {figure.name: figure for paper in papers().values() for figure in paper.figures}
SCRIPTS = ("lesions", "clusters", "variance", "composite", "behaviour")


@pytest.fixture(scope="module")
def original(tmp_path_factory) -> Path:
    """A copy of the sources."""
    folder = tmp_path_factory.mktemp("sources")
    ignore = shutil.ignore_patterns("__pycache__", "*.so", "*.egg-info")
    shutil.copytree(ROOT / "src", folder / "src", ignore=ignore)
    return folder


def hashes(folder: Path, cache: Path) -> dict[str, str]:
    """Job -> hash of its code, for one job of each kind."""
    jobs = Reruns(STUDY, cache, folder / "src" / "replicortex")
    found = {f"measure {name}": jobs.code(code_of(STEPS[name], KINDS["rate"]), "reference") for name in SCRIPTS}
    networks = ("reference", "sequential", "fig2_lif_sine", "fig3_ode", "primer_perceptual", "primer_context")
    for name in networks:
        found[f"train {name}"] = jobs.training(KINDS[STUDY[name].kind].trainer, STUDY[name])
    found |= {name: jobs.drawing(PLANNED[name], "reference") for name in ("fig2", "fig5")}
    found["scorecard"] = jobs.code("replicortex.report.evaluation:judge_all", "reference")
    jobs.graph.save()
    return found


@pytest.fixture(scope="module")
def before(original) -> dict[str, str]:
    found = hashes(original, original / "cache.json")
    assert len(set(found.values())) == len(found)
    return found


ENTRY = '    "another": '
SMALL = {"train primer_perceptual", "train primer_context"}
TRAININGS = {"train reference", "train sequential"}
MEASURED = {f"measure {name}" for name in SCRIPTS}
SOFTPLUS = {"train reference", *MEASURED}  # sequential networks have another activation
MATCHING = {"train reference", *MEASURED, "fig2", "fig5"}
TASK = (
    "tasks/catalogue.py",
    "_THREE_RINGS = (\n",
    '_MORE = (Task("antidm1", "Anti DM 1", "DM", _DM, _together(1), _dm(1), stronger(2)),)\n\n_THREE_RINGS = (\n'
    '    Task("another", "Another", "DM", _DM, _together(1), _dm(1), stronger(2)),\n',
)
HOME = "papers/yang2019/figures"
FIGURE = (
    f"{HOME}/__init__.py",
    '    _figure("fig1",',
    '    _figure("figNew", {"reference": "units"}),\n    _figure("fig1",',
)


INERT = [
    ("training/trainer.py", "import torch\n", "import torch  # as PyPI has it\n"),
    ("random_streams.py", '"""', '"""Once more: '),
    ("native/kernel.cpp", "#include", "// what follows is compiled once for each kind of processor\n#include"),
    ("tasks/responses.py", "\n\n\ndef ", "\n\n\n\ndef "),
    ("config/schema.py", "class Network(Section):\n", "class Network(Section):\n    new: StrictBool = False\n"),
    TASK,
    FIGURE,
    ("report/rows.py", '"""', '"""All of them: '),
    ("errors.py", "def choose", "def another():\n    return 1\n\n\ndef choose"),
    ("report/components.py", "ax.set_ylim(-0.15, 1.25)", "ax.set_ylim(-0.15, 1.35)"),  # of other figures
    ("primer/images.py", "dt: float = 20.0", "dt: float = 25.0"),  # of another task
    (
        "primer/cells.py",
        '    "sigmoid": Activation',
        f'{ENTRY}Activation(torch.sin, torch.cos),\n    "sigmoid": Activation',
    ),
    ("primer/network.py", '    "plastic": ', f'{ENTRY}_plastic,\n    "plastic": '),
    ("primer/learning.py", '    "sgd": ', f'{ENTRY}torch.optim.Adagrad,\n    "sgd": '),
    ("networks/cells.py", '    "lstm": Cell(', f'{ENTRY}Cell("", _lstm, (), ()),\n    "lstm": Cell('),
    ("networks/activations.py", '    "elu": ', f'{ENTRY}Activation(_elu),\n    "elu": '),
    ("training/optimisers.py", '    "muon": ', f'{ENTRY}Optimiser("", "", _muon, ()),\n    "muon": '),
    ("training/penalties.py", '    "l2_rates": ', f'{ENTRY}Penalty("", "", of_rates=_sum),\n    "l2_rates": '),
    ("networks/imported.py", "astype(np.float32)", "astype(np.float16)"),  # none of them comes from a file
    ("training/penalties.py", "now[name].square()", "now[name].abs()"),  # of a penalty that none of them has
]


def changed_by(original, before, folder, *edits):
    """The jobs that run again after some edits of the sources, each (file, old text, new text)."""
    shutil.copytree(original, folder)
    for file, old, new in edits:
        path = folder / "src" / "replicortex" / file
        text = path.read_text()
        assert old in text
        path.write_text(text.replace(old, new, 1))
    after = hashes(folder, folder / "cache.json")
    return {name for name in before if after[name] != before[name]}


def test_edits_that_mean_nothing_to_any_of_them_rerun_nothing(original, before, tmp_path):
    assert changed_by(original, before, tmp_path / "copy", *INERT) == set()


@pytest.mark.parametrize(
    ("file", "old", "new", "jobs"),
    [
        ("analysis/lesions.py", "REPETITIONS = 16", "REPETITIONS = 17", {"measure lesions"}),
        ("analysis/composite.py", "REPETITIONS = 20", "REPETITIONS = 21", {"measure composite"}),
        (f"{HOME}/fig2.py", "_C_TOP, _E_TOP = 2.78", "_C_TOP, _E_TOP = 2.79", {"fig2"}),
        ("report/style.py", '"font.size": 6.5', '"font.size": 6.6', {"fig2", "fig5"}),
        ("training/loss.py", "0.5 * 0.1**2", "0.5 * 0.2**2", TRAININGS),
        ("networks/activations.py", "_SOFTPLUS_THRESHOLD = 40.0", "_SOFTPLUS_THRESHOLD = 30.0", SOFTPLUS),
        ("tasks/catalogue.py", "At(2200), At(2700)", "At(2300), At(2700)", MATCHING),
        (
            "spiking/oscillators.py",
            "np.sin(10 * np.pi * t), 0.2",
            "np.sin(11 * np.pi * t), 0.2",
            {"train fig2_lif_sine"},
        ),
        ("primer/perceptual.py", "sigma: float = 1.0", "sigma: float = 1.5", {"train primer_perceptual"}),
        ("primer/cells.py", "Activation(torch.relu, torch.sign)", "Activation(torch.relu, torch.sgn)", SMALL),
    ],
)
def test_an_edit_reruns_what_it_means_something_to(original, before, tmp_path, file, old, new, jobs):
    assert changed_by(original, before, tmp_path / "copy", (file, old, new)) == jobs


def test_how_files_are_read_counts_for_networks_that_come_from_them(original, tmp_path):
    mine = {"network": {"units": 8}, "imported": {"files": ["own.safetensors"]}}
    study = rx.load_config({"experiments": {"mine": mine}}, scale="smoke")
    shutil.copytree(original, tmp_path / "copy")
    path = tmp_path / "copy/src/replicortex/networks/imported.py"
    path.write_text(path.read_text().replace("astype(np.float32)", "astype(np.float16)"))
    found = [
        Reruns(study, None, folder / "src/replicortex").training(KINDS["rate"].trainer, study["mine"])
        for folder in (original, tmp_path / "copy")
    ]
    assert found[0] != found[1]


def test_the_tasks_of_a_curriculum_count(original):
    training = {"curriculum": [{"name": "go_no_go"}, {"delay": 0}]}
    study = rx.load_config({"primer": {"taught": {"task": {"name": "match"}, "training": training}}}, "smoke")
    graph = Reruns(study, None, original / "src" / "replicortex").graph
    covered = graph.meanings(
        "replicortex.primer.job:train", choice=Choice(registries_of(study.of_kind("small").values()))
    )
    assert {name for name in covered if ":TASKS[" in name} == {
        "replicortex.primer.tasks:TASKS[match]",
        "replicortex.primer.tasks:TASKS[go_no_go]",
    }

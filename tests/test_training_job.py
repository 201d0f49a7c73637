"""Training as a whole: same bits after kill -9, whoever trains beside, however often it is evaluated."""

import hashlib
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import torch

import replicortex as rx
from replicortex.training.checkpoint import load_checkpoint
from replicortex.training.job import history_path, network_path, status_path
from replicortex.training.trainer import Trainer, TrainingDiverged

torch.set_num_threads(1)


def _settings(**changes: Any) -> dict[str, Any]:
    """A configuration with one tiny experiment; ``changes`` go to its sections."""
    experiment: dict[str, Any] = {
        "seeds": [0, 1, 2],
        "network": {"units": 24, "init": "diag"},
        "tasks": {"train": ["fdgo", "dm1", "dmsgo"], "weights": {"dm1": 5}},
        "training": {
            "schedule": "quick",
            "trials": 640,
            "evaluate_every": 20,
            "evaluation_trials": {"repetitions": 1, "batch": 8},
        },
    }
    for section, fields in changes.items():
        if section == "seeds":
            experiment["seeds"] = fields
        else:
            experiment[section] = {**experiment.get(section, {}), **fields}
    schedules = {
        "quick": {"batch": 8, "rate": 3e-3, "warmup": 5, "decay": "cosine"},
        "absurd": {"batch": 8, "rate": 1.0, "clip": None},
    }
    return {"scale": "laptop", "schedules": schedules, "experiments": {"tiny": experiment}}


def _experiment(**changes: Any) -> Any:
    return rx.load_config(_settings(**changes))["tiny"]


def _quiet(_: str) -> None:
    pass


def _same(a: rx.networks.Ensemble, b: rx.networks.Ensemble) -> bool:
    return all(torch.equal(a.parameters[name], b.parameters[name]) for name in a.parameters)


def test_networks_do_not_depend_on_who_trains_beside_them(tmp_path: Path) -> None:
    together = rx.training.train(_experiment(), seeds=[0, 1], results=tmp_path, log=_quiet)
    alone = rx.training.train(_experiment(seeds=[1]), log=_quiet)
    assert together.labels == ("seed0", "seed1")
    assert _same(together.select(1), alone)
    assert not _same(together.select(0), alone)
    rx.training.train(_experiment(seeds=[1]), results=tmp_path / "again", log=_quiet)
    files = [network_path(folder, "tiny", "seed1").read_bytes() for folder in (tmp_path, tmp_path / "again")]
    assert files[0] == files[1], "a network that is trained again has the same checksum"
    stored = rx.networks.load(network_path(tmp_path, "tiny", "seed1"))
    assert _same(stored, alone)
    assert stored.metadata["seed"] == 1 and stored.metadata["settings"]["network"]["units"] == 24
    history = pd.read_parquet(history_path(tmp_path, "tiny", "seed1"))
    columns = ["network", "updates", "trials", "wall_s", "task", "loss", "regulariser", "performance"]
    assert list(history.columns) == columns
    assert sorted(history["updates"].unique()) == [0, 20, 40, 60, 80, 81]  # 640 trials / 8, and one more
    assert set(history["task"]) == {"fdgo", "dm1", "dmsgo"} and history["performance"].between(0, 1).all()


def test_evaluating_more_often_changes_no_weight() -> None:
    often = _experiment(training={"evaluate_every": 7})
    assert _same(
        rx.training.train(often, seeds=[0], log=_quiet), rx.training.train(_experiment(), seeds=[0], log=_quiet)
    )


_CHILD = """
import json, sys
import torch
import replicortex as rx
torch.set_num_threads(1)
experiment = rx.load_config(json.loads(sys.argv[1]))["tiny"]
rx.training.train(experiment, seeds=[0], results=sys.argv[2])
"""


@pytest.mark.long
def test_a_killed_training_resumes_to_the_same_bits(tmp_path: Path) -> None:
    settings = _settings(training={"trials": 8000, "evaluate_every": 50})
    experiment = rx.load_config(settings)["tiny"]
    whole = rx.training.train(experiment, seeds=[0], log=_quiet)
    command = [sys.executable, "-c", _CHILD, json.dumps(settings), str(tmp_path)]
    folder = tmp_path / "checkpoints" / "tiny"

    def updates_saved() -> int:
        files = list(folder.glob("seed0.*.safetensors")) if folder.exists() else []
        if not files:
            return -1
        from safetensors import safe_open

        try:
            with safe_open(files[0], framework="pt") as handle:
                return int(json.loads(handle.metadata()["progress"])["update"])
        except FileNotFoundError:  # the job has just finished
            return -1

    kills = 0
    for least in (50, 200):
        child = subprocess.Popen(command, stderr=subprocess.DEVNULL, env={**os.environ, "OMP_NUM_THREADS": "1"})
        deadline = time.monotonic() + 120
        while updates_saved() < least and child.poll() is None and time.monotonic() < deadline:
            time.sleep(0.01)
        if child.poll() is None:
            child.send_signal(signal.SIGKILL)
            kills += 1
        child.wait()
    assert kills == 2 and 0 < updates_saved() < experiment.updates
    assert not network_path(tmp_path, "tiny", "seed0").exists()
    lines: list[str] = []
    resumed = rx.training.train(experiment, seeds=[0], results=tmp_path, log=lines.append)
    assert "goes on from update" in lines[0]
    assert _same(resumed, whole)
    history = pd.read_parquet(history_path(tmp_path, "tiny", "seed0"))
    assert not history.duplicated(["updates", "task"]).any()
    assert history["updates"].max() == experiment.updates
    assert not list(folder.iterdir())  # the checkpoint of a finished network is gone


def _interrupted(experiment: Any, results: Path) -> Path:
    """Stop a training after its second evaluation; returns the checkpoint."""

    class Stop(Exception):
        pass

    seen: list[str] = []

    def log(line: str) -> None:
        seen.append(line)
        if len(seen) == 2:
            raise Stop

    with pytest.raises(Stop):
        rx.training.train(experiment, seeds=[0], results=results, log=log)
    (path,) = (results / "checkpoints" / "tiny").glob("seed0.*.safetensors")
    return path


def test_a_checkpoint_of_another_configuration_is_left_alone(tmp_path: Path) -> None:
    path = _interrupted(_experiment(), tmp_path)
    before = path.read_bytes()
    other = _experiment(regularisers={"l1_rates": 1e-3})
    lines: list[str] = []
    net = rx.training.train(other, seeds=[0], results=tmp_path, log=lines.append)
    assert "goes on" not in lines[0]
    assert _same(net, rx.training.train(other, seeds=[0], log=_quiet))
    assert path.read_bytes() == before
    assert load_checkpoint(path, "another fingerprint") is None


def test_a_damaged_checkpoint_is_named(tmp_path: Path) -> None:
    path = _interrupted(_experiment(), tmp_path)
    path.write_bytes(path.read_bytes()[:100])
    with pytest.raises(ValueError, match=path.name):
        rx.training.train(_experiment(), seeds=[0], results=tmp_path, log=_quiet)


def test_divergence_stops_with_a_message_and_keeps_the_last_good_weights(tmp_path: Path) -> None:
    experiment = _experiment(
        network={"activation": "relu"}, training={"schedule": "absurd", "trials": 4000, "evaluate_every": 1}
    )
    with pytest.raises(TrainingDiverged, match=r"tiny, seed0: .*learning rate.*last good weights are in"):
        rx.training.train(experiment, seeds=[0], results=tmp_path, log=_quiet)
    (path,) = (tmp_path / "checkpoints" / "tiny").glob("seed0.*.safetensors")
    from safetensors.torch import load_file

    kept = load_file(path)
    assert all(torch.isfinite(tensor).all() for name, tensor in kept.items() if name.startswith("weight."))
    status = status_path(tmp_path, "tiny", "seed0").read_text()
    assert '"failed"' in status
    assert not network_path(tmp_path, "tiny", "seed0").exists()


def test_a_network_that_breaks_at_an_evaluation_is_not_kept(tmp_path: Path) -> None:
    experiment = _experiment()
    trainer = Trainer(experiment, "seed0")
    trainer.advance()
    trainer.weights["w_out"].data[0, 0] = float("nan")
    with pytest.raises(TrainingDiverged, match="evaluation"):
        trainer.evaluate()
    assert trainer.rows == []


def test_training_leaves_threads_and_products_as_they_were() -> None:
    before = torch.get_num_threads()
    torch.set_num_threads(2)
    try:
        rx.training.train(_experiment(training={"trials": 64}), seeds=[0], log=_quiet)
        assert torch.get_num_threads() == 2
    finally:
        torch.set_num_threads(before)


def test_a_changed_start_makes_a_new_checkpoint(tmp_path: Path) -> None:
    settings = _settings(seeds=[0])
    settings["experiments"]["tuned"] = {
        **settings["experiments"]["tiny"],
        "pretrained": {"experiment": "tiny"},
    }
    study = rx.load_config(settings)
    with pytest.raises(FileNotFoundError, match="starts from"):
        rx.training.train(study["tuned"], results=tmp_path, log=_quiet)
    first = rx.training.train(study["tiny"], results=tmp_path, log=_quiet)
    tuned = rx.training.train(study["tuned"], results=tmp_path, log=_quiet)
    assert not _same(first, tuned)
    source = network_path(tmp_path, "tiny", "seed0")
    assert tuned.metadata["start"] == hashlib.sha256(source.read_bytes()).hexdigest()


def test_training_stops_at_the_target() -> None:
    easy = _experiment(training={"target": 0.0, "target_statistic": "mean", "evaluate_every": 10})
    lines: list[str] = []
    net = rx.training.train(easy, seeds=[0], log=lines.append)
    assert len(lines) <= 3 and net.metadata["updates"] <= 20


def test_tasks_are_drawn_with_their_weights() -> None:
    trainer = Trainer(_experiment(), "seed0")
    drawn = [trainer.draw(update)[0].task for update in range(700)]
    assert abs(drawn.count("dm1") / 700 - 5 / 7) < 0.06
    assert abs(drawn.count("fdgo") / 700 - 1 / 7) < 0.05
    assert trainer.draw(3)[0].x.shape[1] == 8


def test_partly_plastic_networks_tie_the_rest() -> None:
    trainer = Trainer(_experiment(regularisers={"plastic_fraction": 0.25}), "seed0")
    tied = trainer._tied()
    assert set(tied) == {"w_in", "w_rec", "w_out"}
    share = np.mean(np.concatenate([mask.numpy().ravel() for mask in tied.values()]))
    assert abs(share - 0.75) < 0.02


def test_rule_weights_alone_can_be_trained() -> None:
    separate = {"activation": "relu", "input": "separate"}
    experiment = _experiment(network=separate, training={"trainable": "rule"})
    start = Trainer(experiment, "seed0").weights
    net = rx.training.train(experiment, seeds=[0], log=_quiet)
    changed = {name for name, w in net.parameters.items() if not torch.equal(w[0], start[name])}
    assert changed == {"w_rule"}


def test_unknown_seeds_are_refused() -> None:
    with pytest.raises(ValueError, match=r"seeds: \[9\]"):
        rx.training.train(_experiment(), seeds=[9], log=_quiet)


@pytest.mark.long
@pytest.mark.parametrize(
    "changes",
    [
        {"network": {"cell": "leaky_gru", "activation": "tanh"}},
        {"network": {"cell": "gru", "activation": "relu_plus"}},
        {"network": {"cell": "lstm", "activation": "tanh"}},
        {"network": {"input": "separate", "mix_rule": True, "activation": "softplus"}},
        {"tasks": {"loss": "cross_entropy"}},
        {"tasks": {"fixation_target": "paper", "cost_mask": "paper"}, "network": {"output_init": "paper"}},
        {"regularisers": {"l1_rates": 1e-4, "l2_rates": 1e-5, "l1_weights": 1e-4, "l2_weights": 1e-4}},
    ],
)
def test_every_kind_of_network_learns_go(changes: dict[str, Any]) -> None:
    merged = {**changes, "tasks": {"train": ["fdgo"], "weights": {}, **changes.get("tasks", {})}}
    merged["training"] = {"trials": 1200, "evaluate_every": 200, **changes.get("training", {})}
    experiment = _experiment(**merged)
    losses: list[float] = []
    trainer = Trainer(experiment, "seed0")
    trainer.run(lambda progress: losses.append(trainer.rows[-1][4]))
    assert losses[-1] < 0.8 * losses[0]

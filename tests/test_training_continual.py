"""Blocks of tasks and the importance of weights, against a plain loop in float64."""

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
from numpy.typing import NDArray

import replicortex as rx
from replicortex.training.checkpoint import load_checkpoint, save_checkpoint
from replicortex.training.continual import Importance, blocks_of
from replicortex.training.job import history_path, network_path
from replicortex.training.optimiser import Adam, learning_rate
from replicortex.training.trainer import Trainer

torch.set_num_threads(1)

BLOCKS = [["fdgo"], ["dm1", "dm2"], ["delaygo"]]
Arrays = dict[str, NDArray[np.float64]]


def _settings(
    strength: float = 1.0, trials: int = 160, schedule: dict[str, Any] | None = None, **changes: Any
) -> dict[str, Any]:
    """A configuration with one tiny experiment in blocks; ``changes`` are sections of the experiment."""
    experiment: dict[str, Any] = {
        "seeds": [0],
        "network": {"units": 20, "activation": "relu", "init": "randortho"},
        "tasks": {"train": ["fdgo", "delaygo", "dm1", "dm2"], "easy_task": True},
        "training": {
            "schedule": "quick",
            "trials": trials,
            "evaluate_every": 5,
            "evaluation_trials": {"repetitions": 1, "batch": 8},
        },
        "sequential": {"blocks": BLOCKS, "strength": strength, "xi": 0.01},
    }
    for section, fields in changes.items():
        experiment[section] = {**experiment.get(section, {}), **fields}
    quick = {"batch": 8, "rate": 3e-3, "warmup": 2, "decay": "cosine", **(schedule or {})}
    return {"scale": "laptop", "schedules": {"quick": quick}, "experiments": {"tiny": experiment}}


def _experiment(**changes: Any) -> Any:
    return rx.load_config(_settings(**changes))["tiny"]


def _quiet(_: str) -> None:
    pass


def _arrays(named: dict[str, torch.Tensor]) -> Arrays:
    return {name: tensor.detach().double().numpy().copy() for name, tensor in named.items()}


def _task_gradient(trainer: Trainer, theta: Arrays, update: int) -> Arrays:
    """Gradient of the task loss alone on an update's batch, at any weights."""
    trial, rng = trainer.draw(update)
    weights = {name: torch.from_numpy(array).float() for name, array in theta.items()}
    found = trainer.path.gradient(weights, trainer.trained, trial, rng, trainer.regulariser)
    assert found.penalty == 0.0
    return _arrays(found.weights)


def _plain_loop(trainer: Trainer, c: float, xi: float, n_updates: int) -> tuple[Arrays, Arrays, list[float]]:
    """Weights, importance and penalties of the first updates, step by step in float64."""
    schedule = trainer.experiment.schedule
    theta = _arrays(trainer.weights)
    zero = {name: np.zeros_like(array) for name, array in theta.items()}
    m, v, omega, importance = (dict(zero) for _ in range(4))
    anchor = dict(theta)
    penalties = []
    for update in range(n_updates):
        start, end = next((s, e) for s, e in ((0, 5), (5, 15), (15, 21)) if s <= update < e)
        if update in (5, 15):
            for name in theta:
                grown = importance[name] + omega[name] / ((theta[name] - anchor[name]) ** 2 + xi)
                importance[name] = np.maximum(0.0, grown)
            omega, anchor = dict(zero), dict(theta)
        rate = learning_rate(schedule, update - start, end - start)
        folded = rate * np.sqrt(1 - 0.999 ** (update + 1)) / (1 - 0.9 ** (update + 1))
        g = _task_gradient(trainer, theta, update)
        penalties.append(c * sum(float((importance[n] * (theta[n] - anchor[n]) ** 2).sum()) for n in theta))
        for name in theta:
            pull = 2 * c * importance[name] * (theta[name] - anchor[name])
            whole = np.clip(g[name] + pull, -schedule.clip, schedule.clip)
            m[name] = 0.9 * m[name] + 0.1 * whole
            v[name] = 0.999 * v[name] + 0.001 * whole**2
            new = theta[name] - folded * m[name] / (np.sqrt(v[name]) + 1e-8)
            omega[name] = omega[name] - g[name] * (new - theta[name])
            theta[name] = new
    return theta, importance, penalties


@pytest.mark.parametrize("path", ["auto", "torch"])
def test_importance_and_weights_against_a_plain_loop(path: str) -> None:
    # Penalty and clip are so strong that the order in which gradients meet them shows.
    experiment = _experiment(strength=30.0, training={"path": path}, schedule={"clip": 0.02})
    trainer = Trainer(experiment, "seed0")
    theta, importance, penalties = _plain_loop(Trainer(experiment, "seed0"), 30.0, 0.01, 21)
    found = []
    for _ in range(21):
        trainer.advance()
        found.append(trainer._last_penalty)
    account = trainer._importance
    assert account is not None and trainer.update == trainer.n_updates == 21
    for name, expected in importance.items():
        scale = np.abs(expected).max()
        assert scale > 0, name
        np.testing.assert_allclose(account.importance[name].numpy(), expected, atol=2e-3 * scale, err_msg=name)
        np.testing.assert_allclose(trainer.weights[name].detach().numpy(), theta[name], atol=2e-4, err_msg=name)
    assert found[:6] == [0.0] * 6  # nothing has moved at the first update of the second block
    np.testing.assert_allclose(found[6:], penalties[6:], rtol=2e-2)
    assert max(penalties) > 1e-3


def test_importance_of_a_hand_made_course() -> None:
    account = Importance(0.5, 0.01, {"w": torch.tensor([0.0, 0.0]), "fixed": torch.ones(1)}, ["w"])
    weights = {"w": torch.tensor([0.0, 0.0])}

    def step(gradient: list[float], change: list[float]) -> float:
        gradients = {"w": torch.tensor(gradient)}
        whole, penalty = account.penalise(weights, gradients)
        step.gradient = whole["w"].tolist()  # type: ignore[attr-defined]
        weights["w"] += torch.tensor(change)
        account.follow(weights)
        return penalty

    assert step([-2.0, 3.0], [0.1, 0.1]) == 0.0
    assert step([-1.0, 1.0], [0.1, -0.1]) == 0.0
    account.begin_block(weights)
    # omega = (0.2 + 0.1, -0.3 + 0.1), change = (0.2, 0): the second has done harm, and is clipped
    assert account.importance["w"].tolist() == pytest.approx([0.3 / (0.04 + 0.01), 0.0])
    assert step([0.0, 5.0], [0.1, 0.1]) == 0.0
    penalty = step([1.0, 1.0], [0.0, 0.0])
    assert penalty == pytest.approx(0.5 * 6.0 * 0.1**2)
    assert step.gradient == pytest.approx([1.0 + 2 * 0.5 * 6.0 * 0.1, 1.0])  # type: ignore[attr-defined]
    account.begin_block(weights)
    # cumulative, and clipped at 0 each time: the second block's own contribution is 0 and -0.5
    assert account.importance["w"].tolist() == pytest.approx([6.0, 0.0])
    assert account.anchor["w"].tolist() == pytest.approx([0.3, 0.1])


def test_without_strength_there_is_nothing_but_the_blocks() -> None:
    experiment = _experiment(strength=0.0)
    trainer, other = Trainer(experiment, "seed0"), Trainer(experiment, "seed0")
    adam = Adam(experiment.schedule)
    for update in range(21):
        trainer.advance()
        start, end = ((0, 5), (5, 15), (15, 21))[(update >= 5) + (update >= 15)]
        found = other.gradient(update)
        adam.step(other.weights, found.weights, learning_rate(experiment.schedule, update - start, end - start))
    assert all(torch.equal(trainer.weights[name], other.weights[name]) for name in trainer.weights)


def test_a_block_draws_its_own_tasks_and_every_task_is_evaluated() -> None:
    experiment = _experiment(trials=3200)
    trainer = Trainer(experiment, "seed0")
    blocks = blocks_of(experiment)
    assert [(block.start, block.end) for block in blocks] == [(0, 100), (100, 300), (300, 401)]
    for block in blocks:
        drawn = [trainer.draw(update)[0].task for update in range(block.start, block.end)]
        assert set(drawn) == set(block.tasks)
        for task in block.tasks:
            assert abs(drawn.count(task) / len(drawn) - 1 / len(block.tasks)) < 0.1
    assert set(trainer.evaluate()) == {"fdgo", "delaygo", "dm1", "dm2"}


def test_every_block_has_the_whole_course_of_the_rate() -> None:
    """Adam's step is at most about the rate: it is small at the end of each block and large in its middle."""
    trainer = Trainer(_experiment(trials=640, strength=0.0), "seed0")
    steps = []
    for _ in range(trainer.n_updates):
        before = trainer.weights["b_out"].clone()
        trainer.advance()
        steps.append(float((trainer.weights["b_out"] - before).abs().max()))
    for block in blocks_of(trainer.experiment):
        middle = (block.start + block.end) // 2
        assert steps[block.end - 1] < 0.1 * steps[middle]


def test_mixed_tasks_are_one_block() -> None:
    study = rx.load_config("config.yaml", scale="laptop")
    (block,) = blocks_of(study["reference"])
    assert (block.start, block.end) == (0, study["reference"].updates)
    assert dict(zip(block.tasks, block.probabilities, strict=True)) == study["reference"].tasks.probabilities


def test_blocks_at_their_published_lengths() -> None:
    experiment = rx.load_config("config.yaml", scale="paper")["sequential"].members()[0].experiment
    assert [block.start for block in blocks_of(experiment)] == [0, 6250, 12500, 25000, 31250]
    assert blocks_of(experiment)[-1].end == experiment.updates == 43751


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"regularisers": {"l1_rates": 1e-5}}, "regularisers"),
        ({"regularisers": {"plastic_fraction": 0.5}}, "regularisers"),
        ({"trials": 40, "schedule": {"warmup": 3}}, "shortest"),
    ],
)
def test_settings_that_cannot_go_with_blocks(changes: dict[str, Any], message: str) -> None:
    with pytest.raises(rx.errors.ConfigError, match=message):
        rx.load_config(_settings(**changes))
    if "regularisers" in changes:
        rx.load_config(_settings(strength=0.0, **changes))


def test_a_checkpoint_holds_the_account(tmp_path: Path) -> None:
    """Saved and read in the middle of each block and at its start, the training ends with the same bits."""
    experiment = _experiment()
    whole = Trainer(experiment, "seed0")
    for _ in range(21):
        whole.advance()
    for stop in (0, 3, 5, 9, 15, 20):
        first = Trainer(experiment, "seed0")
        for _ in range(stop):
            first.advance()
        save_checkpoint(tmp_path / "state", first.checkpoint(), "same")
        state = load_checkpoint(tmp_path / "state", "same")
        assert state is not None
        second = Trainer(experiment, "seed0")
        second.restore(state)
        assert second.update == stop
        while second.update < 21:
            second.advance()
        assert all(torch.equal(second.weights[name], whole.weights[name]) for name in whole.weights), stop
        assert whole._importance is not None and second._importance is not None
        for group, named in whole._importance.state().items():
            for name, tensor in named.items():
                assert torch.equal(second._importance.state()[group][name], tensor), (stop, group, name)


_CHILD = """
import json, sys
import torch
import replicortex as rx
torch.set_num_threads(1)
rx.training.train(rx.load_config(json.loads(sys.argv[1]))["tiny"], results=sys.argv[2])
"""


@pytest.mark.long
def test_a_killed_training_in_blocks_resumes_to_the_same_bits(tmp_path: Path) -> None:
    settings = _settings(trials=6400, training={"evaluate_every": 7})
    experiment = rx.load_config(settings)["tiny"]
    whole = rx.training.train(experiment, log=_quiet)
    command = [sys.executable, "-c", _CHILD, json.dumps(settings), str(tmp_path)]
    status = tmp_path / "progress" / "tiny" / "seed0.json"

    def trials_done() -> int:
        try:
            return int(json.loads(status.read_text())["trials"])
        except (FileNotFoundError, ValueError):
            return 0

    for least in (200 * 8, 350 * 8):  # both after the first block of 200 updates, so that there is a penalty
        child = subprocess.Popen(command, stderr=subprocess.DEVNULL, env={**os.environ, "OMP_NUM_THREADS": "1"})
        deadline = time.monotonic() + 120
        while trials_done() < least and child.poll() is None and time.monotonic() < deadline:
            time.sleep(0.005)
        assert child.poll() is None, "it ended before it could be killed"
        child.send_signal(signal.SIGKILL)
        child.wait()
    assert not network_path(tmp_path, "tiny", "seed0").exists()
    lines: list[str] = []
    resumed = rx.training.train(experiment, results=tmp_path, log=lines.append)
    assert "goes on from update" in lines[0]
    assert all(torch.equal(resumed.parameters[name], w) for name, w in whole.parameters.items())
    history = pd.read_parquet(history_path(tmp_path, "tiny", "seed0"))
    assert {0, 200, 600, 801} <= set(history["updates"])  # where blocks begin and end
    assert not history.duplicated(["updates", "task"]).any()
    assert (history.groupby("updates").size() == 4).all()
    assert (history.loc[history["updates"].between(1, 200), "regulariser"] == 0).all()
    assert (history.loc[history["updates"] > 220, "regulariser"] > 0).all()

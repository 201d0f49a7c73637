"""The data set for a DataLoader: every task, the same batches whoever asks and in whatever order."""

from __future__ import annotations

import subprocess
import sys

import numpy as np
import pytest
import torch
from torch.utils.data import DataLoader

from replicortex.tasks import RULE_SETS, Dataset, score


def same(one, other):
    return one.task == other.task and all(torch.equal(a, b) for a, b in zip(one[:4], other[:4], strict=True))


@pytest.mark.parametrize("task", RULE_SETS["all"].tasks)
def test_every_task_gives_trials_with_targets_and_masks(task):
    x, y, y_loc, mask, name = Dataset(task, batch=3, seed=1)[0]
    assert name == task and {each.dtype for each in (x, y, y_loc, mask)} == {torch.float32}
    steps = len(x)
    assert x.shape == (steps, 3, 85) and y.shape == mask.shape == (steps, 3, 33) and y_loc.shape == (steps, 3)
    assert score(y.numpy(), y_loc.numpy()).mean() == 1  # the target itself is right
    mask[0] = 7.0  # a batch is the caller's own


def test_a_batch_depends_on_seed_and_number_alone():
    data, again, other = Dataset(seed=3, batch=4), Dataset(seed=3, batch=4, batches=5), Dataset(seed=4, batch=4)
    backwards = [again[number] for number in (4, 3, 2, 1, 0)]
    assert all(same(data[number], batch) for number, batch in zip((4, 3, 2, 1, 0), backwards, strict=True))
    assert same(again[-1], data[4])
    assert not same(data[0], other[0]) and not same(data[0], data[1])
    assert len({data[number].task for number in range(60)}) > 15


def test_workers_change_nothing():
    data = Dataset(["dm1", "dmsgo"], batches=6, batch=3, seed=2)
    alone = list(DataLoader(data, batch_size=None))
    shared = list(DataLoader(data, batch_size=None, num_workers=2))
    assert len(alone) == len(shared) == len(list(data)) == 6
    assert all(same(*pair) for pair in zip(alone, shared, strict=True))


def test_options_reach_the_trials():
    x, y, _, mask, _ = Dataset("dm1", batch=2, noise=False, loss="cross_entropy", dt=10)[0]
    assert mask.shape == x.shape[:2] and y.sum(-1).allclose(torch.ones(y.shape[:2]))
    assert np.unique(x[0].numpy()).size < 5  # no noise
    assert repr(Dataset()) == "<Dataset of 1000 batches of 64 trials, 20 tasks, seed 0>"
    assert Dataset(rule_set="mante").tasks == RULE_SETS["mante"].tasks


@pytest.mark.parametrize(
    ("arguments", "options", "message"),
    [
        (["dm3"], {}, "task: 'dm3' is not one of .*did you mean 'dm"),
        ([[]], {}, "tasks: none are given"),
        (["dm1"], {"batch": 0}, "batch: 0 must be 1 or more"),
        (["dm1"], {"los": "x"}, "did you mean 'loss'"),
    ],
)
def test_what_is_wrong_is_told_before_the_first_batch(arguments, options, message):
    with pytest.raises((ValueError, TypeError), match=message):
        Dataset(*arguments, **options)


def test_numbers_past_the_end():
    with pytest.raises(IndexError):
        Dataset("dm1", batches=2)[2]


def test_tasks_alone_import_no_torch():
    program = "import sys, replicortex as rx; rx.tasks.generate; print('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", program], capture_output=True, text=True).stdout == "False\n"

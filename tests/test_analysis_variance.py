"""Task and epoch variance against plain loops and hand-made networks."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
import xarray as xr
from analysis_networks import RULES, channel_network, random_network, rule_channel

from replicortex.analysis import (
    active_units,
    epoch_variance,
    fractional_variance,
    ftv_histogram,
    ftv_table,
    haar_rotations,
    normalised_variance,
    response_variance,
    task_variance,
    variance_array,
    variance_table,
)
from replicortex.analysis.variance import trial_variance
from replicortex.tasks import generate

SOME = ("fdgo", "reactgo", "delaydm1", "dmsgo")


def plain_rates(net, x):
    """The leaky RNN as a loop in float64."""
    w_in, w_rec, b = (net.parameters[name][0].numpy().astype(float) for name in ("w_in", "w_rec", "b_rec"))
    alpha = net.architecture.alpha
    h = np.zeros((x.shape[1], len(b)))
    rates = []
    for step in x.astype(float):
        h = (1 - alpha) * h + alpha * np.logaddexp(0, step @ w_in + h @ w_rec + b)
        rates.append(h)
    return np.stack(rates)


def plain_variance(rates, start, stop):
    return np.mean([np.var(rates[t], axis=0) for t in range(start, stop)], axis=0)


@pytest.fixture(scope="module")
def small():
    net = random_network(8, n_networks=2)
    rotation = haar_rotations(2, 8, np.random.default_rng(5))
    return net, rotation, response_variance(net, SOME, rotation=rotation)


def test_task_epoch_and_rotated_variance_equal_a_plain_loop(small):
    net, rotation, variance = small
    for task in SOME:
        trial = generate(task, mode="test", noise=False)
        for m, label in enumerate(net.labels):
            rates = plain_rates(net.select(m), trial.x)
            onset, end = trial.epochs["fix1"][1], len(rates)
            found = variance.task.sel(network=label, task=task).values
            np.testing.assert_allclose(found, plain_variance(rates, onset, end), rtol=1e-4)
            control = plain_variance(rates @ rotation[m], onset, end)
            np.testing.assert_allclose(variance.rotated.sel(network=label, task=task).values, control, rtol=1e-4)
            for epoch, span in trial.epochs.items():
                here = (variance.epoch.epoch == epoch) & (variance.epoch.task == task)
                if epoch == "fix1":
                    assert not here.any()
                else:
                    column = variance.epoch.values[m][:, here.values][:, 0]
                    np.testing.assert_allclose(column, plain_variance(rates, *span), rtol=1e-4)


def test_units_that_copy_a_channel_have_the_channels_variance():
    # with dt = tau a rate is the input of the same step: here of ring 1, of fixation, and of a rule
    net = channel_network([1, 0, rule_channel("fdgo")], dt=100.0)
    tv = task_variance(net, ["fdgo"]).sel(task="fdgo").values[0]
    distance = np.minimum(np.arange(20), 20 - np.arange(20)) * 2 * np.pi / 20
    shown = np.concatenate([0.8 * np.exp(-0.5 * (distance / (np.pi / 8)) ** 2), np.zeros(20)])
    np.testing.assert_allclose(tv, [shown.var(), 0, 0], atol=1e-7)


def test_all_tasks_give_59_epochs_sorted_by_epoch_then_rule():
    net = channel_network([1])
    variance = response_variance(net)
    assert variance.task.shape == (1, 1, 20)
    assert tuple(variance.task.task.values) == RULES
    pairs = list(zip(variance.epoch.epoch.values, variance.epoch.task.values, strict=True))
    assert len(pairs) == 59
    assert pairs == sorted(pairs, key=lambda pair: (pair[0], RULES.index(pair[1])))
    names, counts = np.unique(variance.epoch.epoch.values, return_counts=True)
    assert dict(zip(names, counts, strict=True)) == {
        "delay1": 11,
        "delay2": 5,
        "go1": 20,
        "stim1": 18,
        "stim2": 5,
    }


def test_epoch_variances_weighted_by_their_lengths_make_the_task_variance(small):
    _, _, variance = small
    trial = generate("delaydm1", mode="test", noise=False)
    lengths = {name: stop - start for name, (start, stop) in trial.epochs.items() if name != "fix1"}
    epoch = variance.epoch.isel(pair=np.flatnonzero(variance.epoch.task.values == "delaydm1"))
    weights = np.array([lengths[name] for name in epoch.epoch.values], dtype=float)
    mean = (epoch.values * weights).sum(axis=-1) / weights.sum()
    np.testing.assert_allclose(mean, variance.task.sel(task="delaydm1").values, rtol=1e-10)


def test_a_network_has_the_same_variance_alone_and_in_an_ensemble(small):
    net, _, variance = small
    alone = task_variance(net.select(1), SOME)
    assert np.array_equal(alone.values[0], variance.task.values[1])
    assert np.array_equal(epoch_variance(net.select(1), SOME).values[0], variance.epoch.values[1])


def test_rotation_keeps_the_total_variance_and_changes_the_units(small):
    net, _, variance = small
    rotated = task_variance(net, SOME, rotate_rng=np.random.default_rng(5))
    assert np.array_equal(rotated.values, variance.rotated.values)
    np.testing.assert_allclose(rotated.sum("unit").values, variance.task.sum("unit").values, rtol=1e-4)
    assert np.abs(rotated.values - variance.task.values).max() > 0.1 * variance.task.values.max()
    with pytest.raises(ValueError, match=r"rotation: shape \(1, 8, 8\)"):
        response_variance(net, SOME, rotation=np.eye(8)[None])


def test_haar_rotations_are_orthogonal_and_uniform():
    rotations = haar_rotations(200, 4, np.random.default_rng(0))
    identity = np.broadcast_to(np.eye(4), rotations.shape)
    np.testing.assert_allclose(rotations @ rotations.transpose(0, 2, 1), identity, atol=1e-12)
    # entries of a Haar matrix have mean 0 and variance 1/n
    assert abs(rotations.mean()) < 0.03
    assert abs(rotations.var() - 0.25) < 0.02
    assert set(np.sign(np.linalg.det(rotations))) == {-1.0, 1.0}


def test_trial_variance_does_not_lose_small_differences_on_a_large_common_rate():
    rng = np.random.default_rng(1)
    small = rng.normal(0, 1e-2, (40, 300, 3))
    rates = (20 + small).astype(np.float32)
    expected = rates.astype(float).var(axis=1)
    np.testing.assert_allclose(trial_variance(rates), expected, rtol=1e-4)
    turned = haar_rotations(1, 3, rng)[0]
    np.testing.assert_allclose(trial_variance(rates, turned), (rates.astype(float) @ turned).var(axis=1), rtol=1e-4)


def labelled(values):
    values = np.asarray(values, dtype=float)[None]
    coords = {"network": ["a"], "unit": np.arange(values.shape[1]), "task": ["dm1", "fdanti", "contextdm1"]}
    return xr.DataArray(values, dims=("network", "unit", "task"), coords=coords)


def test_fractional_variance_uses_the_units_active_in_the_pair():
    variance = labelled([[3, 1, 9], [0, 2, 0], [4e-4, 5e-4, 7], [1e-3, 2e-4, 0]])
    ftv = fractional_variance(variance, "dm1", "fdanti")
    assert ftv.dims == ("network", "unit")
    np.testing.assert_allclose(ftv.values[0], [0.5, -1, np.nan, 0.8 / 1.2])
    table = ftv_table(variance, [("dm1", "fdanti"), ("fdanti", "contextdm1")])
    assert list(table.columns) == ["network", "task_a", "task_b", "unit", "ftv"]
    assert table.unit.tolist() == [0, 1, 3, 0, 1, 2]
    with pytest.raises(ValueError, match="did you mean 'contextdm1'"):
        fractional_variance(variance, "dm1", "contextdm")
    with pytest.raises(ValueError, match="two different tasks"):
        fractional_variance(variance, "dm1", "dm1")


def test_ftv_histogram_has_twenty_bins_and_keeps_both_ends():
    counts = ftv_histogram([[-1, -0.95, 0.0, 1.0, np.nan], [np.nan] * 5])
    assert counts.shape == (2, 20)
    assert counts[0, 0] == 2 and counts[0, 10] == 1 and counts[0, 19] == 1
    assert counts.sum(axis=1).tolist() == [4, 0]


def test_active_units_and_normalisation():
    values = np.array([[4e-4, 5e-4], [6e-4, 6e-4], [2.0, 8.0], [0, 0]])
    assert active_units(values).tolist() == [False, True, True, False]
    np.testing.assert_allclose(normalised_variance(values), [[0.8, 1], [1, 1], [0.25, 1], [0, 0]])


def test_tables_and_arrays_are_inverse(small):
    _, _, variance = small
    for array, columns in ((variance.task, ["task"]), (variance.epoch, ["epoch", "task"])):
        table = variance_table(array)
        assert list(table.columns) == ["network", "unit", *columns, "variance"]
        assert len(table) == array.size
        with pytest.raises(ValueError, match="2 networks"):
            variance_array(table)
        back = variance_array(table[table["network"] == "seed1"])
        assert np.array_equal(back.values[0], array.values[1])
        assert all(np.array_equal(back[name].values, array[name].values) for name in columns)
    # the order of rows is no information
    shuffled = variance_table(variance.task.isel(network=[0])).sample(frac=1, random_state=0)
    pd.testing.assert_series_equal(
        shuffled.sort_index()["variance"], variance_table(variance.task.isel(network=[0]))["variance"]
    )
    with pytest.raises(ValueError, match="expected one network"):
        variance_array(shuffled.iloc[1:])


def test_unknown_task_is_named_with_its_nearest_spelling():
    with pytest.raises(ValueError, match="did you mean 'contextdm1'"):
        task_variance(random_network(4), ["contexdm1"])
    with pytest.raises(ValueError, match="empty list"):
        task_variance(random_network(4), [])

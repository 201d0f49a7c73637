"""Task variance: how strongly each unit's rate differs between the trials of a task.

Yang et al. 2019, Methods, "Task variance analysis". With h_i(j, t) the rate of unit i in trial j at time t of
the noise-free test trials of task A,

    TV_i(A) = < Var_j[ h_i(j, t) ] >_t ,

the population variance over trials, averaged over time from the end of the first fixation epoch to the end of
the trial. Epoch variance is the same average within one epoch.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from replicortex.analysis.common import BoolArray, FloatArray, coding_of, tasks_of
from replicortex.errors import choose
from replicortex.tasks import Coding, generate

if TYPE_CHECKING:
    import xarray as xr

    from replicortex.networks import Ensemble

ACTIVE = 1e-3  # a unit is active if its variances sum to more than this (Yang et al. 2019, Methods)
FTV_BINS = 20
_STEPS_AT_ONCE = 16  # bounds the memory of the float64 copies
_TRIALS_AT_ONCE = 128  # bounds the memory of a run beside the rates themselves


@dataclass(frozen=True)
class ResponseVariance:
    """Variances of one or more networks, from one simulation of each task.

    Attributes
    ----------
    task : (network, unit, task)
        Task variance, squared rate units.
    epoch : (network, unit, pair)
        Epoch variance; the coordinates ``epoch`` and ``task`` name each pair. Sorted by epoch name, then rule
        order.
    rotated : (network, unit, task) or None
        Task variance of the rates times an orthogonal matrix: the control in which units are random
        directions.
    """

    task: xr.DataArray
    epoch: xr.DataArray
    rotated: xr.DataArray | None


def haar_rotations(n_networks: int, n_units: int, rng: np.random.Generator) -> FloatArray:
    """One orthogonal matrix per network, uniform (Haar) over the orthogonal group: (network, unit, unit)."""
    if n_units == 1:
        return rng.choice([-1.0, 1.0], size=(n_networks, 1, 1))
    from scipy.stats import ortho_group

    drawn = [ortho_group.rvs(n_units, random_state=rng) for _ in range(n_networks)]
    return np.stack(drawn)


def trial_variance(rates: FloatArray, rotation: FloatArray | None = None) -> FloatArray:
    """Population variance over trials at each time step.

    Parameters
    ----------
    rates : (time, trial, unit)
    rotation : (unit, unit), optional
        The variance is taken of ``rates @ rotation``.

    Returns
    -------
    ndarray
        (time, unit) float64, squared rate units.
    """
    result = np.empty((rates.shape[0], rates.shape[2]))
    for start in range(0, len(rates), _STEPS_AT_ONCE):
        steps = slice(start, start + _STEPS_AT_ONCE)
        chunk = rates[steps] - rates[steps].mean(axis=1, keepdims=True)
        if rotation is not None:
            # centred first: the product of a large common rate would cost the small differences their digits
            chunk = chunk @ rotation.astype(chunk.dtype, copy=False)
        result[steps] = chunk.var(axis=1, dtype=np.float64)
    return result


def _test_rates(net: Ensemble, x: FloatArray) -> FloatArray:
    """Noise-free rates (time, trial, unit) of one network, run on some of the trials at a time."""
    rates = np.empty((*x.shape[:2], net.architecture.units), np.float32)
    for start in range(0, x.shape[1], _TRIALS_AT_ONCE):
        part = slice(start, start + _TRIALS_AT_ONCE)
        rates[:, part] = net.run(x[:, part]).rates[0]
    return rates


def _window_means(per_step: FloatArray, epochs: Mapping[str, tuple[int, int]]) -> dict[str, FloatArray]:
    """Mean over the steps of each epoch but the first fixation, and over all of them (key "")."""
    windows = {name: span for name, span in epochs.items() if name != "fix1"}
    whole = {"": (epochs["fix1"][1], len(per_step))}
    return {name: per_step[start:stop].mean(axis=0) for name, (start, stop) in (whole | windows).items()}


def _check_rotation(rotation: FloatArray, net: Ensemble) -> FloatArray:
    expected = (net.n_networks, net.architecture.units, net.architecture.units)
    if rotation.shape != expected:
        raise ValueError(f"rotation: shape {rotation.shape}, expected (network, unit, unit) = {expected}")
    return rotation


def _labelled(values: FloatArray, net: Ensemble, tasks: Iterable[str]) -> xr.DataArray:
    coords = {"network": list(net.labels), "unit": np.arange(values.shape[1]), "task": list(tasks)}
    return _array(values, ("network", "unit", "task"), coords)


def _labelled_epochs(
    values: Mapping[tuple[str, str], FloatArray], net: Ensemble, tasks: tuple[str, ...]
) -> xr.DataArray:
    pairs = sorted(values, key=lambda pair: (pair[0], tasks.index(pair[1])))
    coords = {
        "network": list(net.labels),
        "unit": np.arange(net.architecture.units),
        "epoch": ("pair", [epoch for epoch, _ in pairs]),
        "task": ("pair", [task for _, task in pairs]),
    }
    stacked = np.stack([values[pair] for pair in pairs], axis=-1)
    return _array(stacked, ("network", "unit", "pair"), coords)


def _array(values: FloatArray, dims: tuple[str, ...], coords: Mapping[str, Any]) -> xr.DataArray:
    import xarray as xr  # slow to load, and not needed by all who ask for a name of this module

    return xr.DataArray(values, dims=dims, coords=coords, name="variance")


def response_variance(
    net: Ensemble,
    tasks: Iterable[str] | None = None,
    *,
    rotation: FloatArray | None = None,
    coding: Coding | None = None,
) -> ResponseVariance:
    """Task, epoch and (with ``rotation``) control variance, from one noise-free run of each task's test
    trials.

    Parameters
    ----------
    net
        One or more networks; they are run one after the other.
    tasks
        Task names; all of the network's rule set by default.
    rotation : (network, unit, unit), optional
        Orthogonal matrices of the control, one per network, the same for all of its tasks.
    coding
        Trial coding; the network's own rule set, dt and tau by default.

    Raises
    ------
    ValueError
        Unknown task, or a rotation of another shape.
    """
    names = tasks_of(net, tasks)
    coding = coding_of(net, coding)
    shape = (net.n_networks, net.architecture.units)
    if rotation is not None:
        _check_rotation(rotation, net)
    task = np.empty((*shape, len(names)))
    control = np.empty_like(task)
    epochs: dict[tuple[str, str], FloatArray] = {}
    for column, name in enumerate(names):
        trial = generate(name, mode="test", noise=False, coding=coding)
        for index in range(net.n_networks):
            rates = _test_rates(net.select(index), trial.x)
            means = _window_means(trial_variance(rates), trial.epochs)
            task[index, :, column] = means.pop("")
            for epoch, value in means.items():
                epochs.setdefault((epoch, name), np.empty(shape))[index] = value
            if rotation is not None:
                onset = trial.epochs["fix1"][1]
                control[index, :, column] = trial_variance(rates[onset:], rotation[index]).mean(axis=0)
    return ResponseVariance(
        task=_labelled(task, net, names),
        epoch=_labelled_epochs(epochs, net, names),
        rotated=None if rotation is None else _labelled(control, net, names),
    )


def task_variance(
    net: Ensemble,
    tasks: Iterable[str] | None = None,
    *,
    rotate_rng: np.random.Generator | None = None,
    coding: Coding | None = None,
) -> xr.DataArray:
    """Task variance TV_i(A) of every unit and task, labelled (network, unit, task); squared rate units.

    With ``rotate_rng`` the rates are first multiplied by one random orthogonal matrix per network (Yang et
    al. 2019, Supplementary Fig. 6). See `response_variance` for the other arguments and errors.
    """
    if rotate_rng is None:
        return response_variance(net, tasks, coding=coding).task
    rotation = haar_rotations(net.n_networks, net.architecture.units, rotate_rng)
    rotated = response_variance(net, tasks, rotation=rotation, coding=coding).rotated
    assert rotated is not None  # a rotation was given
    return rotated


def epoch_variance(net: Ensemble, tasks: Iterable[str] | None = None, *, coding: Coding | None = None) -> xr.DataArray:
    """Variance within each epoch but the first fixation, labelled (network, unit, pair); squared rate units.

    The 59 pairs of the twenty tasks are sorted by epoch name, inside that by rule order.
    """
    return response_variance(net, tasks, coding=coding).epoch


def active_units(variance: FloatArray | xr.DataArray) -> BoolArray:
    """Units whose variances sum to more than 1e-3 over the last axis, which the result lacks."""
    return np.asarray(variance, dtype=float).sum(axis=-1) > ACTIVE


def normalised_variance(variance: FloatArray | xr.DataArray) -> FloatArray:
    """Each unit's variances divided by their largest (last axis); 0..1, all 0 where a unit never varies."""
    values = np.asarray(variance, dtype=float)
    largest = values.max(axis=-1, keepdims=True)
    return np.divide(values, largest, out=np.zeros_like(values), where=largest > 0)


def fractional_variance(variance: xr.DataArray, a: str, b: str) -> xr.DataArray:
    """Fractional task variance FTV_i(A, B) = (TV_i(A) - TV_i(B)) / (TV_i(A) + TV_i(B)), in [-1, 1].

    Yang et al. 2019, Fig. 4. Only units active in this pair have a value: NaN where TV_i(A) + TV_i(B) <=
    1e-3.

    Parameters
    ----------
    variance : (network, unit, task)
        As `task_variance` returns it.
    a, b
        Names of two different tasks.

    Returns
    -------
    DataArray
        (network, unit)

    Raises
    ------
    ValueError
        A task that the variances do not hold, or the same task twice.
    """
    known = [str(task) for task in variance.coords["task"].values]
    first, second = (choose(task, known, "task") for task in (a, b))
    if first == second:
        raise ValueError(f"fractional variance: needs two different tasks, not {a!r} twice")
    tv_a = variance.sel(task=first, drop=True)
    tv_b = variance.sel(task=second, drop=True)
    total = tv_a + tv_b
    return ((tv_a - tv_b) / total.where(total > ACTIVE)).rename("ftv")


def ftv_histogram(ftv: FloatArray | xr.DataArray, bins: int = FTV_BINS) -> FloatArray:
    """Counts per network in equal bins on [-1, 1]: (network, bin); inactive units (NaN) are left out."""
    values = np.atleast_2d(np.asarray(ftv, dtype=float))
    edges = np.linspace(-1.0, 1.0, bins + 1)
    return np.stack([np.histogram(row[~np.isnan(row)], bins=edges)[0] for row in values])


def variance_table(variance: xr.DataArray) -> pd.DataFrame:
    """Tidy table with columns network, unit, (epoch,) task, variance; one row per entry."""
    values = variance.values
    network, unit, column = (index.ravel() for index in np.indices(values.shape))
    columns = {"network": variance.coords["network"].values[network], "unit": unit}
    for name in ("epoch", "task"):
        if name in variance.coords:
            columns[name] = variance.coords[name].values[column]
    return pd.DataFrame({**columns, "variance": values.ravel()})


def variance_array(table: pd.DataFrame) -> xr.DataArray:
    """The inverse of `variance_table` for one network: (network, unit, task) or (network, unit, pair).

    Raises
    ------
    ValueError
        The table holds several networks, or not one row for each unit and column.
    """
    labels = [name for name in ("epoch", "task") if name in table]
    networks = table["network"].unique()
    columns = table[labels].drop_duplicates()
    units = table["unit"].unique()
    if len(networks) != 1 or len(table) != len(units) * len(columns):
        raise ValueError(
            f"variance table: {len(table)} rows, {len(networks)} networks; expected one network with "
            f"{len(units)} units x {len(columns)} columns"
        )
    values = table["variance"].to_numpy().reshape(1, len(units), len(columns))
    dim = "pair" if "epoch" in labels else "task"
    coords = {"network": networks.tolist(), "unit": units}
    coords |= {name: (dim, columns[name].tolist()) for name in labels}
    return _array(values, ("network", "unit", dim), coords)


def variance_of_network(table: pd.DataFrame, net: Ensemble) -> xr.DataArray:
    """Variances of one network, from a table of several.

    Raises
    ------
    ValueError
        A network that the table does not hold, or holds with another number of units.
    """
    label, expected = net.labels[0], net.architecture.units
    rows = table[table["network"] == label]
    found = rows["unit"].nunique()
    if found != expected:
        raise ValueError(f"variance table: {found} units of network {label!r}, expected {expected}")
    return variance_array(rows)


def ftv_table(variance: xr.DataArray, pairs: Iterable[tuple[str, str]]) -> pd.DataFrame:
    """Columns network, task_a, task_b, unit, ftv: the active units of each pair.

    A network without any, in any pair, has one row with unit -1 and no value, so that none is missing from the table.
    """
    pairs = tuple(pairs)
    frames = []
    for a, b in pairs:
        ftv = fractional_variance(variance, a, b)
        network, unit = np.nonzero(~np.isnan(ftv.values))
        columns = {
            "network": ftv.coords["network"].values[network],
            "task_a": a,
            "task_b": b,
            "unit": unit,
            "ftv": ftv.values[network, unit],
        }
        frames.append(pd.DataFrame(columns))
    found = set().union(*(frame["network"] for frame in frames))
    silent = [label for label in variance.coords["network"].values if label not in found]
    a, b = pairs[0]
    rows = [{"network": label, "task_a": a, "task_b": b, "unit": -1, "ftv": np.nan} for label in silent]
    return pd.concat([*frames, pd.DataFrame(rows)] if rows else frames, ignore_index=True)

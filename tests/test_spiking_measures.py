"""Measures of outputs against targets, on signals whose lag, drift and attractor are known."""

import numpy as np
import pytest
from scipy.integrate import solve_ivp

from replicortex.spiking.measures import (
    aligned_error,
    best_lag,
    chance_error,
    correlation,
    cycle_of,
    dwell_times,
    follow,
    histogram_distance,
    return_map,
    search,
    unlocked_error,
)

DT = 1e-3
TIME = np.arange(1, 5001) * DT


def sine(shift=0.0, frequency=5.0):
    return np.sin(2 * np.pi * frequency * (TIME - shift))[:, None]


@pytest.mark.parametrize("lag", [0.0, 0.012, -0.03])
def test_a_lag_is_found_and_taken_out(lag):
    found, z, x = best_lag(sine(lag), sine(), DT, 0.05)
    assert found == pytest.approx(lag, abs=1e-9)
    np.testing.assert_allclose(z, x, atol=1e-9)
    aligned = aligned_error(sine(lag), sine(), DT)
    assert aligned.rmse < 1e-9 and aligned.drift == pytest.approx(0, abs=1e-9)
    np.testing.assert_allclose(aligned.lags, lag, atol=1e-9)


def test_drift_is_the_slope_of_the_lag():
    """A period 1 % too long: the output falls behind by 10 ms in each second."""
    slow = sine(frequency=5 / 1.01)
    aligned = aligned_error(slow, sine(), DT)
    assert aligned.drift == pytest.approx(0.01, rel=0.1)
    plain = np.sqrt(np.mean((slow - sine()) ** 2))
    assert aligned.rmse < 0.15 * plain


def test_the_error_is_that_of_the_noise():
    noise = np.random.default_rng(0).normal(0, 0.1, (len(TIME), 1))
    assert aligned_error(sine() + noise, sine(), DT).rmse == pytest.approx(0.1, rel=0.05)


def test_the_best_lag_is_that_of_a_search_by_hand():
    rng = np.random.default_rng(1)
    z, x = rng.normal(size=(60, 2)), rng.normal(size=(60, 2))
    errors = {}
    for step in range(-10, 11):
        pairs = [(z[i], x[i - step]) for i in range(60) if 0 <= i - step < 60]
        errors[step] = np.mean([(a - b) ** 2 for a, b in pairs])
    lag, _, _ = best_lag(z, x, 0.01, 0.1)
    assert lag == pytest.approx(0.01 * min(errors, key=errors.get))


def test_short_and_still_signals():
    z = np.zeros((3, 1))
    assert aligned_error(z, z, DT).rmse == 0 and np.isnan(aligned_error(z, z, DT).drift)
    assert best_lag(z, z, DT)[0] == 0
    assert correlation(z, sine()[:3]) == 0
    assert return_map(np.zeros(3), DT).shape == (0, 2)
    assert dwell_times(np.ones(50), DT).size == 0


def test_correlation_with_and_without_the_mean_picture():
    rng = np.random.default_rng(2)
    picture = rng.normal(0, 5, 8)
    z, x = picture + rng.normal(size=(400, 8)), picture + rng.normal(size=(400, 8))
    assert correlation(z, x) > 0.9
    assert abs(correlation(z, x, demean=True)) < 0.05
    assert correlation(2 * x - 1, x) == pytest.approx(1)
    assert correlation(z, x) == pytest.approx(np.corrcoef(z.ravel(), x.ravel())[0, 1])


def test_shapes_that_do_not_agree():
    for measure in (lambda z, x: aligned_error(z, x, DT), lambda z, x: best_lag(z, x, DT), correlation):
        with pytest.raises(ValueError, match=r"output \(5, 1\) and target \(4, 1\) are not"):
            measure(np.zeros((5, 1)), np.zeros((4, 1)))


@pytest.fixture(scope="module")
def lorenz():
    def derivative(_time, state):
        x, y, z = state
        return [10 * (y - x), x * (28 - z) - y, x * y - 8 / 3 * z]

    times = np.arange(10, 70, 5e-3)
    return solve_ivp(derivative, (0, 70), [1, 1, 20], t_eval=times, rtol=1e-8, atol=1e-8).y.T / 70


def test_the_return_map_of_the_lorenz_system_is_a_tent(lorenz):
    pairs = return_map(lorenz[:, 2], 5e-3)
    assert 70 < len(pairs) < 95  # a loop takes 0.7 s
    np.testing.assert_array_equal(pairs[1:, 0], pairs[:-1, 1])
    top = pairs[pairs[:, 1].argmax(), 0]
    left, right = pairs[pairs[:, 0] < top - 0.01], pairs[pairs[:, 0] > top + 0.01]
    assert np.corrcoef(left.T)[0, 1] > 0.95 and np.corrcoef(right.T)[0, 1] < -0.95


def test_noise_adds_no_maxima(lorenz):
    noisy = lorenz[:, 2] + np.random.default_rng(0).normal(0, 0.005, len(lorenz))
    clean, found = return_map(lorenz[:, 2], 5e-3), return_map(noisy, 5e-3)
    assert abs(len(found) - len(clean)) <= 2
    gaps = np.linalg.norm(found[:, None] - clean[None], axis=2).min(axis=1)
    assert np.median(gaps) < 0.01


def test_stays_on_either_side():
    values = np.concatenate(
        [np.full(100, 1.0), np.full(300, -1.0), [0.05, -0.05] * 5, np.full(200, 1.0), np.full(50, -1)]
    )
    np.testing.assert_allclose(dwell_times(values, 0.01), [3.1, 2.0])


@pytest.mark.parametrize("late", [0.02, -0.015])
def test_drift_is_followed_beyond_the_largest_lag(late):
    """After 30 s the output is half a second late, or early, of which half a cycle, 0.25 s, is searched."""
    times = np.arange(1, 30_001) * DT
    z = np.sin(10 * np.pi * times * (1 - late)) * np.cos(6 * np.pi * times * (1 - late))
    x = np.sin(10 * np.pi * times) * np.cos(6 * np.pi * times)
    aligned = aligned_error(z[:, None], x[:, None], DT)
    assert aligned.drift == pytest.approx(late, rel=0.05)
    assert len(aligned.lags) == 30 and np.abs(aligned.lags).max() <= 0.25 + 1e-9


def test_the_error_of_each_window_is_the_least_over_lags():
    rng = np.random.default_rng(3)
    z, x = rng.normal(size=(40, 1)), rng.normal(size=(40, 1))
    found = []
    for start in (0, 10, 20, 30):
        errors = []
        for lag in range(-3, 4):
            pairs = [(z[i, 0], x[i - lag, 0]) for i in range(start, start + 10) if 0 <= i - lag < 40]
            errors.append(np.mean([(a - b) ** 2 for a, b in pairs]) ** 0.5)
        found.append(min(errors))
    assert aligned_error(z, x, 0.1, window=1.0, limit=0.3).rmse == pytest.approx(np.median(found))


def test_the_error_of_long_and_cut_windows_is_the_least_over_lags():
    """NumPy reference: lags that reach beyond both ends of the target, several components, and a last window cut."""
    rng = np.random.default_rng(4)
    z, x = rng.normal(size=(50, 3)), rng.normal(size=(50, 3)).cumsum(axis=0)

    def least(start, stop, lags):
        errors = {}
        for lag in lags:
            rows = [i for i in range(start, stop) if 0 <= i - lag < len(x)]
            if len(rows) >= (stop - start) // 2:
                errors[lag] = np.mean((z[rows] - x[[i - lag for i in rows]]) ** 2)
        best = min(errors, key=errors.get)
        return errors[best] ** 0.5, best

    wanted = [least(start, start + 15, range(-24, 25)) for start in (0, 15, 30)]
    found = aligned_error(z, x, 0.1, window=1.5, limit=2.4)
    assert found.rmse == pytest.approx(np.median([error for error, _ in wanted]))
    np.testing.assert_allclose(found.lags, [0.1 * lag for _, lag in wanted])
    first = least(0, 15, range(2, 13))[1]
    second = least(15, 30, range(first - 5, first + 6))[1]
    assert follow(z, x, 15, 5, first=7)[:2].tolist() == [first, second]


PRODUCTS = {
    "two": (lambda t: np.sin(8 * np.pi * t) * np.sin(12 * np.pi * t), 0.5),
    "three": (lambda t: np.sin(4 * np.pi * t) * np.sin(6 * np.pi * t) * np.sin(14 * np.pi * t), 0.5),
    "sine": (lambda t: np.sin(10 * np.pi * t), 0.2),
    "triangle": (lambda t: np.arcsin(np.sin(10 * np.pi * t)), 0.2),
}


@pytest.mark.parametrize("name", PRODUCTS)
def test_a_perfect_copy_at_another_tempo_is_a_good_copy(name):
    """It runs 1 % fast: in 30 s it gains 0.3 s on its target."""
    function, cycle = PRODUCTS[name]
    time = np.arange(2e-3, 30, 2e-3)
    z, x = function(1.01 * time)[:, None], function(time)[:, None]
    assert cycle_of(x, 2e-3) == pytest.approx(cycle) and search(x, 2e-3) == pytest.approx((1.0, cycle / 2))
    aligned = aligned_error(z, x, 2e-3)
    assert aligned.rmse < 0.15 * x.std() and aligned.drift == pytest.approx(-0.01, rel=0.02)


def test_what_does_not_repeat_has_no_cycle():
    rng = np.random.default_rng(5)
    assert cycle_of(rng.normal(size=(500, 2)), 1e-3) is None and cycle_of(np.ones((100, 1)), 1e-3) is None
    assert search(rng.normal(size=(500, 1)), 1e-3) == (1.0, 0.1)


@pytest.mark.parametrize("name", ["two", "three", "sine"])
def test_chance_is_what_noise_gains_by_the_search(name):
    function, cycle = PRODUCTS[name]
    x = function(np.arange(2e-3, 10, 2e-3))[:, None]
    without = chance_error(x, 2e-3, np.random.default_rng(6), 1.0, 0.0) / x.std()
    searched = chance_error(x, 2e-3, np.random.default_rng(6), 1.0, cycle / 2) / x.std()
    assert without == pytest.approx(np.sqrt(2), abs=0.25) and 0.6 < searched < without - 0.1


def test_frequencies_without_their_phases_are_another_matter_for_products_alone():
    errors = {}
    for name in ("sine", "three"):
        x = PRODUCTS[name][0](np.arange(2e-3, 10, 2e-3))[:, None]
        errors[name] = unlocked_error(x, 2e-3, np.random.default_rng(7), 1.0, 0.25) / x.std()
    assert errors["sine"] < 0.05 and errors["three"] > 0.3


def test_histograms_are_apart_by_the_time_spent_elsewhere():
    x = np.linspace(0, 1, 10_001)[:, None]
    assert histogram_distance(x, x) == 0
    assert histogram_distance(x[::2], x) == pytest.approx(0, abs=1e-3)
    assert histogram_distance(x + 0.25, x) == pytest.approx(0.25, abs=0.01)
    assert histogram_distance(x - 5, x) == pytest.approx(1, abs=1e-3)
    both = np.hstack([x, x])
    assert histogram_distance(both + [0, 5], both) == pytest.approx(0.5, abs=1e-3)
    rng = np.random.default_rng(0)
    normal, other = rng.normal(size=(100_000, 1)), rng.normal(1, 1, (100_000, 1))
    assert histogram_distance(other, normal) == pytest.approx(0.3829, abs=0.01)  # 2 Phi(1/2) - 1
    with pytest.raises(ValueError, match="with the same k"):
        histogram_distance(both, x)

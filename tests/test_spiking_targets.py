"""Targets, drives and melodies against formulas written out, other integrators and plain loops."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy.integrate import odeint
from scipy.io import wavfile

from replicortex.spiking import drives, music
from replicortex.spiking.supervisors import KINDS, parameters, supervisor
from replicortex.spiking.targets import Cyclic, Replayed, Stacked

DT = 4e-5


@pytest.mark.parametrize(
    ("kind", "formula"),
    [
        ("sine5", lambda t: math.sin(2 * math.pi * 5 * t)),
        ("saw5", lambda t: math.asin(math.sin(2 * math.pi * 5 * t))),
        ("prod46", lambda t: math.sin(8 * math.pi * t) * math.sin(12 * math.pi * t)),
        ("prod237", lambda t: math.sin(4 * math.pi * t) * math.sin(6 * math.pi * t) * math.sin(14 * math.pi * t)),
    ],
)
def test_formulas_start_at_dt(kind, formula):
    target = supervisor(kind, dt=5e-5, duration=15)
    expected = [formula((i + 1) * 5e-5) for i in range(500)]
    np.testing.assert_allclose(target.values(1, 500)[:, 0], expected, atol=1e-12)
    assert target.outputs == 1
    cycle = round(target.cycle / 5e-5)
    np.testing.assert_allclose(target.values(1 + cycle, 500), target.values(1, 500), atol=1e-9)
    assert not np.allclose(target.values(1 + cycle // 2, 500), target.values(1, 500), atol=0.01), "half of it is none"


@pytest.mark.parametrize(("mu", "period", "height"), [(0.5, 0.319, 0.2), (5.0, 0.5806, 0.2)])
def test_van_der_pol_is_on_its_limit_cycle(mu, period, height):
    target = supervisor("vdp", dt=1e-3, duration=5, mu=mu)

    def derivative(state, _time):
        x, y = state
        return 20 * mu * (x - 100 / 3 * x**3 - y), 20 * x / mu

    found = target.values(1, 5000)
    other = odeint(derivative, [0.1, 0.1], np.arange(0, 10.0005, 1e-3), rtol=1e-10, atol=1e-12)
    np.testing.assert_allclose(found, other[5001:10001], atol=1e-6)
    rising = np.flatnonzero((found[:-1, 0] < 0) & (found[1:, 0] >= 0)) * 1e-3
    np.testing.assert_allclose(np.diff(rising), period, atol=1.1e-3)
    assert np.abs(found[:, 0]).max() == pytest.approx(height, rel=0.02)


def test_lorenz_follows_its_equations_and_has_the_statistics_of_the_attractor():
    target = supervisor("lorenz", dt=1e-3, duration=40)

    def derivative(state, _time):
        x, y, z = state
        return 10 * (y - x), 28 * x - 70 * x * z - y, 70 * x * y - 8 / 3 * z

    found = target.values(1, 40_000)
    other = odeint(derivative, [0.1, 0.1, 0.1], np.arange(0, 5.0005, 1e-3), rtol=1e-11, atol=1e-13)
    np.testing.assert_allclose(found[:5000], other[1:5001], atol=1e-5)
    np.testing.assert_allclose(found[2000:].std(axis=0), [0.113, 0.129, 0.123], rtol=0.03)


@pytest.mark.parametrize("kind", KINDS)
def test_any_block_may_be_asked_for_in_any_order(kind, tmp_path):
    np.savez(tmp_path / "mine.npz", values=np.random.default_rng(0).normal(size=(50, 2)), dt=4e-4)
    own = {"file": str(tmp_path / "mine.npz")} if kind == "series" else {}

    def make():
        return supervisor(kind, dt=DT, duration=20, rng=np.random.default_rng(3), noise="normal", **own)

    whole = make().values(1, 700)
    other = make()
    for first, count in ((500, 201), (1, 499), (350, 1), (700, 0)):
        np.testing.assert_array_equal(other.values(first, count), whole[first - 1 : first - 1 + count])
    steps = np.array([600, 20, 1, 333])
    np.testing.assert_array_equal(other.at(steps), whole[steps - 1])
    assert whole.shape == (700, other.outputs) and whole.dtype == np.float64


@pytest.mark.parametrize(("noise", "mean", "std"), [("normal", 0.0, 1.0), ("uniform", 0.5, 12**-0.5)])
def test_noise_has_the_moments_of_its_law(noise, mean, std):
    n = 200_000
    rng = np.random.default_rng(0)
    noisy = supervisor("vdp", dt=1e-5, duration=2, noise=noise, noise_level=2.0, rng=rng)
    drawn = (noisy.values(1, n) - noisy.target.values(1, n)) / 2.0
    np.testing.assert_allclose(drawn.mean(axis=0), mean, atol=4 * std / n**0.5)
    np.testing.assert_allclose(drawn.std(axis=0), std, rtol=0.01)
    lags = [np.corrcoef(drawn[:-1, 0], drawn[1:, 0])[0, 1], np.corrcoef(drawn.T)[0, 1]]
    np.testing.assert_allclose(lags, 0, atol=4 / n**0.5)
    other = supervisor("vdp", dt=1e-5, duration=2, noise=noise, rng=np.random.default_rng(1))
    assert not np.array_equal(other.values(1, 5), noisy.values(1, 5))


def play(melody: str, half_notes: set[int], n_steps: int) -> np.ndarray:
    """The melody step by step, as a score is read."""
    slots = [int(note) for note in melody]
    channels = np.zeros((n_steps, 5))
    for i in range(1, n_steps + 1):
        j = (i - 1) % (6250 * len(slots))
        slot, step = j // 6250, j % 6250 + 1
        if slot in half_notes:
            channels[i - 1, slots[slot] - 1] = math.sin(math.pi * step / 12501)
        elif slot - 1 in half_notes:
            channels[i - 1, slots[slot - 1] - 1] = math.sin(math.pi * (6250 + step) / 12501)
        else:
            channels[i - 1, slots[slot] - 1] = abs(math.sin(math.pi * step / 6250))
    return channels


def test_ode_to_joy_is_the_score():
    target = supervisor("ode_short", dt=DT, duration=8)
    assert target.outputs == 5 and target.cycle == 4.0
    np.testing.assert_allclose(target.values(1, 110_000), play("3345543211233222", {14}, 110_000), atol=1e-9)


def test_the_long_ode_has_a_pulse_for_each_of_its_notes():
    target = supervisor("ode_long", dt=DT, duration=1000)
    assert target.outputs == 69
    score = "3345543211233222" + "3345543211232111" + "2231243124321255" + "3345543211232111"
    last = play(score, {14, 30, 46, 62}, 400_000)[-13_000:]
    found = target.values(400_000 * 3 - 13_000 + 1, 13_000)
    np.testing.assert_allclose(found[:, :5], last, atol=1e-9)
    steps = np.arange(400_000 - 13_000 + 1, 400_001)
    pulses = np.zeros((13_000, 64))
    for row, step in enumerate(steps):
        slot = min(step // 6250, 63)
        pulses[row, slot] = abs(math.sin(math.pi * 4 * step * DT))
    np.testing.assert_allclose(found[:, 5:], pulses, atol=1e-8)
    assert supervisor("ode_long", dt=DT, duration=16, hdts=0).outputs == 5
    assert supervisor("ode_short", dt=DT, duration=16, hdts=16).outputs == 21


def test_a_drive_has_one_pulse_at_a_time():
    drive = drives.hdts(500, 5.0, DT)
    index, height = drive.values(1, 125_000)
    for i in (1, 77, 249, 251, 60_001, 124_999):
        time, matrix = i * DT, np.zeros(500)
        for q in range(500):
            if q * 0.01 < time < (q + 1) * 0.01:
                matrix[q] = abs(math.sin(math.pi * 500 * time / 5))
        found = np.zeros(500)
        found[index[i - 1]] = height[i - 1]
        np.testing.assert_allclose(found, matrix, atol=1e-9)
    assert index[249] == 1 and height[249] == 0 and index[-1] == 0
    again = drive.values(1 + 125_000 * 7, 1000)
    np.testing.assert_array_equal(again[0], index[:1000])
    np.testing.assert_array_equal(again[1], height[:1000])


@pytest.mark.parametrize("speed", [2.0, 16.0, 0.5, -1.0, -4.0])
def test_replays_walk_through_the_drive_at_their_speed(speed):
    drive, steps = drives.hdts(32, 8.0, DT), np.arange(1, 3001)
    index, height = drive.at_speed(speed).values(1, 3000)
    expected = drive.at(speed * steps)
    np.testing.assert_array_equal(index, expected[0])
    np.testing.assert_allclose(height, expected[1], atol=1e-12)
    first = [index[i] for i in range(3000) if height[i] > 1e-9][0]
    assert first == (0 if speed > 0 else 31)
    steps = 6250 / abs(speed)  # of one pulse
    whole_pulse = height[: int(steps)]
    assert np.argmax(whole_pulse) == pytest.approx(steps / 2, abs=1.5) if steps < 3000 else whole_pulse.max() > 0.6


def test_ablated_components_are_silent_and_the_others_are_not():
    drive = drives.hdts(10, 1.0, 1e-3)
    lesioned = drive.without(0.3, np.random.default_rng(0))
    assert len(lesioned.ablated) == 3
    index, height = lesioned.values(1, 1000)
    before = drive.values(1, 1000)[1]
    silent = np.isin(index, lesioned.ablated)
    assert silent.sum() == 300 and not height[silent].any()
    np.testing.assert_array_equal(height[~silent], before[~silent])
    assert not drive.without(1.0, np.random.default_rng(0)).values(1, 1000)[1].any()
    channels = drives.DriveChannels(drive).values(1, 1000)
    np.testing.assert_array_equal(channels.sum(axis=1), before)


def test_cyclic_targets_interpolate_and_replay():
    frames = np.random.default_rng(0).random((10, 3))
    target = Cyclic(frames, 0.1, 1.05, 1e-3)
    times = np.append(np.arange(10) * 0.1, 1.05)
    closed = np.vstack([frames, frames[:1]])
    steps = np.arange(1, 3000)
    expected = [np.interp(steps % 1050 * 1e-3, times, channel) for channel in closed.T]
    np.testing.assert_allclose(target.values(1, 2999), np.transpose(expected), atol=1e-9)
    for speed in (3.0, -0.5):
        expected = [np.interp(np.mod(speed * steps, 1050) * 1e-3, times, channel) for channel in closed.T]
        np.testing.assert_allclose(Replayed(target, speed).values(1, 2999), np.transpose(expected), atol=1e-9)
    both = Stacked((target, Replayed(target, 2.0)))
    assert both.outputs == 6 and both.cycle == 1.05


def test_sound_has_the_pitch_of_its_channel(tmp_path):
    outputs = np.zeros((2001, 5))
    outputs[:, 2] = 0.7
    sound = music.render(outputs, 1e-3)
    assert len(sound) == 2 * 8192 + 1 and np.abs(sound).max() == pytest.approx(0.9)
    spectrum = np.abs(np.fft.rfft(sound[:-1]))
    assert np.argmax(spectrum) / 2 == pytest.approx(329.6, abs=0.5)
    music.write_wav(tmp_path / "e4.wav", sound)
    rate, written = wavfile.read(tmp_path / "e4.wav")
    assert rate == 8192 and written.dtype == np.int16
    np.testing.assert_allclose(written / 32767, sound, atol=1 / 32767)
    assert not music.render(np.zeros((10, 5)), 0.1).any()
    with pytest.raises(ValueError, match="finite numbers"):
        music.render(np.full((10, 5), np.nan), 0.1)
    with pytest.raises(ValueError, match="numbers from -1 to 1"):
        music.write_wav(tmp_path / "loud.wav", 2 * sound)


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"kind": "sine"}, r"supervisor: 'sine' is not one of sine5, saw5, .*did you mean 'sines'"),
        ({"kind": "vdp", "nu": 5}, r"supervisor vdp: 'nu' is not one of mu, noise"),
        ({"kind": "vdp", "mu": -1}, r"mu: -1 is not a positive number"),
        ({"kind": "sine5", "dt": 0.0}, r"dt: 0.0 is not a positive number \(s\)"),
        ({"kind": "sine5", "dt": float("nan")}, r"dt: nan is not"),
        ({"kind": "sine5", "duration": "15"}, r"duration: '15' is not a positive number"),
        ({"kind": "ode_short", "duration": 3.0}, r"duration: 3.0 s is shorter than a period of ode_short, 4 s"),
        ({"kind": "ode_short", "dt": 3e-3}, r"dt: 0.003 s does not divide a note of 0.25 s"),
        ({"kind": "ode_short", "hdts": -2}, r"components: -2 is not a whole number of 1 or more"),
        ({"kind": "sine5", "noise": "pink", "rng": 0}, r"noise: 'pink' is not one of normal, uniform"),
        ({"kind": "sine5", "noise": "normal"}, r"noise 'normal' needs a generator"),
        ({"kind": "sine5", "noise": "normal", "noise_level": 0, "rng": 0}, r"noise_level: 0 is not a positive"),
    ],
)
def test_bad_settings_are_named(settings, message):
    given = {"dt": DT, "duration": 20.0} | settings
    if "rng" in given:
        given["rng"] = np.random.default_rng(0)
    with pytest.raises(ValueError, match=message):
        supervisor(**given)


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"components": 0}, "components: 0 is not a whole number"),
        ({"period": -1.0}, "period: -1.0 is not a positive number"),
        ({"speed": 0.0}, "speed: 0.0 is not a number other than 0"),
        ({"speed": 4000.0}, r"makes a pulse last 1.56 steps of dt, two are needed"),
        ({"ablated": (32,)}, "ablated: 32 is not a component, 0 to 31"),
    ],
)
def test_bad_drives_are_named(settings, message):
    with pytest.raises(ValueError, match=message):
        drives.hdts(**{"components": 32, "period": 8.0, "dt": DT} | settings)
    with pytest.raises(ValueError, match="fraction: 1.5 is not from 0 to 1"):
        drives.hdts(4, 1.0, 1e-3).without(1.5, np.random.default_rng(0))


def test_a_target_does_not_invent_what_was_not_integrated():
    target = supervisor("lorenz", dt=1e-4, duration=2)
    assert target.values(20_000, 1).shape == (1, 3)
    with pytest.raises(ValueError, match="from 0 to 2 s, not at 2 to 2.001 s"):
        target.values(20_000, 11)


def test_parameters_of_a_kind_are_known():
    assert parameters("vdp") == {"mu": 0.5} and parameters("sine5") == {}
    with pytest.raises(ValueError, match="supervisor: 'x'"):
        parameters("x")

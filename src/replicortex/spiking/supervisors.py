"""Targets by name: what the configuration calls a supervisor."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from replicortex.errors import choose, not_one_of
from replicortex.readers import read_series
from replicortex.spiking import classification, drives, movie, music, oscillators, song, sound
from replicortex.spiking.targets import Cyclic, Stacked, Target, noisy, positive


def _sine5(dt: float) -> Target:
    return oscillators.sine(dt)


def _saw5(dt: float) -> Target:
    return oscillators.sawtooth(dt)


def _prod46(dt: float) -> Target:
    return oscillators.product(dt, (4, 6))


def _prod237(dt: float) -> Target:
    return oscillators.product(dt, (2, 3, 7))


def _sines(dt: float, duration: float, frequencies: Sequence[float] = (5.0,)) -> Target:
    return oscillators.product(dt, tuple(frequencies), longest=duration)


def _series(dt: float, file: str | None = None, spacing: float | None = None, hdts: int = 0) -> Target:
    """A user's signal, over and over again."""
    if file is None:
        raise ValueError("supervisor series: file is missing; give a .csv, .npy, .npz or .wav")
    signal = read_series(file)
    if signal.dt is not None and spacing is not None and abs(signal.dt / spacing - 1) > 1e-6:
        raise ValueError(f"{file}: its samples come every {signal.dt:g} s, but dt says {spacing:g} s; leave dt out")
    interval = spacing if signal.dt is None else signal.dt
    if interval is None:
        raise ValueError(f"{file}: does not say how long a sample lasts; give dt in s")
    period = len(signal.values) * interval
    return _with_pulses(Cyclic(signal.values, interval, period, dt), hdts, period, dt)


def _ode_short(dt: float, hdts: int = 0) -> Target:
    melody = music.MELODIES["ode_short"]
    return _with_pulses(music.OdeToJoy(melody, dt), hdts, melody.period, dt)


def _ode_long(dt: float, hdts: int = 64) -> Target:
    melody = music.MELODIES["ode_long"]
    return _with_pulses(music.OdeToJoy(melody, dt), hdts, melody.period, dt)


def _with_pulses(target: Target, components: int, period: float, dt: float) -> Target:
    """The target, and after it the components of an HDTS that the network is to make itself (0: none)."""
    return target if components == 0 else Stacked((target, drives.DriveChannels(drives.hdts(components, period, dt))))


def _song(
    dt: float,
    period: float = 5.0,
    channels: int = 64,
    file: str | None = None,
    hdts: int = 0,
    channel: int | None = None,
) -> Target:
    made = song.song_spectrogram(period, channels, file=file, channel=channel)
    return _with_pulses(Cyclic(made.frames, made.frame_dt, period, dt), hdts, period, dt)


def _movie(
    dt: float, period: float = movie.PERIOD, shape: Sequence[int] = (15, 20), file: str | None = None, hdts: int = 0
) -> Target:
    size = (shape[0], shape[1])
    if file is None:
        made = movie.synthetic_movie(period=period, shape=size)
    else:
        made = movie.read_movie(file, size)
        sound.tell_length(file, len(made.frames) / made.fps, period, "its last frame stays")
    return _with_pulses(Cyclic(made.lasting(period), 1 / made.fps, period, dt), hdts, period, dt)


def _classify(dt: float, duration: float, rng: np.random.Generator | None, rule: str = "linear") -> Target:
    if rng is None:
        raise ValueError("supervisor classify: its points need a generator, rng=...")
    return classification.classes(dt, duration, rule, rng)


_KINDS: dict[str, Callable[..., Target]] = {
    "sine5": _sine5,
    "saw5": _saw5,
    "prod46": _prod46,
    "prod237": _prod237,
    "sines": _sines,
    "series": _series,
    "vdp": oscillators.van_der_pol,
    "lorenz": oscillators.lorenz,
    "ode_short": _ode_short,
    "ode_long": _ode_long,
    "song": _song,
    "movie": _movie,
    "classify": _classify,
}
KINDS = tuple(_KINDS)
_GIVEN = ("dt", "duration", "rng")


def parameters(kind: str) -> dict[str, Any]:
    """Parameters that a kind of target takes besides `dt`, `duration` and noise, with their defaults.

    Raises
    ------
    ValueError
        No such kind.
    """
    signature = inspect.signature(_KINDS[choose(kind, KINDS, "supervisor")])
    return {name: each.default for name, each in signature.parameters.items() if name not in _GIVEN}


def supervisor(
    kind: str,
    *,
    dt: float,
    duration: float,
    rng: np.random.Generator | None = None,
    noise: str | None = None,
    noise_level: float = 0.05,
    **settings: Any,
) -> Target:
    """The target of a name.

    Parameters
    ----------
    kind
        One of `KINDS`; `parameters` says what else each takes.
    dt, duration
        Length of a step and of the longest run, in s (for Izhikevich neurons too).
    rng
        Needed for noise; a generator of the same name gives the same noise.
    noise
        ``"normal"`` (mean 0, variance 1) or ``"uniform"`` (0 to 1), drawn anew in every step and component and
        multiplied by ``noise_level``; the archive has both.

    Raises
    ------
    ValueError
        Unknown kind or parameter (the known ones are listed), a number out of range, a duration shorter than the
        period, or a file that is not what it should be.

    Examples
    --------
    >>> target = supervisor("sine5", dt=0.01, duration=1.0)
    >>> target.values(first=1, count=5).round(3).ravel().tolist()
    [0.309, 0.588, 0.809, 0.951, 1.0]
    """
    known = parameters(kind)
    for name in settings:
        if name not in known:
            raise ValueError(f"supervisor {kind}: {not_one_of(name, (*known, 'noise', 'noise_level'))}")
    if positive(dt, "dt") > positive(duration, "duration"):
        raise ValueError(f"duration: {duration!r} s is shorter than one step, dt = {dt!r} s")
    build = _KINDS[kind]
    takes = inspect.signature(build).parameters
    everything: dict[str, Any] = {"dt": dt, "duration": duration, "rng": rng}
    given = {name: value for name, value in everything.items() if name in takes}
    target = build(**given, **settings)
    if target.cycle is not None and duration < target.cycle:
        raise ValueError(f"duration: {duration!r} s is shorter than a period of {kind}, {target.cycle:g} s")
    if noise is None:
        return target
    if rng is None:
        raise ValueError(f"supervisor {kind}: noise {noise!r} needs a generator, rng=...")
    return noisy(target, noise, noise_level, rng)

"""Ode to Joy as a target of five pitches, and outputs turned into sound (Nicola & Clopath 2017, Fig. 3).

Four notes a second; a note is half a sine in the channel of its pitch.  In the long version the melody is simplified:
where the song has dotted and eighth notes there are quarters.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from scipy.io import wavfile

from replicortex.readers.wav import RATES
from replicortex.spiking.protocols import Floats
from replicortex.spiking.targets import Array, Target, positive, steps_per

PITCHES = ("C4", "D4", "E4", "F4", "G4")
FREQUENCIES = (261.0, 293.6, 329.6, 349.23, 392.0)  # Hz
NOTE = 0.25  # s
AUDIO_RATE = 8192  # Hz

_FIRST = "3345543211233222"
_SECOND = "3345543211232111"
_BRIDGE = "2231243124321255"


@dataclass(frozen=True)
class Melody:
    """Pitch (1 to 5) of each slot of 250 ms, and the slots (from 0) where a note of two slots begins."""

    slots: tuple[int, ...]
    half_notes: tuple[int, ...]

    @property
    def period(self) -> float:
        """Duration in s."""
        return len(self.slots) * NOTE


MELODIES = {
    "ode_short": Melody(tuple(map(int, _FIRST)), (14,)),
    "ode_long": Melody(tuple(map(int, _FIRST + _SECOND + _BRIDGE + _SECOND)), (14, 30, 46, 62)),
}


@dataclass(frozen=True)
class OdeToJoy(Target):
    """The five pitches of a melody, over and over again.

    A quarter note of n steps is ``|sin(pi j / n)|`` and a half note ``sin(pi j / (2 n + 1))``, j = 1, 2, ... counting
    its steps.
    """

    melody: Melody
    dt: float

    def __post_init__(self) -> None:
        steps = NOTE / positive(self.dt, "dt")
        if abs(steps - round(steps)) > 1e-6 * steps or round(steps) < 2:
            raise ValueError(f"dt: {self.dt!r} s does not divide a note of {NOTE} s")

    @property
    def outputs(self) -> int:
        return len(PITCHES)

    @property
    def cycle(self) -> float:
        return self.melody.period

    def at(self, steps: Array) -> Floats:
        note, slots = steps_per(NOTE, self.dt), self.melody.slots
        n_steps = note * len(slots)
        place = n_steps - np.mod(-np.asarray(steps), n_steps)  # in (0, n_steps]: the first step is 1
        slot = np.minimum(np.ceil(place / note).astype(np.int64) - 1, len(slots) - 1)
        into = place - slot * note
        height = np.abs(np.sin(np.pi * into / note))
        starts = np.array(self.melody.half_notes)
        begins, goes_on = np.isin(slot, starts), np.isin(slot, starts + 1)
        long = begins | goes_on
        height[long] = np.sin(np.pi * (into + note * goes_on)[long] / (2 * note + 1))
        channels = np.zeros((len(place), self.outputs))
        channels[np.arange(len(place)), np.array(slots)[slot - goes_on] - 1] = height
        return channels


def render(outputs: Floats, interval: float, rate: int = AUDIO_RATE) -> Floats:
    """Sound of the five pitches: ``y(t) = sum_c 2 z_c(t) sin(2 pi f_c t)``, scaled to a peak of 0.9.

    Parameters
    ----------
    outputs : (time, 5)
        Outputs or target, one row every ``interval`` s.
    rate
        Samples per second of the sound; between rows the outputs are joined by straight lines.

    Returns
    -------
    ndarray
        (sample,), in [-0.9, 0.9]; silent outputs stay silent.

    Raises
    ------
    ValueError
        Not five channels, fewer than two rows, or a number that is not finite.
    """
    if outputs.ndim != 2 or outputs.shape[1] < len(PITCHES) or len(outputs) < 2 or not np.isfinite(outputs).all():
        raise ValueError(f"render: outputs of shape {outputs.shape} are not (time, 5 or more) of finite numbers")
    recorded = np.arange(len(outputs)) * positive(interval, "interval")
    time = np.arange(int(recorded[-1] * rate) + 1) / rate
    sound = np.zeros(len(time))
    for channel, frequency in enumerate(FREQUENCIES):
        sound += 2 * np.interp(time, recorded, outputs[:, channel]) * np.sin(2 * np.pi * frequency * time)
    peak = np.abs(sound).max()
    return sound * (0.9 / peak) if peak > 0 else sound


def write_wav(path: str | Path, sound: Floats, rate: int = AUDIO_RATE) -> None:
    """Write sound in [-1, 1] as 16-bit mono.

    Raises
    ------
    ValueError
        The sound is empty, not finite, or louder than 1; the rate is no whole number that wav files are read with.
    """
    if isinstance(rate, bool) or not isinstance(rate, (int, np.integer)) or not RATES[0] <= rate <= RATES[1]:
        raise ValueError(f"{path}: rate: {rate!r} is not {RATES[0]} to {RATES[1]:,} whole samples per second")
    if sound.ndim != 1 or not sound.size or not np.abs(sound).max() <= 1:
        raise ValueError(f"{path}: sound of shape {sound.shape} is not (sample,) of numbers from -1 to 1")
    wavfile.write(path, rate, np.round(sound * 32767).astype(np.int16))

"""Birdsong as a target: in the manner of a zebra finch, or a recording of one's own (Nicola & Clopath 2017, Fig. 4).

The paper's recording is not public, so that `synthetic_song` stands in for it: introductory notes, then the same motif
again and again.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from scipy.signal import butter, sosfiltfilt

from replicortex.errors import choose
from replicortex.random_streams import generator
from replicortex.readers.content import look, refusal
from replicortex.spiking.protocols import Floats
from replicortex.spiking.sound import Spectrogram, read_spectrogram, read_wav, spectrogram
from replicortex.spiking.targets import positive

RATE = 22_050  # Hz
KINDS = ("stack", "down", "up", "high", "noise")
_REPEATS = 3
_BETWEEN = 0.1  # s from one motif to the next
_SILENCE = 0.3  # s at the end, at least
_LEAD = 0.03  # s before the first note
_LONGEST_MOTIF = 1.15  # s: three of them fit into five seconds with their introduction
_RAMP = 0.005  # s
_JITTER = 0.01  # standard deviation of the duration of a syllable or gap, as a share of it


@dataclass(frozen=True)
class Syllable:
    """One syllable: what it is, how long it and the silence after it last (s), its level and its own numbers."""

    kind: str
    duration: float
    gap: float
    level: float
    start: float  # Hz: fundamental of a stack, first frequency of a chirp, pitch of a pure note
    end: float  # Hz: last frequency of a chirp
    harmonics: int
    phase: float  # of the slow modulation
    key: int  # of the noise

    def sound(self, duration: float, rate: int) -> Floats:
        """It lasting ``duration`` s, with ramps of 5 ms: (sample,), peak ``level``."""
        time = np.arange(round(duration * rate)) / rate
        if self.kind == "noise":
            wave = _band_noise(self.key, len(time), rate)
        else:
            bend = 0.05 * np.sin(2 * np.pi * time / duration + self.phase)
            sweep = np.linspace(self.start, self.end, len(time))
            fundamental = self.start * (1 + bend) if self.kind == "stack" else sweep
            turns = 2 * np.pi * np.cumsum(fundamental) / rate
            count = min(self.harmonics, int(0.45 * rate / fundamental.max()))
            wave = np.sum([np.sin(n * turns) / n for n in range(1, count + 1)], axis=0)
        ramp = np.minimum(1, np.minimum(time + 1 / rate, duration - time) / _RAMP)
        return self.level * wave / np.abs(wave).max() * 0.5 * (1 - np.cos(np.pi * ramp))


def _band_noise(key: int, n_samples: int, rate: int) -> Floats:
    """Noise of 2 to 8 kHz, the same for the same key; filtered both ways, so that its onset stays where it is."""
    band = butter(4, (2000, 8000), "bandpass", fs=rate, output="sos")
    return np.asarray(sosfiltfilt(band, np.random.default_rng(key).standard_normal(n_samples)))


def draw_syllable(kind: str, rng: np.random.Generator) -> Syllable:
    """A random syllable of this kind, of 50 to 200 ms, with 20 to 60 ms of silence after it.

    Stacks have 8 to 14 harmonics of 400 to 800 Hz that fall as 1/n, chirps run between 2 and 7 kHz, high notes are pure
    and of 5 to 7 kHz, noise has the band of 2 to 8 kHz.
    """
    choose(kind, KINDS, "syllable")
    low, high = rng.uniform(2000, 3500), rng.uniform(5000, 7000)
    start, end = {"stack": (rng.uniform(400, 800), 0.0), "down": (high, low), "up": (low, high)}.get(kind, (high, high))
    return Syllable(
        kind=kind,
        duration=rng.uniform(0.05, 0.2),
        gap=rng.uniform(0.02, 0.06),
        level=rng.uniform(0.6, 1.0),
        start=start,
        end=end,
        harmonics=int(rng.integers(8, 15)) if kind == "stack" else 1,
        phase=rng.uniform(0, 2 * np.pi),
        key=int(rng.integers(2**63)),
    )


def draw_motif(rng: np.random.Generator) -> tuple[Syllable, ...]:
    """Five to seven syllables, each kind at least once, of 1.15 s or less together."""
    while True:
        kinds = [*KINDS, *rng.choice(KINDS, rng.integers(0, 3))]
        motif = tuple(draw_syllable(kind, rng) for kind in rng.permutation(kinds).tolist())
        if _length(motif) <= _LONGEST_MOTIF:
            return motif


def _length(notes: tuple[Syllable, ...]) -> float:
    return sum(note.duration + note.gap for note in notes)


def draw_introduction(rng: np.random.Generator) -> tuple[Syllable, ...]:
    """Three or four introductory notes: one short stack, again and again."""
    stack = draw_syllable("stack", rng)
    note = Syllable(**vars(stack) | {"duration": rng.uniform(0.04, 0.06), "gap": rng.uniform(0.06, 0.1), "level": 0.6})
    return (note,) * int(rng.integers(3, 5))


def synthetic_song(seed: int = 0, duration: float = 5.0, rate: int = RATE) -> Floats:
    """Introductory notes and three motifs (fewer if ``duration`` is short), then silence of 0.3 s or more.

    Every syllable and gap lasts 1 % more or less each time; else the motifs are the same.

    Parameters
    ----------
    seed
        Which bird: songs of other seeds have other syllables.
    duration
        s
    rate
        Samples per second.

    Returns
    -------
    ndarray
        (sample,), in [-1, 1].

    Raises
    ------
    ValueError
        The duration is too short for the introduction and one motif.
    """
    introduction = draw_introduction(generator("song", seed, "introduction"))
    motif = draw_motif(generator("song", seed, "motif"))
    rng = generator("song", seed, "jitter")
    first, each = _LEAD + _length(introduction) + _SILENCE, _length(motif)
    repeats = min(_REPEATS, int((positive(duration, "period") * 0.98 - first + _BETWEEN) / (each + _BETWEEN)))
    if repeats < 1:
        needed = (first + each) / 0.98
        raise ValueError(f"period: {duration!r} s is too short for a song; bird {seed} needs {needed:.2f} s")
    song = np.zeros(round(duration * rate))
    onset = _LEAD
    for notes in (introduction, *(motif,) * repeats):
        for note in notes:
            stretch, pause = 1 + _JITTER * np.clip(rng.standard_normal(2), -2, 2)
            wave = note.sound(note.duration * stretch, rate)
            begin = round(onset * rate)
            song[begin : begin + len(wave)] = wave
            onset += note.duration * stretch + note.gap * pause
        onset += 0.0 if notes is introduction else _BETWEEN
    return song


def song_spectrogram(
    period: float | None = None,
    channels: int = 64,
    seed: int = 0,
    file: str | Path | None = None,
    compress: bool = True,
    channel: int | None = None,
) -> Spectrogram:
    """The spectrogram of a synthetic song, of a recording (.wav), or one made elsewhere (.npz), in [0, 1].

    Parameters
    ----------
    period
        Duration in s; a recording is cut, or silence added. None: 5 s, or as long as the file.
    channels
        Frequency bands from 300 Hz to 10 kHz (a .npz keeps its own).
    seed
        Which synthetic song; of no account with a file.
    file
        A wav file, or an .npz with ``S`` (channel, frame), ``frame_dt`` (s) and, if known, ``frequencies`` (Hz).
    compress
        The root of the magnitude, in place of the magnitude (a .npz is taken as it is).
    channel
        Which channel of a recording, from 1 on; None: their average.

    Warns
    -----
    UserWarning
        What was done to a file: channels averaged, cut or filled up to the period, bands that it cannot fill.

    Raises
    ------
    ValueError
        The file is not what it should be, or a number is out of range; the message names which.
    """
    if file is None:
        return spectrogram(synthetic_song(seed, 5.0 if period is None else period), RATE, channels, compress)
    kind = look(file, "song")
    if kind == "zip":
        if channel is not None:
            raise ValueError(f"{file}: channel: {channel!r} cannot go with a spectrogram, whose channels are bands")
        return read_spectrogram(file, period)
    if kind != "wav":
        raise refusal(file, "song", kind, "a song is a recording (.wav) or a spectrogram (.npz)")
    sound = read_wav(file, RATE, period, channel)
    try:
        return spectrogram(sound, RATE, channels, compress)
    except ValueError as error:
        raise ValueError(f"{file}: {error}") from None

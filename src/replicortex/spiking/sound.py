"""Sound to spectrogram and back: bands of a short-time Fourier transform, Griffin-Lim, and files that users bring."""

from __future__ import annotations

import math
import warnings
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from scipy import signal

from replicortex import readers
from replicortex.readers.arrays import as_numbers, one_number, only
from replicortex.readers.content import MOST_NUMBERS
from replicortex.spiking.protocols import Floats
from replicortex.spiking.targets import positive, whole

BAND = (300.0, 10_000.0)  # Hz
WINDOW = 512 / 22_050  # s, of a Hann window
HOP = 128 / 22_050  # s
FLOOR = 0.02  # of the maximum: what is weaker is set to 0
FRAME = (1e-4, 1.0)  # s, of a spectrogram made elsewhere
AUDIBLE = 50.0  # Hz: where all frequencies are below, they are kHz
_COARSEST = 2**20  # of the two whole numbers by which a rate is changed: the filter is twenty times as long
_ALIKE = 0.5  # correlation of channels from which on their average is what both heard


@dataclass(frozen=True)
class Spectrogram:
    """How strong each band is, frame by frame.

    Attributes
    ----------
    frames : (frame, channel)
        In [0, 1], the largest value of all being 1.
    frame_dt
        s from one frame to the next; frame 0 is centred on time 0.
    period
        Duration in s.
    frequencies : (channel,)
        Middle of each band in Hz.
    compressed
        Whether the values are roots of magnitudes.
    """

    frames: Floats
    frame_dt: float
    period: float
    frequencies: Floats
    compressed: bool


def area_weights(source: Floats, target: Floats) -> Floats:
    """Which share of each target cell lies in each source cell, given the edges of both: (target, source).

    Rows sum to 1 where the source covers the target, so that the product with values averages them.
    """
    overlap = np.minimum(target[1:, None], source[1:]) - np.maximum(target[:-1, None], source[:-1])
    return np.asarray(np.maximum(overlap, 0) / np.diff(target)[:, None])


def band_edges(channels: int) -> Floats:
    """Edges of the bands, equally wide, in Hz: (channels + 1,)."""
    return np.linspace(*BAND, channels + 1)


def spectrogram(sound: Floats, rate: int, channels: int = 64, compress: bool = True) -> Spectrogram:
    """Magnitude of the short-time Fourier transform in bands from 300 Hz to 10 kHz, divided by its maximum.

    Parameters
    ----------
    sound : (sample,)
    rate
        Samples per second, more than 20 000.
    channels
        Number of bands.
    compress
        Take the root of the magnitude.

    Raises
    ------
    ValueError
        Silence, less than a window of sound, too low a rate, or a number of channels out of range.
    """
    whole(channels, "channels")
    if rate <= 2 * BAND[1]:
        raise ValueError(f"rate: {rate!r} samples per second do not reach {BAND[1]:g} Hz")
    length, hop = round(WINDOW * rate), round(HOP * rate)
    if len(sound) < length:
        raise ValueError(f"{len(sound) / rate:.4g} s of sound are less than a window of {WINDOW * 1e3:.3g} ms")
    _, times, bins = signal.stft(sound, rate, "hann", length, length - hop)
    resolution = rate / length
    edges: Floats = (np.arange(len(bins) + 1, dtype=np.float64) - 0.5) * resolution
    bands = area_weights(edges, band_edges(channels)) @ np.abs(bins)
    frames = bands[:, times < len(sound) / rate].T
    middles = band_edges(channels)[:-1] + np.diff(band_edges(channels)) / 2
    scaled = _to_unit(np.sqrt(frames) if compress else frames)
    return Spectrogram(scaled, hop / rate, len(sound) / rate, middles, compress)


def _to_unit(frames: Floats) -> Floats:
    """Divided by the maximum, and 0 where it is below 2 % of it."""
    peak = frames.max()
    if not peak > 0:
        raise ValueError("silent from beginning to end")
    scaled = np.ascontiguousarray(frames / peak)
    scaled[scaled < FLOOR] = 0.0
    return scaled


def invert(
    outputs: Floats,
    interval: float,
    like: Spectrogram,
    rng: np.random.Generator,
    rate: int = 22_050,
    iterations: int = 60,
) -> Floats:
    """Sound whose spectrogram is near these outputs (Griffin & Lim 1984), with a peak of 0.9.

    Phases start at random; ``iterations`` times the sound is made and its own phases are kept.

    Parameters
    ----------
    outputs : (time, channel)
        Outputs of a network or a target, a row every ``interval`` s; negative ones count as 0.
    like
        What the channels mean: frequencies, and whether they are roots.

    Returns
    -------
    ndarray
        (sample,), in [-0.9, 0.9]; silent outputs stay silent.

    Raises
    ------
    ValueError
        Another number of channels, fewer than two rows, or a number that is not finite.
    """
    if outputs.ndim != 2 or len(outputs) < 2 or outputs.shape[1] != len(like.frequencies):
        raise ValueError(f"invert: outputs of shape {outputs.shape} are not (time, {len(like.frequencies)} channels)")
    if not np.isfinite(outputs).all():
        raise ValueError("invert: some outputs are not finite")
    length, hop = round(WINDOW * rate), round(HOP * rate)
    recorded = np.arange(len(outputs)) * positive(interval, "interval")
    times: Floats = np.arange(int(recorded[-1] * rate / hop + 1e-9) + 1, dtype=np.float64) * hop / rate
    magnitude = _bins(np.maximum(_resampled(times, recorded.astype(np.float64), outputs), 0), like, rate, length)
    bins = magnitude * np.exp(2j * np.pi * rng.random(magnitude.shape))
    for _ in range(iterations):
        _, sound = signal.istft(bins, rate, "hann", length, length - hop)
        _, _, again = signal.stft(sound, rate, "hann", length, length - hop)
        bins = magnitude * np.exp(1j * np.angle(again[:, : magnitude.shape[1]]))
    _, sound = signal.istft(bins, rate, "hann", length, length - hop)
    peak = np.abs(sound).max()
    return np.asarray(sound * (0.9 / peak) if peak > 0 else sound)


def _resampled(times: Floats, recorded: Floats, outputs: Floats) -> Floats:
    return np.stack([np.interp(times, recorded, channel) for channel in outputs.T])


def _bins(bands: Floats, like: Spectrogram, rate: int, length: int) -> Floats:
    """Magnitude of each bin of the transform from that of the bands (channel, frame), joined by straight lines."""
    magnitude = bands**2 if like.compressed else bands
    middles = np.fft.rfftfreq(length, 1 / rate)
    inside = (middles >= BAND[0]) & (middles <= BAND[1])
    found = np.zeros((len(middles), magnitude.shape[1]))
    for frame, column in enumerate(magnitude.T):
        found[inside, frame] = np.interp(middles[inside], like.frequencies, column)
    return found


def fitted(sound: Floats, n_samples: int) -> Floats:
    """The first ``n_samples``, with silence after the end."""
    return np.pad(sound[:n_samples], (0, max(0, n_samples - len(sound))))


def read_wav(path: str | Path, rate: int, period: float | None = None, channel: int | None = None) -> Floats:
    """A recording at ``rate`` samples per second, cut or filled up to ``period`` s.

    Parameters
    ----------
    channel
        Which channel, from 1 on; None: the average of all, which are heard to be alike (correlations of 0.5 or more).

    Warns
    -----
    UserWarning
        What was done to it (averaged, cut, filled up), or which bands it cannot fill.

    Raises
    ------
    ValueError
        As `replicortex.readers.read_wav`; no such channel, channels that are not alike, or silence.
    """
    found = readers.read_wav(path)
    sound = _one_channel(path, found.samples, channel)
    sound = _at_rate(path, sound, found.rate, rate)
    reached = found.rate / 2
    if reached < min(BAND[1], rate / 2):
        told = f"{found.rate} samples per second reach {reached:g} Hz"
        warnings.warn(f"{path}: {told}; the bands above stay empty", stacklevel=2)
    if period is not None:
        wanted = round(positive(period, "period") * rate)
        tell_length(path, len(sound) / rate, wanted / rate)
        sound = fitted(sound, wanted)
    if not sound.any():
        raise ValueError(f"{path}: silent from beginning to end")
    return np.asarray(sound, dtype=np.float64)


def _at_rate(path: str | Path, sound: Floats, given: int, wanted: int) -> Floats:
    """A sound with another number of samples per second."""
    if given <= 2 * BAND[0]:
        raise ValueError(
            f"{path}: {given} samples per second reach {given / 2:g} Hz, and bands begin at {BAND[0]:g} Hz"
        )
    if given == wanted:
        return sound
    common = math.gcd(given, wanted)
    if len(sound) * wanted / given > MOST_NUMBERS or given // common > _COARSEST:
        raise ValueError(
            f"{path}: {len(sound):,} samples at {given} per second are too many to bring to {wanted}; keep the part "
            f"that is needed, and convert it: ffmpeg -i FILE -ar {wanted} song.wav"
        )
    return np.asarray(signal.resample_poly(sound, wanted // common, given // common))


def _one_channel(path: str | Path, samples: Floats, channel: int | None) -> Floats:
    count = samples.shape[1]
    if channel is not None:
        if not 1 <= channel <= count:
            raise ValueError(f"{path}: channel: {channel!r} is not one of its {count}, numbered from 1 on")
        return samples[:, channel - 1]
    heard = np.flatnonzero(samples.any(axis=0))
    if count == 1 or not len(heard):
        return samples[:, 0]
    for other in heard[1:]:
        alike = float(np.corrcoef(samples[:, heard[0]], samples[:, other])[0, 1])
        if not alike >= _ALIKE:
            raise ValueError(
                f"{path}: channels {heard[0] + 1} and {other + 1} of {count} are not alike (correlation {alike:.2f}), "
                f"so their average is neither; choose one by channel: {heard[0] + 1}"
            )
    warnings.warn(f"{path}: its {count} channels were averaged", stacklevel=3)
    return np.asarray(samples.mean(axis=1))


def tell_length(path: str | Path, lasts: float, period: float, then: str = "silence follows") -> None:
    """Warn of what a period (s) leaves out of a file that lasts so long, or adds to it."""
    if lasts > period * (1 + 1e-3):
        warnings.warn(f"{path}: lasts {lasts:.4g} s, and its first {period:g} s are used (period)", stacklevel=3)
    elif lasts < period * (1 - 1e-3):
        warnings.warn(f"{path}: lasts {lasts:.4g} s, {then} up to {period:g} s (period)", stacklevel=3)


def read_spectrogram(path: str | Path, period: float | None = None) -> Spectrogram:
    """A spectrogram made elsewhere: ``S`` (channel, frame), ``frame_dt`` (s) and, if known, ``frequencies`` (Hz).

    Warns
    -----
    UserWarning
        The period is longer or shorter than the spectrogram.

    Raises
    ------
    ValueError
        As `replicortex.readers.read_npz`; an array is missing or there is another, holds something else than
        finite numbers, is negative or silent; shapes or units that do not fit.
    """
    arrays = readers.read_npz(path, what="spectrogram")
    only(path, arrays, ("S", "frame_dt"), ("frequencies",))
    bands = as_numbers(path, "'S'", arrays["S"])
    step = one_number(path, "'frame_dt'", arrays["frame_dt"], " of seconds")
    if bands.ndim != 2 or (bands < 0).any():
        decibels = "; decibels become magnitudes by 10**(S / 20)" if bands.ndim == 2 else ""
        raise ValueError(f"{path}: 'S' of shape {bands.shape} is not (channel, frame) of numbers from 0 on{decibels}")
    if "frequencies" not in arrays and len(bands) > bands.shape[1]:
        raise ValueError(
            f"{path}: 'S' of shape {bands.shape} has more channels than frames; it should be (channel, frame), so "
            "transpose it, or give the frequencies of its channels"
        )
    if not FRAME[0] <= step <= FRAME[1]:
        raise ValueError(f"{path}: 'frame_dt' is {step:g}, not {FRAME[0]:g} to {FRAME[1]:g}; it is in seconds")
    frequencies = _frequencies(path, arrays.get("frequencies"), len(bands))
    length = bands.shape[1] * step
    if period is not None:
        tell_length(path, length, positive(period, "period"))
        length = period
    n_frames = max(1, math.ceil(round(length / step, 9)))
    frames = np.zeros((n_frames, len(bands)))
    kept = min(n_frames, bands.shape[1])
    frames[:kept] = bands.T[:kept]
    try:
        return Spectrogram(_to_unit(frames), step, length, frequencies, False)
    except ValueError as error:
        raise ValueError(f"{path}: 'S' is {error}") from None


def _frequencies(path: str | Path, given: NDArray[np.generic] | None, channels: int) -> Floats:
    """The middle of each band in Hz."""
    if given is None:
        return band_edges(channels)[:-1] + np.diff(band_edges(channels)) / 2
    frequencies = as_numbers(path, "'frequencies'", given)
    if frequencies.shape != (channels,) or not (np.diff(frequencies, prepend=-1e-300) > 0).all():
        raise ValueError(
            f"{path}: 'frequencies' of shape {frequencies.shape} are not {channels} rising numbers from 0 on (Hz)"
        )
    if frequencies[-1] < AUDIBLE:
        raise ValueError(f"{path}: 'frequencies' reach {frequencies[-1]:g}, which is not heard; they are in Hz")
    return frequencies

"""Sound to spectrogram and back: bands of a short-time Fourier transform, Griffin-Lim, and files that users bring."""

from __future__ import annotations

import math
import zipfile
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from scipy import signal
from scipy.io import wavfile

from replicortex.errors import not_one_of
from replicortex.spiking.protocols import Floats
from replicortex.spiking.targets import positive, whole

BAND = (300.0, 10_000.0)  # Hz
WINDOW = 512 / 22_050  # s, of a Hann window
HOP = 128 / 22_050  # s
FLOOR = 0.02  # of the maximum: what is weaker is set to 0


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
    (sample,), in [-0.9, 0.9]; silent outputs stay silent

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


def read_wav(path: str | Path, rate: int, period: float | None = None) -> Floats:
    """A recording: channels averaged, in [-1, 1], at ``rate`` samples per second, cut or filled up to ``period`` s.

    Raises
    ------
    ValueError
        Not a readable wav file, without samples, silent, or with numbers that are not finite.
    """
    try:
        recorded, samples = wavfile.read(path)
    except (OSError, ValueError, EOFError) as error:
        raise ValueError(f"{path}: not a readable wav file ({error})") from None
    except Exception as error:  # a damaged header reaches SciPy's parser as almost any error
        raise ValueError(f"{path}: not a readable wav file ({type(error).__name__}: {error})") from None
    if recorded <= 0 or not samples.size:
        raise ValueError(f"{path}: has no samples")
    sound = _as_float(samples)
    if sound.ndim == 2:
        sound = sound.mean(axis=1)
    if not np.isfinite(sound).all():
        raise ValueError(f"{path}: sample {int(np.argmin(np.isfinite(sound)))} is not a finite number")
    common = math.gcd(recorded, rate)
    if recorded != rate:
        sound = signal.resample_poly(sound, rate // common, recorded // common)
    if period is not None:
        sound = fitted(sound, round(positive(period, "period") * rate))
    if not sound.any():
        raise ValueError(f"{path}: silent from beginning to end")
    return np.asarray(sound, dtype=np.float64)


def _as_float(samples: NDArray[np.generic]) -> Floats:
    if samples.dtype == np.uint8:
        return (samples.astype(np.float64) - 128) / 128
    if np.issubdtype(samples.dtype, np.integer):
        return samples.astype(np.float64) / 2.0 ** (8 * samples.dtype.itemsize - 1)
    return samples.astype(np.float64)


def read_arrays(path: Path, names: tuple[str, ...], optional: tuple[str, ...] = ()) -> dict[str, Floats]:
    """Arrays of finite numbers of an ``.npz``, as float64.

    Raises
    ------
    ValueError
        Not a readable archive, an array is missing or empty, or holds something else than finite numbers.
    """
    try:
        with np.load(path, allow_pickle=False) as archive:
            present = {name: archive[name] for name in (*names, *optional) if name in archive.files}
            held = archive.files
    except (OSError, ValueError, EOFError, AttributeError, zipfile.BadZipFile) as error:
        raise ValueError(f"{path}: not a readable .npz archive ({error})") from None
    for name in names:
        if name not in present:
            raise ValueError(f"{path}: lacks an array: {not_one_of(name, held)}")
    for name, array in present.items():
        if not (np.issubdtype(array.dtype, np.number) or array.dtype == bool) or np.iscomplexobj(array):
            raise ValueError(f"{path}: {name!r} holds {array.dtype}, not numbers")
        if not array.size:
            raise ValueError(f"{path}: {name!r} of shape {array.shape} is empty")
        if not np.isfinite(array).all():
            place = tuple(int(i) for i in np.argwhere(~np.isfinite(array))[0])
            raise ValueError(f"{path}: {name!r} at {place} is {array[place]}, not a finite number")
    return {name: array.astype(np.float64) for name, array in present.items()}


def read_spectrogram(path: Path, period: float | None = None) -> Spectrogram:
    """A spectrogram made elsewhere: ``S`` (channel, frame), ``frame_dt`` (s) and, if known, ``frequencies`` (Hz).

    Raises
    ------
    ValueError
        As `read_arrays`; or S is not two-dimensional, negative or silent, or the numbers do not fit each other.
    """
    arrays = read_arrays(path, ("S", "frame_dt"), ("frequencies",))
    bands, frame_dt = arrays["S"], arrays["frame_dt"]
    if bands.ndim != 2 or (bands < 0).any():
        raise ValueError(f"{path}: 'S' of shape {bands.shape} is not (channel, frame) of numbers from 0 on")
    if frame_dt.size != 1 or not frame_dt.item() > 0:
        raise ValueError(f"{path}: 'frame_dt' is {frame_dt.ravel()[:3].tolist()}, not one positive number of seconds")
    step = frame_dt.item()
    frequencies = arrays.get("frequencies", band_edges(len(bands))[:-1] + np.diff(band_edges(len(bands))) / 2)
    if frequencies.shape != (len(bands),) or not (np.diff(frequencies) > 0).all():
        raise ValueError(f"{path}: 'frequencies' of shape {frequencies.shape} are not {len(bands)} rising numbers (Hz)")
    length = bands.shape[1] * step if period is None else positive(period, "period")
    n_frames = max(1, math.ceil(round(length / step, 9)))
    frames = np.zeros((n_frames, len(bands)))
    kept = min(n_frames, bands.shape[1])
    frames[:kept] = bands.T[:kept]
    try:
        return Spectrogram(_to_unit(frames), step, length, frequencies, False)
    except ValueError as error:
        raise ValueError(f"{path}: 'S' is {error}") from None

"""Songs, spectrograms and sounds: what a song is made of, tones in their bands, and files that users bring."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import signal
from scipy.io import wavfile

from replicortex.spiking.song import (
    KINDS,
    RATE,
    draw_introduction,
    draw_motif,
    draw_syllable,
    song_spectrogram,
    synthetic_song,
)
from replicortex.spiking.sound import area_weights, band_edges, fitted, invert, read_wav, spectrogram
from replicortex.spiking.supervisors import supervisor


def tone(frequency: float, seconds: float = 1.0, rate: int = RATE) -> np.ndarray:
    return 0.5 * np.sin(2 * np.pi * frequency * np.arange(round(seconds * rate)) / rate)


def test_a_song_is_notes_motifs_and_silence():
    for seed in range(6):
        song = synthetic_song(seed)
        assert len(song) == 5 * RATE and 0.5 < np.abs(song).max() <= 1
        assert not song[-round(0.3 * RATE) :].any()
        assert np.array_equal(song, synthetic_song(seed))
    assert not np.array_equal(synthetic_song(0), synthetic_song(1))
    short = synthetic_song(0, 2.0)
    assert len(short) == 2 * RATE and short.any() and not short[-round(0.3 * RATE) :].any()
    with pytest.raises(ValueError, match=r"period: 1.0 s is too short for a song; bird 0 needs 1.8\d s"):
        synthetic_song(0, 1.0)


def test_motifs_are_stereotyped():
    """The second motif resembles the first, and no stretch before it does."""
    frames = song_spectrogram().frames
    hop = 128 / RATE
    centred = frames - frames.mean(axis=0)
    template = centred[round(0.45 / hop) : round(1.4 / hop)]
    matches = signal.correlate(centred, template, mode="valid")[:, 0] / (template**2).sum()
    peaks, _ = signal.find_peaks(matches, height=0.7, distance=round(0.5 / hop))
    assert len(peaks) == 3
    np.testing.assert_allclose(np.diff(peaks) * hop, np.diff(peaks).mean() * hop, rtol=0.03)


@pytest.mark.parametrize("seed", range(5))
def test_syllables_are_what_their_kind_says(seed):
    rng = np.random.default_rng(seed)
    for kind in KINDS:
        syllable = draw_syllable(kind, rng)
        sound = syllable.sound(0.15, RATE)
        assert len(sound) == round(0.15 * RATE) and np.abs(sound).max() == pytest.approx(syllable.level, rel=0.05)
        assert np.abs(sound[:5]).max() < 0.02 and np.abs(sound[-5:]).max() < 0.02
        frequencies, power = signal.welch(sound, RATE, nperseg=1024)
        inside = {"stack": (300, 12_000), "noise": (1500, 8500), "high": (4700, 7300)}.get(kind, (1700, 7300))
        assert power[(frequencies >= inside[0]) & (frequencies <= inside[1])].sum() > 0.95 * power.sum()
        if kind in ("up", "down"):
            halves = [signal.welch(half, RATE, nperseg=512)[1].argmax() for half in np.array_split(sound, 2)]
            assert (halves[1] > halves[0]) == (kind == "up")
    motif, introduction = draw_motif(rng), draw_introduction(rng)
    assert 5 <= len(motif) <= 7 and {note.kind for note in motif} == set(KINDS)
    assert all(0.05 <= note.duration <= 0.2 and 0.02 <= note.gap <= 0.06 for note in motif)
    assert len(introduction) in (3, 4) and len(set(introduction)) == 1


def test_area_weights_share_out_what_is_covered():
    fine, coarse = np.array([0.0, 1, 2, 3, 4]), np.array([0.0, 1.5, 4])
    np.testing.assert_allclose(area_weights(fine, coarse), [[1 / 1.5, 0.5 / 1.5, 0, 0], [0, 0.5 / 2.5, 0.4, 0.4]])
    np.testing.assert_allclose(area_weights(coarse, fine).sum(axis=1), 1)


@pytest.mark.parametrize("channels", [16, 64, 200])
def test_a_tone_lies_in_its_band(channels):
    made = spectrogram(tone(3100.0), RATE, channels)
    edges = band_edges(channels)
    loudest = made.frames[20:-20].argmax(axis=1)
    assert set(loudest) <= {np.searchsorted(edges, 3100.0) - 1}
    assert made.frames.max() == 1 and made.frames.shape == (round(np.ceil(RATE / 128)), channels)
    assert made.frame_dt == pytest.approx(128 / RATE) and made.period == 1.0
    assert ((made.frames == 0) | (made.frames >= 0.02)).all()


def test_bands_are_averages_of_a_transform_done_by_hand():
    rng = np.random.default_rng(0)
    sound = rng.normal(size=RATE // 2)
    made = spectrogram(sound, RATE, 12, compress=False)
    padded = np.pad(sound, 256)
    window = 0.5 - 0.5 * np.cos(2 * np.pi * np.arange(512) / 512)
    bins = np.abs(np.fft.rfft(padded[30 * 128 : 30 * 128 + 512] * window))
    middles = np.arange(257) * RATE / 512
    edges = band_edges(12)
    expected = []
    for low, high in zip(edges[:-1], edges[1:], strict=True):
        step = RATE / 512
        shares = [max(0.0, min(high, m + step / 2) - max(low, m - step / 2)) for m in middles]
        expected.append(np.dot(shares, bins) / (high - low))
    ratio = made.frames[30] / expected
    np.testing.assert_allclose(ratio, ratio[0], rtol=1e-9)
    squared = spectrogram(sound, RATE, 12).frames ** 2
    np.testing.assert_allclose(squared[30] / squared[30, 0], np.divide(expected, expected[0]), rtol=1e-9)


def test_a_spectrogram_can_be_heard_again():
    like = song_spectrogram(period=2.5)
    sound = invert(like.frames, like.frame_dt, like, np.random.default_rng(0), iterations=30)
    assert np.abs(sound).max() == pytest.approx(0.9)
    again = spectrogram(sound, RATE).frames
    n = min(len(again), len(like.frames))
    assert np.corrcoef(again[:n].ravel(), like.frames[:n].ravel())[0, 1] > 0.93
    slower = invert(like.frames, 2 * like.frame_dt, like, np.random.default_rng(0), iterations=1)
    assert len(slower) == pytest.approx(2 * len(sound), rel=0.01)
    assert not invert(0 * like.frames, like.frame_dt, like, np.random.default_rng(0), iterations=1).any()
    with pytest.raises(ValueError, match=r"outputs of shape \(5, 3\) are not \(time, 64 channels\)"):
        invert(np.zeros((5, 3)), 0.1, like, np.random.default_rng(0))
    with pytest.raises(ValueError, match="some outputs are not finite"):
        invert(np.full((5, 64), np.inf), 0.1, like, np.random.default_rng(0))


@pytest.mark.filterwarnings("ignore:.*(silence follows|were averaged):UserWarning")
@pytest.mark.parametrize("kind", ["uint8", "int16", "int32", "float32", "stereo", "other rate"])
def test_recordings_of_every_sort_are_read(tmp_path, kind):
    rate = 44_100 if kind == "other rate" else RATE
    sound = tone(2000.0, rate=rate)
    samples = {
        "uint8": np.round(128 + 127 * sound).astype(np.uint8),
        "int32": np.round(sound * 2**31).astype(np.int32),
        "float32": sound.astype(np.float32),
        "stereo": np.stack([np.round(sound * 65_534 * share) for share in (0.25, 0.75)], axis=1).astype(np.int16),
    }.get(kind, np.round(sound * 32_768).astype(np.int16))
    wavfile.write(tmp_path / "song.wav", rate, samples)
    read = read_wav(tmp_path / "song.wav", RATE)
    inside = slice(200, -200)
    np.testing.assert_allclose(
        read[inside], tone(2000.0)[inside], atol=0.01 if kind in ("uint8", "other rate") else 1e-4
    )
    assert len(read_wav(tmp_path / "song.wav", RATE, 2.0)) == 2 * RATE
    made = song_spectrogram(file=tmp_path / "song.wav", channels=20)
    assert made.period == pytest.approx(1.0) and made.frames[50].argmax() == np.searchsorted(band_edges(20), 2000.0) - 1


def test_a_recording_is_a_target_of_its_own(tmp_path):
    wavfile.write(tmp_path / "song.wav", RATE, tone(2000.0).astype(np.float32))
    with pytest.warns(UserWarning, match="song.wav: lasts 1 s, silence follows up to 1.5 s"):
        target = supervisor("song", dt=4e-5, duration=10.0, period=1.5, channels=8, file=str(tmp_path / "song.wav"))
        frames = song_spectrogram(1.5, 8, file=tmp_path / "song.wav").frames
    assert target.outputs == 8 and target.cycle == 1.5
    found = target.at(np.array([50, 51]) * (128 / RATE) / 4e-5)
    np.testing.assert_allclose(found, frames[50:52], atol=1e-9)
    assert not target.values(round(1.2 / 4e-5), 5).any()  # silence after the end


@pytest.mark.filterwarnings("ignore:.*silence follows:UserWarning")
def test_a_spectrogram_made_elsewhere(tmp_path):
    bands = np.random.default_rng(0).random((6, 50)) + 1
    np.savez(tmp_path / "s.npz", S=bands, frame_dt=0.01)
    made = song_spectrogram(None, file=tmp_path / "s.npz")
    np.testing.assert_allclose(made.frames, bands.T / bands.max())
    assert made.period == pytest.approx(0.5) and made.frame_dt == 0.01 and len(made.frequencies) == 6
    longer = song_spectrogram(0.6, file=tmp_path / "s.npz")
    assert longer.frames.shape == (60, 6) and not longer.frames[50:].any()


def corrupt(tmp_path, name):
    path = tmp_path / name
    path.write_bytes(b"RIFF\x24\x00\x00\x00WAVEfmt " + b"\x00" * 7)
    return path


def wav(samples, rate=RATE):
    def make(tmp_path, name):
        wavfile.write(tmp_path / name, rate, samples)
        return tmp_path / name

    return make


def npz(**arrays):
    def make(tmp_path, name):
        np.savez(tmp_path / name, **arrays)
        return tmp_path / name

    return make


FOREIGN = np.random.default_rng(0).uniform(-0.1, 0.1, (RATE, 2)).astype(np.float32)
FOREIGN[:, 0] += tone(2000.0)[:RATE]
INVERTED = np.stack([FOREIGN[:, 0], -FOREIGN[:, 0]], axis=1)


def mp3(tmp_path, name):
    (tmp_path / name).write_bytes(b"ID3\x04" + bytes(99))
    return tmp_path / name


def text(tmp_path, name):
    (tmp_path / name).write_text("not a song")
    return tmp_path / name


@pytest.mark.parametrize(
    ("name", "make", "message"),
    [
        ("a.wav", text, r"a.wav: not a readable song \(it is text\); a song is a recording \(.wav\) or a spectrogram"),
        ("a.wav", corrupt, "a.wav: not a readable wav file .*cut off, 23 bytes are present and its header says 44"),
        ("a.wav", lambda folder, name: folder / name, "a.wav: not a readable song .*No such file"),
        ("a.mp3", mp3, r"a.mp3: not a readable song \(it is a sound of another format\); convert it: ffmpeg"),
        ("a.wav", wav(FOREIGN), "channels 1 and 2 of 2 are not alike .correlation 0.0.*choose one by channel: 1"),
        ("a.wav", wav(INVERTED), "channels 1 and 2 of 2 are not alike .correlation -1.00.*by channel: 1"),
        ("a.wav", wav(np.zeros(0, np.int16)), "a.wav: has no samples"),
        ("a.wav", wav(np.zeros(9999, np.int16)), "a.wav: silent from beginning to end"),
        ("a.wav", wav(np.array([0, 1, np.nan], np.float32)), "a.wav: sample 2 is not a finite number"),
        ("a.wav", wav(np.ones(100, np.float32)), "a.wav: 0.004535 s of sound are less than a window of 23.2 ms"),
        ("a.wav", wav(FOREIGN[:, 0], 500), "a.wav: 500 samples per second reach 250 Hz, and bands begin at 300 Hz"),
        ("a.wav", wav(FOREIGN[:, 0], 9_999_991), "22,050 samples at 9999991 per second are too many .*ffmpeg .*-ar"),
        ("a.wav", wav(np.tile(FOREIGN[:, 0], 70), 601), "1,543,500 samples at 601 per second are too many"),
        ("a.npz", text, "a.npz: not a readable song .it is text"),
        ("a.npz", npz(S=np.ones((3, 4)), frame_dt=1e-12), "'frame_dt' is 1e-12, not 0.0001 to 1; it is in seconds"),
        ("a.npz", npz(S=np.ones((3, 4)), frame_dt=5.0), "'frame_dt' is 5, not 0.0001 to 1; it is in seconds"),
        ("a.npz", npz(S=np.ones((9, 4)), frame_dt=0.1), r"shape \(9, 4\) has more channels than frames.*transpose it"),
        ("a.npz", npz(S=-np.ones((3, 4)), frame_dt=0.1), r"numbers from 0 on; decibels become .* 10\*\*\(S / 20\)"),
        ("a.npz", npz(S=np.ones((3, 4)) * 1j, frame_dt=0.1), "'S' holds complex128, complex numbers"),
        ("a.npz", npz(S=np.ones((3, 4)), frame_dt=0.1, freqs=1), "too many: 'freqs' is not one of S, frame_dt, frequ"),
        ("a.npz", npz(S=np.ones((2, 4)), frame_dt=0.1, frequencies=[1.0, 9.0]), "reach 9, .*; they are in Hz"),
        ("a.npz", npz(S=np.ones((2, 4)), frame_dt=0.1, frequencies=[-9.0, 99]), "not 2 rising numbers from 0 on"),
        ("a.npz", npz(S=np.ones((3, 4))), "a.npz: lacks an array: 'frame_dt'"),
        ("a.npz", npz(S=np.ones(4), frame_dt=0.1), r"'S' of shape \(4,\) are not|'S' of shape \(4,\) is not"),
        ("a.npz", npz(S=np.full((3, 4), np.nan), frame_dt=0.1), r"'S' at \(0, 0\) is nan, not a finite number"),
        ("a.npz", npz(S=np.zeros((0, 4)), frame_dt=0.1), r"'S' of shape \(0, 4\) is empty"),
        ("a.npz", npz(S=np.zeros((3, 4)), frame_dt=0.1), "'S' is silent from beginning to end"),
        ("a.npz", npz(S=np.ones((3, 4)), frame_dt=0.0), "'frame_dt' is .*0.0.*, not one positive number"),
        ("a.npz", npz(S=np.full((3, 4), "x"), frame_dt=0.1), "'S' holds <U1, not numbers"),
        ("a.npz", npz(S=np.ones((2, 4)), frame_dt=0.1, frequencies=[2.0, 1]), r"'frequencies' of shape \(2,\) are not"),
    ],
)
def test_bad_songs_are_named(tmp_path, name, make, message):
    path = make(tmp_path, name)
    with pytest.raises(ValueError, match=message):
        song_spectrogram(None, file=path)


def test_a_channel_is_chosen_and_what_is_done_to_a_recording_is_said(tmp_path):
    path = wav(FOREIGN)(tmp_path, "a.dat")  # a name decides nothing
    np.testing.assert_allclose(read_wav(path, RATE, channel=1), FOREIGN[:, 0])
    with pytest.raises(ValueError, match="a.dat: channel: 3 is not one of its 2, numbered from 1 on"):
        read_wav(path, RATE, channel=3)
    with pytest.warns(UserWarning, match="a.dat: lasts 1 s, and its first 0.5 s are used"):
        read_wav(path, RATE, 0.5, channel=2)
    with pytest.warns(UserWarning, match="a.dat: lasts 1 s, silence follows up to 1.5 s"):
        target = supervisor("song", dt=1e-3, duration=2.0, period=1.5, channels=8, file=str(path), channel=2)
    assert target.outputs == 8
    half = np.stack([FOREIGN[:, 0], 0.5 * FOREIGN[:, 0], np.zeros(RATE, np.float32)], axis=1)
    with pytest.warns(UserWarning, match="b.wav: its 3 channels were averaged"):
        np.testing.assert_allclose(read_wav(wav(half)(tmp_path, "b.wav"), RATE), 0.5 * FOREIGN[:, 0], atol=1e-6)
    wavfile.write(tmp_path / "slow.wav", 16_000, np.sin(np.arange(16_000) / 3).astype(np.float32))
    with pytest.warns(UserWarning, match="slow.wav: 16000 samples per second reach 8000 Hz; the bands above stay emp"):
        song_spectrogram(file=tmp_path / "slow.wav")
    made = npz(S=np.ones((3, 4)), frame_dt=0.1)(tmp_path, "c.npz")
    with pytest.raises(ValueError, match="c.npz: channel: 1 cannot go with a spectrogram"):
        song_spectrogram(file=made, channel=1)


def test_numbers_out_of_range_are_named():
    with pytest.raises(ValueError, match="channels: 0 is not a whole number"):
        song_spectrogram(channels=0)
    with pytest.raises(ValueError, match="rate: 8000 samples per second do not reach 10000 Hz"):
        spectrogram(tone(100.0, rate=8000), 8000)
    with pytest.raises(ValueError, match="period: -1 is not a positive number"):
        synthetic_song(0, -1)
    np.testing.assert_array_equal(fitted(np.ones(3), 5), [1, 1, 1, 0, 0])

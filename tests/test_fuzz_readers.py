"""Whatever a file of a user holds: one line that names the file, at once and in little memory; or sound numbers."""

from __future__ import annotations

import io
import resource
import warnings
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from fuzzing import COUNT, in_time, mutated_file
from PIL import Image
from scipy.io import savemat, wavfile

import replicortex as rx
from replicortex.readers import read_frames, read_images, read_series, read_table
from replicortex.recordings import Animal, Unit
from replicortex.recordings.sessions import mapping_of, read_session
from replicortex.spiking.movie import read_movie
from replicortex.spiking.song import song_spectrogram

pytestmark = pytest.mark.long

FILES = COUNT // 4  # mutations of each kind of file
MEGABYTES = 700  # by which all mutations of a kind may let memory grow
RNG = np.random.default_rng(0)
FRAMES = RNG.integers(1, 256, (3, 12, 16), np.uint8)
TRIALS = {"motion_coherence": [0.1, -0.1], "colour_coherence": [0.3, 0.1], "context": [1, -1], "choice": [1, -1],
          "correct": [1, 0]}  # fmt: skip
MAPPING = mapping_of({
    "align": "on", "window_ms": [0, 100], "bin_ms": 50, "columns": {name: "on" for name in TRIALS}
})  # fmt: skip


def _npz(**arrays: Any) -> Callable[[Path], None]:
    def write(path: Path) -> None:
        with path.open("wb") as file:
            np.savez_compressed(file, **arrays)

    return write


def _npy(path: Path) -> None:
    with path.open("wb") as file:
        np.save(file, RNG.random((9, 2)))


def _film(kind: str) -> Callable[[Path], None]:
    def write(path: Path) -> None:
        first, *others = (Image.fromarray(frame) for frame in FRAMES)
        made = io.BytesIO()
        first.save(made, kind, **({} if kind == "jpeg" else {"save_all": True, "append_images": others}))
        path.write_bytes(made.getvalue())

    return write


def _write_recordings(path: Path) -> None:
    units = tuple(Unit(name, RNG.poisson(2.0, (2, 9)), pd.DataFrame(TRIALS).astype(float)) for name in "ab")
    rx.recordings.write([Animal("ar", "counts", np.arange(9) * 20.0, units)], path.parent / "set")


def _part(name: str) -> Callable[[Path], None]:
    def write(path: Path) -> None:
        if not (path.parent / "set").exists():
            _write_recordings(path)
        path.write_bytes((path.parent / "set/ar" / name).read_bytes())

    return write


def _animal(name: str) -> Callable[[Path], Any]:
    """Read the animal with one of its files replaced by the mutated one."""

    def read(path: Path) -> Any:
        target = path.parent / "set/ar" / name
        intact = target.read_bytes()
        target.write_bytes(path.read_bytes())
        try:
            return np.concatenate([unit.activity for unit in rx.recordings.read(path.parent / "set")[0].units])
        except ValueError as error:  # which names the file beside it too, and its own name before it was put there
            raise ValueError(str(error).replace(str(path.parent / "set/ar"), str(path))) from None
        finally:
            target.write_bytes(intact)

    return read


def _mat(path: Path) -> None:
    units = np.empty(2, dtype=object)  # a cell array: a vector of times for each unit
    units[:] = [np.arange(3.0), np.arange(5.0)]
    with path.open("wb") as file:
        savemat(file, {"trials": {"on": [1.0, 2.0]}, "spike_times": units}, do_compression=True)


TONE = np.stack([np.sin(np.arange(2000) / 5)] * 2, axis=1)
KINDS: dict[str, tuple[Callable[[Path], None], Callable[[Path], Any]]] = {
    "wav": (lambda p: wavfile.write(p, 22_050, TONE.astype(np.float32)), lambda p: read_series(p).values),
    "wav of 16 bits": (
        lambda p: wavfile.write(p, 22_050, np.round(TONE * 30_000).astype(np.int16)),
        lambda p: song_spectrogram(0.1, file=p).frames,
    ),
    "csv": (
        lambda p: p.write_text("time_ms,x,y\n" + "".join(f"{10 * i},{i / 7},{i}\n" for i in range(20))) and None,
        lambda p: read_series(p).values,
    ),
    "npy": (_npy, lambda p: read_series(p).values),
    "npz": (_npz(values=RNG.random((9, 2)), dt=0.1, names=["a", "b"]), lambda p: read_series(p).values),
    "spectrogram": (_npz(S=RNG.random((4, 9)), frame_dt=0.01), lambda p: song_spectrogram(0.1, file=p).frames),
    "frames": (_npz(frames=FRAMES, fps=20.0), lambda p: read_movie(p, (3, 4)).frames),
    "gif": (_film("gif"), lambda p: read_movie(p, (3, 4)).frames),
    "tiff": (_film("tiff"), lambda p: read_frames(p)[0]),
    "webp": (_film("webp"), lambda p: read_frames(p)[0]),
    "png": (_film("png"), lambda p: read_frames(p)[0]),
    "jpeg": (_film("jpeg"), lambda p: read_images(p)[0].levels),
    "trials": (_part("trials.csv"), _animal("trials.csv")),
    "counts": (_part("counts.npz"), _animal("counts.npz")),
    "parquet": (lambda p: pd.DataFrame(TRIALS).to_parquet(p), lambda p: read_table(p).select_dtypes("number")),
    "matlab": (_mat, lambda p: read_session(p, MAPPING).trials["on"]),
}


@pytest.fixture(scope="module")
def contents(tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    """An intact file of each kind."""
    folder, found = tmp_path_factory.mktemp("intact"), {}
    for kind, (write, _) in KINDS.items():
        write(folder / kind)
        found[kind] = (folder / kind).read_bytes()
    return found


@pytest.mark.parametrize("kind", KINDS)
def test_mutated_files_of_users(kind: str, contents: dict[str, bytes], tmp_path: Path) -> None:
    path, outcomes = tmp_path / "a file", Counter[str]()
    if kind in ("trials", "counts"):
        _write_recordings(path)
    others = [content for name, content in contents.items() if name != kind]
    read, before = KINDS[kind][1], resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    path.write_bytes(contents[kind])
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)  # ours, of what was done to a sound
        intact = np.asarray(read(path))
    for number in range(FILES):
        content, how = mutated_file(contents[kind], others, number)
        path.write_bytes(content)
        what = f"mutation {number} of {kind}: {how}"
        with in_time(what), warnings.catch_warnings():
            warnings.simplefilter("error")
            warnings.filterwarnings("ignore", f"{path}: ", UserWarning)
            try:
                found = np.asarray(read(path), dtype=np.float64)
            except ValueError as error:
                told = str(error)
                assert told.startswith(str(path)) and "\n" not in told and len(told) < 1500, (what, told[:300])
                outcomes["refused"] += 1
                continue
        assert found.ndim == intact.ndim, what
        assert kind == "parquet" or (found.size and np.isfinite(found).all()), what  # of tables anything is read
        outcomes["read"] += 1
    assert outcomes["refused"] > 0.2 * FILES, outcomes
    grown = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
    assert grown < 1024 * MEGABYTES, f"{grown / 1024:.0f} MB"
    print(f"{FILES} mutated files of kind {kind}: {dict(outcomes)}, {grown / 1024:.0f} MB")

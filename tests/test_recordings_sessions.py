"""Sessions in NWB and MATLAB files: their trials and units by a mapping, and the one line about what does not fit."""

from __future__ import annotations

import copy
import datetime
import importlib.util
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import yaml
from scipy.io import savemat

import replicortex as rx
from replicortex.recordings import matlab, read_sessions
from replicortex.recordings.__main__ import main

needs_pynwb = pytest.mark.skipif(
    importlib.util.find_spec("pynwb") is None, reason='NWB files are written and read by pynwb: pip install "pynwb>=3"'
)
MAPPING: dict[str, Any] = {
    "align": "stim_on",
    "window_ms": [0, 200],
    "bin_ms": 50,
    "columns": {
        "motion_coherence": "motion",
        "colour_coherence": "color",
        "context": {"from": "rule", "values": {"motion": 1, "color": -1}},
        "choice": {"from": "side", "values": {"left": 1, "right": -1}},
        "correct": "correct",
    },
    "trials": {"aborted": [0]},
    "units": {"quality": ["good", "fair"]},
}
TRIALS: dict[str, list[Any]] = {
    "stim_on": [1.0, 2.0, float("nan"), 3.0],
    "motion": [0.1, -0.2, 0.3, 0.4],
    "color": [-0.1, 0.2, 0.3, -0.4],
    "rule": ["motion", "color", "motion", "color"],
    "side": ["left", "right", "left", "right"],
    "correct": [1, 0, 1, 1],
    "aborted": [0, 0, 1, 0],
}
# spikes in s by bins of 50 ms of the trials that are kept, and outside of them
UNITS: list[dict[str, Any]] = [
    {"spikes": [0.99, 1.01, 1.02, 1.17, 2.06, 2.24, 3.01], "quality": "good", "observed": None},
    {"spikes": [3.12, 2.01], "quality": "fair", "observed": [[1.5, 9.0]]},
    {"spikes": [1.01], "quality": "noise", "observed": None},
]
COUNTS = [[[2, 0, 0, 1], [0, 1, 0, 0], [1, 0, 0, 0]], [[1, 0, 0, 0], [0, 0, 1, 0]]]


def write_nwb(path: Path, trials: dict[str, list[Any]] = TRIALS, units: list[dict[str, Any]] = UNITS) -> None:
    from pynwb import NWBHDF5IO, NWBFile

    began = datetime.datetime(2026, 1, 1, tzinfo=datetime.UTC)
    file = NWBFile(session_description="a test", identifier="one", session_start_time=began)
    for column in trials:
        file.add_trial_column(column, column)
    for values in zip(*trials.values(), strict=True):
        start = values[0] if np.isfinite(values[0]) else 0.0
        file.add_trial(start_time=start, stop_time=start + 0.3, **dict(zip(trials, values, strict=True)))
    if units:
        file.add_unit_column("quality", "as sorted")
    for unit in units:
        there = {"obs_intervals": unit["observed"] or [[0.0, 99.0]]}
        file.add_unit(spike_times=sorted(unit["spikes"]), quality=unit["quality"], **there)
    with NWBHDF5IO(path, "w") as io:
        io.write(file)


def write_mat(path: Path, trials: dict[str, list[Any]] = TRIALS, units: list[dict[str, Any]] = UNITS) -> None:
    spikes = np.empty(len(units), dtype=object)
    for number, unit in enumerate(units):
        spikes[number] = np.array(unit["spikes"])
    texts = {
        name: np.array(values, object) if isinstance(values[0], str) else values for name, values in trials.items()
    }
    facts = {"quality": np.array([unit["quality"] for unit in units], object)}
    with path.open("wb") as file:
        savemat(file, {"trials": texts, "spike_times": spikes, "units": facts}, do_compression=True, oned_as="column")


def changed(place: str, value: Any) -> dict[str, Any]:
    """The mapping with something else at a dotted place; None takes it away."""
    made = copy.deepcopy(MAPPING)
    *above, key = place.split(".")
    section = made
    for name in above:
        section = section[name]
    section[key] = value
    if value is None:
        del section[key]
    return made


@needs_pynwb
def test_sessions_in_nwb_become_an_animal(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write_nwb(tmp_path / "monday.nwb")
    write_nwb(tmp_path / "tuesday.nwb")
    (tmp_path / "mapping.yaml").write_text(yaml.dump(MAPPING))
    found = read_sessions(tmp_path / "monday.nwb", tmp_path / "mapping.yaml", "ar")
    assert found.name == "ar" and found.quantity == "counts" and found.time_ms.tolist() == [25, 75, 125, 175]
    assert [unit.name for unit in found.units] == ["0", "1"]  # the third is not good enough
    assert [unit.activity.tolist() for unit in found.units] == COUNTS  # the second was not recorded in trial 0
    assert found.units[0].trials["context"].tolist() == [1, -1, -1]
    assert found.units[1].trials["choice"].tolist() == [-1, -1]
    assert found.units[1].trials["motion_coherence"].tolist() == [-0.2, 0.4]
    sessions = [str(tmp_path / f"{day}.nwb") for day in ("monday", "tuesday")]
    given = ["--mapping", str(tmp_path / "mapping.yaml"), "--animal", "ar", "--output", str(tmp_path / "recordings")]
    assert main(["convert", *sessions, *given]) == 0
    assert "recordings/ar: 4 units" in capsys.readouterr().out
    (again,) = rx.recordings.read(tmp_path / "recordings")
    assert [unit.name for unit in again.units] == ["monday-0", "monday-1", "tuesday-0", "tuesday-1"]
    assert again.units[3].activity.tolist() == COUNTS[1]


def test_sessions_in_matlab_files_become_an_animal(tmp_path: Path) -> None:
    write_mat(tmp_path / "a.dat")  # a name decides nothing
    found = read_sessions(tmp_path / "a.dat", MAPPING, "ar")
    assert [unit.name for unit in found.units] == ["u1", "u2"]
    assert found.units[0].activity.tolist() == COUNTS[0]
    assert found.units[1].activity.tolist() == [[0, 0, 0, 0], *COUNTS[1]]  # this form does not say when it was recorded
    assert found.units[0].trials["context"].tolist() == [1, -1, -1]
    rx.recordings.write([found], tmp_path / "recordings")


def test_a_matlab_file_of_one_unit_has_one_unit(tmp_path: Path) -> None:
    write_mat(tmp_path / "one.mat", units=UNITS[:1])
    (unit,) = read_sessions(tmp_path / "one.mat", MAPPING, "ar").units
    assert unit.name == "u1" and unit.activity.tolist() == COUNTS[0]
    savemat(tmp_path / "plain.mat", {"trials": {"stim": [1.0, 2.0]}, "spike_times": [0.9, 1.2, 3.6]})
    with pytest.raises(ValueError, match=r"plain.mat: spike_times is not a cell array with a vector of times"):
        matlab.read_mat(tmp_path / "plain.mat", ("stim",), ())


BAD_MAPPINGS: dict[str, tuple[dict[str, Any], str]] = {
    "missing": (changed("align", None), "mapping: lacks 'align'; a mapping has align, window_ms, bin_ms, columns"),
    "unknown": (changed("aligned", 1), "mapping: 'aligned' is not one of .*did you mean 'align'"),
    "align": (changed("align", 5), "mapping: align: 5 is not the name of a column"),
    "window": (changed("window_ms", [0]), r"mapping: window_ms: \[0\] is not \[first, last\] in ms"),
    "no number": (changed("bin_ms", "50"), r"mapping: bin_ms: .* is not a number of ms"),
    "bins": (changed("bin_ms", 33), r"window_ms: \[0, 200\] is not a whole number, 2 or more, of bins of 33"),
    "negative": (changed("bin_ms", -50), "of bins of -50"),
    "column": (changed("columns.side", "side"), "mapping: columns: 'side' is not one of motion_coherence"),
    "left out": (changed("columns.choice", None), "mapping: columns: lacks 'choice'"),
    "source": (changed("columns.choice", 3), "mapping: columns.choice: 3 is not a mapping"),
    "parts": (changed("columns.choice", {"form": "side"}), "columns.choice: .* is not the name of a column, nor"),
    "values": (changed("columns.choice", {"from": "side", "values": {"left": "x"}}), "not a mapping to numbers"),
    "their name": (changed("columns.choice", "sides"), "a.mat: field of 'trials': 'sides' is not one of .*did you"),
    "their value": (
        changed("columns.choice", {"from": "side", "values": {"left": 1}}),
        "a.mat: trial 1, column 'side': 'right' is not one of 'left'",
    ),
    "not a number": (changed("trials", {}), "a.mat: trial 2, column 'stim_on': nan is not a finite number; .*leave"),
    "text": (changed("columns.choice", "side"), "a.mat: trial 0, column 'side': 'left' is not a finite number; transl"),
    "no trials": (changed("trials.aborted", 7), "a.mat: no trials are left of 4; see the mapping's 'trials'"),
    "no units": (changed("units.quality", "best"), "a.mat: no units are left of 3; see the mapping's 'units'"),
    "seconds": (
        changed("window_ms", [0, 0.2]) | {"bin_ms": 0.05},
        "window_ms: 0.2 ms long, not 20 to 60000; is it in ms",
    ),
    "units": (changed("units", {"depth": 1}), "a.mat: field of 'units': 'depth' is not one of quality"),
}


@pytest.mark.parametrize("case", BAD_MAPPINGS)
def test_what_a_mapping_lacks_is_said_in_one_line(case: str, tmp_path: Path) -> None:
    mapping, message = BAD_MAPPINGS[case]
    write_mat(tmp_path / "a.mat")
    with pytest.raises(ValueError, match=message) as error:
        read_sessions(tmp_path / "a.mat", mapping, "ar")
    assert "\n" not in str(error.value)


def mat(**variables: Any) -> Callable[[Path], None]:
    return lambda path: savemat(path, variables)


def cut(path: Path) -> None:
    write_mat(path)
    path.write_bytes(path.read_bytes()[:-300])


def bomb(path: Path) -> None:
    packed = zlib.compress(bytes(2**20))
    head = b"MATLAB 5.0 MAT-file".ljust(124) + b"\x00\x01IM"
    path.write_bytes(head + np.array([15, len(packed)], "<u4").tobytes() + packed)


FEW = {"trials": {name: values[:2] for name, values in TRIALS.items()}}
BAD_FILES: dict[str, tuple[Callable[[Path], Any], str]] = {
    "text": (lambda path: path.write_text("a session"), "not a readable session .it is text.; a session is an NWB"),
    "7.3": (lambda path: path.write_bytes(b"MATLAB 7.3 MAT-file" + bytes(600)), "version 7.3.; save it .* '-v7'"),
    "cut": (cut, "a.mat: not a readable MATLAB file"),
    "no trials": (mat(spike_times=np.zeros(2)), "a.mat: lacks the variable 'trials'"),
    "no struct": (mat(trials=np.zeros(2), spike_times=np.zeros(2)), "field of 'trials': 'stim_on' is not one of .noth"),
    "no times": (mat(**FEW, spike_times=np.array(["a", 1.0], object)), r"spike_times\{1\} is not a vector of finite"),
    "lengths": (
        mat(trials={**FEW["trials"], "motion": [1.0, 2.0, 3.0]}, spike_times=np.zeros(2)),
        r"trials.motion of shape \(3,\) has not one value for each of 2",
    ),
    "bomb": (bomb, "it unpacks to more than 1,000 numbers"),
}


@pytest.mark.parametrize("case", BAD_FILES)
def test_other_files_are_refused_in_one_line(case: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    make, message = BAD_FILES[case]
    monkeypatch.setattr(matlab, "MOST", 1000)
    make(tmp_path / "a.mat")
    with pytest.raises(ValueError, match=message) as error:
        read_sessions(tmp_path / "a.mat", MAPPING, "ar")
    assert str(tmp_path / "a.mat") in str(error.value) and "\n" not in str(error.value)


def in_ms(units: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [{**unit, "spikes": [1000 * time for time in unit["spikes"]]} for unit in units]


def test_spikes_and_trials_are_on_one_clock(tmp_path: Path) -> None:
    stamps = {**TRIALS, "stim_on": [1000 * time for time in TRIALS["stim_on"]]}
    for name, trials, units in (("a", TRIALS, in_ms(UNITS)), ("b", stamps, UNITS)):
        write_mat(tmp_path / name, trials, units)
        with pytest.raises(ValueError, match=r"0.00% of the spikes lie in the time of the trials, .*give both in s of"):
            read_sessions(tmp_path / name, MAPPING, "ar")
    write_mat(tmp_path / "c", TRIALS, [{**unit, "spikes": []} for unit in UNITS])  # silence is no mistake
    assert not np.any(read_sessions(tmp_path / "c", MAPPING, "ar").units[0].activity)


@needs_pynwb
def test_nwb_files_that_do_not_fit(tmp_path: Path) -> None:
    path = tmp_path / "a.nwb"
    write_nwb(path)
    with pytest.raises(ValueError, match=r"a\.nwb: column of the trials: 'sides' is not one of .*did you mean 'side'"):
        read_sessions(path, changed("columns.choice", "sides"), "ar")
    with pytest.raises(ValueError, match=r"a\.nwb: column of the units: 'depth' is not one of"):
        read_sessions(path, changed("units", {"depth": 1}), "ar")
    content = path.read_bytes()
    path.write_bytes(content[: len(content) // 2])
    with pytest.raises(ValueError, match=r"a\.nwb: not a readable NWB file .*; check it with") as error:
        read_sessions(path, MAPPING, "ar")
    assert "\n" not in str(error.value)
    path.unlink()
    write_nwb(path, units=[])
    with pytest.raises(ValueError, match=r"a\.nwb: has no table of units"):
        read_sessions(path, MAPPING, "ar")
    path.unlink()
    write_nwb(path, units=[{**UNITS[0], "spikes": [1.0, float("nan")]}])
    with pytest.raises(ValueError, match=r"a\.nwb: unit '0': a time of a spike is not a finite number"):
        read_sessions(path, MAPPING, "ar")
    path.unlink()
    late = [{**UNITS[0], "observed": [[50.0, 60.0]]}, UNITS[1]]
    write_nwb(path, units=late)
    with pytest.warns(UserWarning, match=r"a\.nwb: units 0 were recorded in none of the trials"):
        assert [unit.name for unit in read_sessions(path, MAPPING, "ar").units] == ["1"]


def test_two_sessions_of_one_name_are_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="ar: two sessions are called 'a'"):
        read_sessions([tmp_path / "one/a.mat", tmp_path / "two/a.mat"], MAPPING, "ar")

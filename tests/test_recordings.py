"""Recordings: files, errors that name the place, the analysis, and units found again in simulated data."""

from __future__ import annotations

import math
from dataclasses import replace
from itertools import product

import numpy as np
import pandas as pd
import pytest
from analysis_networks import context_network, random_network
from whole_config import whole_config

import replicortex as rx
from replicortex.analysis import conditions
from replicortex.analysis.common import coding_of
from replicortex.networks.files import save_ensemble
from replicortex.recordings import Animal, Unit
from replicortex.recordings.__main__ import main

TIME = np.arange(10, 210, 20.0)
CELLS = list(product((1, -1), repeat=3))  # context, sign of motion, sign of colour


def unit(name: str = "u1", n: int = 24, seed: int = 0, counts: bool = True) -> Unit:
    """Trials that go round the eight combinations of context and signs, with activity that depends on nothing."""
    rng = np.random.default_rng(seed)
    context, motion, colour = np.array([CELLS[i % 8] for i in range(n)]).T
    size = rng.choice([0.05, 0.15, 0.5], (2, n))
    trials = {"motion_coherence": motion * size[0], "colour_coherence": colour * size[1], "context": context}
    choice = np.where(context == 1, motion, colour)
    frame = pd.DataFrame({**trials, "choice": choice, "correct": (rng.random(n) < 0.9).astype(int)}).astype(float)
    activity = rng.poisson(2.0, (n, len(TIME))) if counts else rng.random((n, len(TIME)))
    return Unit(name, activity.astype(float), frame)


def animal(name: str = "ar", quantity: str = "counts") -> Animal:
    return Animal(name, quantity, TIME, (unit("u1"), unit("007", 16, 1, quantity == "counts")))


@pytest.mark.parametrize("quantity", ["counts", "rates"])
def test_what_is_written_is_read(tmp_path, quantity):
    made = [animal("fe", quantity), animal("ar", quantity)]
    assert [folder.name for folder in rx.recordings.write(made, tmp_path)] == ["fe", "ar"]
    (tmp_path / "notes.txt").write_text("passed over")
    (tmp_path / ".hidden").mkdir()
    found = rx.recordings.read(tmp_path)
    assert [each.name for each in found] == ["ar", "fe"]
    assert found[0].quantity == quantity and found[0].bin_ms == 20
    np.testing.assert_array_equal(found[0].time_ms, TIME)
    for before, after in zip(made[1].units, found[0].units, strict=True):
        assert before.name == after.name
        np.testing.assert_allclose(after.activity, before.activity, rtol=0 if quantity == "counts" else 1e-7)
        pd.testing.assert_frame_equal(after.trials, before.trials)
    with pytest.raises(FileExistsError):
        rx.recordings.write(made, tmp_path)


def test_trials_may_be_parquet_and_in_any_order(tmp_path):
    (folder,) = rx.recordings.write([animal()], tmp_path)
    before = rx.recordings.read(tmp_path)[0]
    table = pd.read_csv(folder / "trials.csv", dtype={"unit": str})
    (folder / "trials.csv").unlink()
    table.sample(frac=1, random_state=0).to_parquet(folder / "trials.parquet")
    after = {each.name: each for each in rx.recordings.read(tmp_path)[0].units}
    for each in before.units:
        pd.testing.assert_frame_equal(after[each.name].trials, each.trials)


def edit(column: str, value: object):
    """Change one value of the second trial of the first unit."""

    def change(folder):
        table = pd.read_csv(folder / "trials.csv", dtype=str)
        table.loc[1, column] = value
        table.to_csv(folder / "trials.csv", index=False)

    return change


def arrays(**changed: object):
    """Replace arrays of the archive; None drops one."""

    def change(folder):
        kept = dict(np.load(folder / "counts.npz")) | changed
        np.savez(folder / "counts.npz", **{name: value for name, value in kept.items() if value is not None})

    return change


def without(column: str):
    return lambda folder: pd.read_csv(folder / "trials.csv").drop(columns=column).to_csv(folder / "trials.csv")


def put(name: str, content: str):
    return lambda folder: (folder / name).write_text(content)


def damage(path):
    """Zeros in the middle of a file."""
    content = path.read_bytes()
    middle = len(content) // 2
    path.write_bytes(content[: middle - 60] + bytes(120) + content[middle + 60 :])


def bad_parquet(folder):
    pd.read_csv(folder / "trials.csv").to_parquet(folder / "trials.parquet")
    (folder / "trials.csv").unlink()
    damage(folder / "trials.parquet")


SPIKES = np.ones((24, 10))
BROKEN = {
    "no table": (lambda f: (f / "trials.csv").unlink(), "ar: no trials.csv or trials.parquet"),
    "two archives": (lambda f: np.savez(f / "rates.npz"), "ar: more than one of counts.npz or rates.npz"),
    "NWB in its place": (
        lambda f: (f / "trials.csv").rename(f / "a.nwb"),
        "ar: no trials.csv or trials.parquet; .*python -m replicortex.recordings convert",
    ),
    "no archive": (lambda f: (f / "counts.npz").unlink(), "ar: no counts.npz or rates.npz"),
    "torn table": (lambda f: (f / "trials.csv").write_text(""), "trials.csv: not a readable table"),
    "torn archive": (lambda f: (f / "counts.npz").write_bytes(b"PK"), "counts.npz: not a readable archive"),
    "column": (without("choice"), "trials.csv: lacks a column: 'choice' is not one of"),
    "no rows": (lambda f: (f / "trials.csv").write_text((f / "trials.csv").read_text().split("\n")[0]), "has no rows"),
    "context": (edit("context", "0"), "unit 'u1', trial 1, column 'context': 0 is not 1 or -1"),
    "coherence": (
        edit("motion_coherence", "0"),
        "trial 1, column 'motion_coherence': .*0.* is not a number",
    ),
    "text": (edit("colour_coherence", "high"), "unit 'u1', trial 1, column 'colour_coherence': 'high' is not a number"),
    "hole": (edit("correct", ""), "trial 1, column 'correct': nan is not 0 or 1"),
    "choice": (edit("choice", "2"), "column 'choice': .*2.* is not 1 or -1"),
    "number": (edit("trial", "1.5"), "unit 'u1', column 'trial': .*1.5.* is not a whole number from 0 on"),
    "twice": (edit("trial", "0"), "unit 'u1', column 'trial': found 0 where 1 was expected"),
    "unit": (edit("unit", "u9"), "trials.csv: unit 'u9' is not in counts.npz"),
    "extra": (arrays(u5=SPIKES), "counts.npz: unit 'u5' is not in trials.csv"),
    "shape": (arrays(u1=SPIKES[:5]), r"unit 'u1': shape \(5, 10\), expected \(trial, time\) = \(24, 10\)"),
    "half a spike": (arrays(u1=SPIKES / 2), "unit 'u1', trial 0, time 0: 0.5 is not a whole number of spikes"),
    "negative": (arrays(u1=-SPIKES), "unit 'u1', trial 0, time 0: -1 is not a whole number"),
    "not a number": (arrays(u1=SPIKES * np.nan), "unit 'u1', trial 0, time 0: nan is not"),
    "words": (arrays(u1=np.array([["a"] * 10] * 24)), "unit 'u1': an array of <U1 is not one of numbers"),
    "no time": (arrays(time_ms=None), "lacks 'time_ms'"),
    "time": (arrays(time_ms=TIME**2), "'time_ms' of shape .10,. is not two or more equally spaced"),
    "seconds": (arrays(time_ms=TIME / 1000), "spans 0.18 ms from 0.01 to 0.19, .* as times in seconds do; multiply"),
    "minutes": (arrays(time_ms=TIME * 1000), "spans 180000 ms from 10000 to 190000, not 20 to 60000"),
    "complex": (arrays(u1=SPIKES * 1j), "unit 'u1': an array of complex numbers .complex128. is not one of numbers"),
    "Git LFS": (put("counts.npz", "version https://git-lfs.github.com/spec/v1"), "counts.npz: .*git lfs pull"),
    "MATLAB": (put("counts.npz", "MATLAB 5.0 MAT-file"), "counts.npz: .*MATLAB file .*docs/recordings.md"),
    "semicolons": (put("trials.csv", "unit;trial"), "trials.csv: its columns are separated by semicolons; save it as"),
    "row of commas": (lambda f: (f / "trials.csv").open("a").write(",,,,,,"), "row 40 after the header holds noth"),
    "nameless": (edit("unit", ""), "trials.csv: row 1, column 'unit': is missing"),
    "damaged parquet": (bad_parquet, "trials.parquet: not a readable table"),
    "damaged archive": (lambda f: damage(f / "counts.npz"), "counts.npz: not a readable archive of arrays"),
}


@pytest.mark.parametrize("name", BROKEN)
def test_what_is_wrong_is_named_with_its_place(tmp_path, name):
    (folder,) = rx.recordings.write([animal()], tmp_path)
    breaking, told = BROKEN[name]
    breaking(folder)
    with pytest.raises(ValueError, match=told) as error:
        rx.recordings.read(tmp_path)
    assert str(folder) in str(error.value) and "\n" not in str(error.value)


def changed(**changes):
    """The animal of the tests with something else about its first unit."""
    whole = animal()
    first = replace(whole.units[0], **changes)
    return replace(whole, units=(first, *whole.units[1:]))


ODD_TRIALS = unit().trials.assign(day=1.0)
UNWRITABLE = {
    "name of the time": (changed(name="time_ms"), "'time_ms' is the name of two arrays"),
    "name of another": (changed(name="007"), "'007' is the name of two arrays"),
    "no name": (changed(name=""), "column 'unit': is missing"),
    "name of a computer's file": (changed(name="._x"), "'._x' is a name that computers give"),
    "half spikes": (changed(activity=SPIKES / 2), "unit 'u1', trial 0, time 0: 0.5 is not a whole number"),
    "not a number": (changed(activity=SPIKES * np.nan), "unit 'u1', trial 0, time 0: nan is not a whole"),
    "choice": (changed(trials=unit().trials.assign(choice=1.5)), "unit 'u1': its trials would be read as others"),
    "column": (changed(trials=ODD_TRIALS), "unit 'u1': trials have a column too many: 'day'"),
    "rates as counts": (
        changed(activity=SPIKES + 200.0),
        "unit 'u1', trial .*spikes per second on average, not up to 5000",
    ),
    "seconds": (replace(animal(), time_ms=TIME / 1000), "'time_ms' spans 0.18 ms"),
    "rates": (replace(animal(), quantity="spikes"), "quantity: 'spikes' is not one of counts, rates"),
    "path": (replace(animal(), name="../ar"), "animal '../ar' is not the name of a file in a folder"),
}


@pytest.mark.parametrize("case", UNWRITABLE)
def test_what_cannot_be_read_again_is_not_written(tmp_path, case):
    made, message = UNWRITABLE[case]
    with pytest.raises(ValueError, match=message) as error:
        rx.recordings.write([made], tmp_path / "here")
    assert "\n" not in str(error.value) and not list(tmp_path.glob("here/*"))


@pytest.mark.parametrize("name", ["7", "NA", "nan", "None", "true", "1e3", "a,b", 'a"b', "a b ", "é", "file", "a/b"])
def test_units_of_any_name_come_back(tmp_path, name):
    rx.recordings.write([changed(name=name)], tmp_path)
    assert [each.name for each in rx.recordings.read(tmp_path)[0].units] == [name, "007"]
    with pytest.raises(FileExistsError, match="is there already"):
        rx.recordings.write([animal()], tmp_path)


def test_what_macos_adds_to_a_data_set_is_passed_over(tmp_path):
    rx.recordings.write([animal()], tmp_path)
    (tmp_path / "__MACOSX" / "ar").mkdir(parents=True)
    assert len(rx.recordings.read(tmp_path)) == 1


def test_a_data_set_is_a_folder_with_animals(tmp_path):
    with pytest.raises(ValueError, match="nowhere: no such folder; it holds one per animal"):
        rx.recordings.read(tmp_path / "nowhere")
    with pytest.raises(ValueError, match="no folder in it"):
        rx.recordings.read(tmp_path)
    rx.recordings.write([animal()], tmp_path)
    with pytest.raises(ValueError, match=f"these are the files of one: name the folder above, {tmp_path}"):
        rx.recordings.read(tmp_path / "ar")
    (tmp_path / "fe").symlink_to("annex/fe")
    with pytest.raises(ValueError, match="fe: a link to annex/fe, which is not there; fetch it, or remove the link"):
        rx.recordings.read(tmp_path)
    (tmp_path / "file").touch()
    with pytest.raises(ValueError, match="file: not a folder"):
        rx.recordings.read(tmp_path / "file")


def expected_ftv(each: Unit, kept: np.ndarray | None = None) -> float:
    """The fractional task variance by plain loops."""
    kept = np.full(len(each.trials), True) if kept is None else kept
    variance = {}
    for context in (1, -1):
        means = []
        for motion, colour in product((1, -1), repeat=2):
            rows = [
                activity
                for activity, trial, keep in zip(each.activity, each.trials.itertuples(), kept, strict=True)
                if keep
                and trial.context == context
                and trial.motion_coherence * motion > 0
                and trial.colour_coherence * colour > 0
            ]
            means.append(np.mean(rows, axis=0))
        variance[context] = np.mean([np.var(at_time) for at_time in zip(*means, strict=True)])
    return (variance[1] - variance[-1]) / (variance[1] + variance[-1])


def test_ftv_of_recorded_units_is_that_of_plain_loops():
    rates = animal(quantity="rates")
    table = rx.analysis.recordings_table([rates], np.random.default_rng(0), shuffles=0)
    assert table["unit"].tolist() == ["u1", "007"] and set(table["kind"]) == {"recorded"}
    np.testing.assert_allclose(table["ftv"], [expected_ftv(each) for each in rates.units])
    right = rx.analysis.recordings_table([rates], np.random.default_rng(0), shuffles=0, correct_only=True)
    expected = [expected_ftv(each, each.trials["correct"].to_numpy() == 1) for each in rates.units]
    np.testing.assert_allclose(right["ftv"], expected)
    assert not np.allclose(right["ftv"], table["ftv"])


def test_counts_are_smoothed_and_rates_are_not():
    counts = animal()
    plain, smooth = (
        rx.analysis.recordings_table([counts], np.random.default_rng(0), shuffles=0, smoothing_ms=width)["ftv"]
        for width in (None, 40.0)
    )
    np.testing.assert_allclose(plain, [expected_ftv(each) for each in counts.units])
    blurred = []
    for each in counts.units:
        kernel = np.exp(-0.5 * (np.arange(-8, 9) / 2) ** 2)  # two bins of 20 ms
        padded = np.pad(each.activity, ((0, 0), (8, 8)), mode="edge")
        rates = np.array([np.convolve(row, kernel / kernel.sum(), mode="valid") for row in padded])
        blurred.append(expected_ftv(Unit(each.name, rates, each.trials)))
    np.testing.assert_allclose(smooth, blurred, rtol=1e-6)
    rates = Animal("ar", "rates", TIME, counts.units)
    same = rx.analysis.recordings_table([rates], np.random.default_rng(0), shuffles=0)["ftv"]
    np.testing.assert_allclose(same, plain)


def test_shuffles_deal_the_same_trials_to_other_conditions():
    selective = unit(n=160)
    motion_context = selective.trials["context"].to_numpy() == 1
    signal = motion_context * np.sign(selective.trials["motion_coherence"].to_numpy())
    strong = Unit("m", 5 + 3 * signal[:, None] + np.zeros(len(TIME)), selective.trials)
    made = Animal("ar", "rates", TIME, (strong,))
    table = rx.analysis.recordings_table([made], np.random.default_rng(0), shuffles=200)
    recorded, shuffled = (table.loc[table["kind"] == kind, "ftv"] for kind in ("recorded", "shuffled"))
    assert recorded.tolist() == [1.0]
    assert table.query("kind == 'shuffled'")["shuffle"].tolist() == list(range(200))
    assert abs(shuffled.mean()) < 0.15 and (shuffled < 0).mean() > 0.35


def test_a_unit_that_lacks_a_condition_or_never_fires_has_no_ftv():
    lacking, silent = unit("u1"), unit("u2")
    kept = ~((lacking.trials["context"] == 1) & (lacking.trials["motion_coherence"] > 0))
    lacking = Unit("u1", lacking.activity[kept], lacking.trials[kept].reset_index(drop=True))
    silent = Unit("u2", 0 * silent.activity, silent.trials)
    table = rx.analysis.recordings_table([Animal("ar", "counts", TIME, (lacking, silent))], np.random.default_rng(0))
    assert len(table) == 22 and table.loc[table["kind"] == "recorded", "ftv"].isna().all()


def test_without_recordings_the_table_has_columns_and_no_rows(tmp_path):
    table = rx.analysis.measure_recordings([])["recordings_ftv"]
    assert list(table.columns) == ["animal", "unit", "kind", "shuffle", "ftv"] and table.empty
    filled = rx.analysis.measure_recordings([animal()], shuffles=2)["recordings_ftv"]
    assert (table.dtypes == filled.dtypes).all() and len(filled) == 6
    table.to_parquet(tmp_path / "empty.parquet")
    assert list(pd.read_parquet(tmp_path / "empty.parquet").columns) == list(table.columns)


def test_shuffles_of_an_animal_do_not_depend_on_the_others():
    one, two = animal("ar"), animal("fe")
    both = rx.analysis.measure_recordings([one, two])["recordings_ftv"].query("animal == 'fe'").reset_index(drop=True)
    pd.testing.assert_frame_equal(both, rx.analysis.measure_recordings([two])["recordings_ftv"])


def test_variance_over_conditions_of_a_network_is_that_of_plain_loops():
    net = random_network(6)
    table = rx.analysis.condition_variance(net, np.random.default_rng(3))
    rng, coding, expected = np.random.default_rng(3), coding_of(net), np.zeros((2, 6))
    for row, task in enumerate(("contextdm1", "contextdm2")):
        for k in range(12):
            trial, (direction, first, second) = conditions.context_trials(
                task, np.array([2 * math.pi * k / 12]), rng, coding
            )
            assert trial.x.shape[1] == 36 and (direction == 2 * math.pi * k / 12).all()
            start, stop = trial.epochs["stim1"]
            assert stop - start == 40
            rates = net.run(trial.x).rates[0, start + 1 : stop : 2].astype(float)
            means = [rates[:, (first * a > 0) & (second * b > 0)].mean(axis=1) for a, b in product((1, -1), repeat=2)]
            expected[row] += np.var(means, axis=0).mean(axis=0) / 12
    np.testing.assert_allclose(table[["variance_1", "variance_2"]].to_numpy().T, expected, rtol=1e-4)


def test_strengths_of_a_trial_follow_its_coherences():
    trial, (_, first, second) = conditions.context_trials(
        "contextdm2", np.array([0.0]), np.random.default_rng(0), rx.tasks.Coding()
    )
    assert sorted(set(first)) == pytest.approx([-0.25, -0.075, -0.025, 0.025, 0.075, 0.25])
    shown = trial.conditions
    for modality, coherence in ((1, first), (2, second)):
        np.testing.assert_allclose(shown[f"strength_1_mod{modality}"], 1 + coherence)
        np.testing.assert_allclose(shown[f"strength_2_mod{modality}"], 1 - coherence)


def test_the_configuration_names_the_recordings(tmp_path):
    base = whole_config()
    assert rx.load_config(base).recordings is None
    rx.recordings.write([animal()], tmp_path / "set")
    study = rx.load_config({**base, "recordings": str(tmp_path / "set")})
    assert study.recordings == tmp_path / "set"
    files = rx.recordings.data_files(study.recordings)
    assert [file.name for file in files] == ["trials.csv", "counts.npz"]
    with pytest.raises(rx.errors.ConfigError, match="config.yaml: recordings: .*nowhere: no such folder"):
        rx.load_config({**base, "recordings": str(tmp_path / "nowhere")})
    files[1].unlink()
    with pytest.raises(rx.errors.ConfigError, match="recordings: .*ar: no counts.npz or rates.npz"):
        rx.load_config({**base, "recordings": str(tmp_path / "set")})
    with pytest.raises(rx.errors.ConfigError, match="recordings: 7"):
        rx.load_config({**base, "recordings": 7})


def test_the_command_line_checks_and_simulates(tmp_path, capsys):
    rx.recordings.write([animal()], tmp_path / "set")
    assert main(["check", str(tmp_path / "set")]) == 0
    assert capsys.readouterr().out == "ar: 2 units (counts, 10 bins of 20 ms), 16 to 24 trials each\n"
    edit("context", "0")(tmp_path / "set" / "ar")
    assert main(["check", str(tmp_path / "set")]) == 1
    assert capsys.readouterr().err.endswith("trial 1, column 'context': 0 is not 1 or -1\n")
    save_ensemble(tmp_path / "net.safetensors", context_network())
    call = ["simulate", str(tmp_path / "net.safetensors"), "--output", str(tmp_path / "made"), "--repetitions", "1"]
    assert main(call) == 0 and "96 units" in capsys.readouterr().out
    (made,) = rx.recordings.read(tmp_path / "made")
    truth = pd.read_csv(tmp_path / "made" / made.name / "truth.csv")
    assert truth["unit"].tolist() == [each.name for each in made.units] and truth["ftv"].between(-1, 1).all()
    assert main(call) == 1 and "is there already" in capsys.readouterr().err  # nothing is written over

"""Status files of trainings, and the table made of them."""

import json
import os
import subprocess
import sys
import threading
import time

import pytest
from rich.console import Console

from replicortex.progress import (
    TrainingStatus,
    complaints,
    duration,
    main,
    read_all,
    read_status,
    summary,
    table,
    write_status,
)


@pytest.fixture
def folder(tmp_path):
    """Five networks: running, finished, failed, and one without news for ten minutes."""
    root, now = tmp_path / "laptop", time.time()

    def write(label, **news):
        return write_status(root / "progress" / "reference" / f"{label}.json", trials_total=1_500_000, **news)

    performance = {"min_performance": 0.42, "mean_performance": 0.71, "worst_task": "contextdm2"}
    write("seed10", trials=500_000, trials_per_s=4300.0, eta_s=232.6, **performance)
    write("seed2", trials=1_500_000, state="finished", min_performance=0.953, mean_performance=0.99)
    write("seed3", trials=64, state="failed", message="loss is NaN after 2 updates\nweights of update 1 kept")
    write("seed4", trials=700_000, trials_per_s=10.0, eta_s=1e5, updated=now - 600, host="node7")
    write("seed5", trials=1_000, trials_per_s=700.0, eta_s=3700.0)
    os.utime(root / "progress" / "reference" / "seed4.json", (now - 600, now - 600))
    return root


def rendered(statuses, width):
    console = Console(width=width, record=True, file=open(os.devnull, "w"))
    console.print(table(statuses, width=width))
    return console.export_text()


def test_write_and_read(tmp_path):
    path = tmp_path / "progress" / "tanh_gru" / "seed7.json"
    before = time.time()
    written = write_status(path, trials=5, trials_total=10, min_performance=0.5)
    assert read_status(path) == written
    assert (written.experiment, written.label, written.state) == ("tanh_gru", "seed7", "running")
    assert before <= written.updated <= time.time()
    assert written.pid == os.getpid()
    assert [p.name for p in path.parent.iterdir()] == ["seed7.json"]
    assert path.stat().st_mode & 0o777 == 0o644


def test_numbers_that_are_not_finite_become_null(tmp_path):
    path = tmp_path / "e" / "seed0.json"
    write_status(path, eta_s=float("inf"), mean_performance=float("nan"), trials_per_s=float("inf"))
    data = json.loads(path.read_text(), parse_constant=lambda name: pytest.fail(name))
    assert data["eta_s"] is None
    assert read_status(path).trials_per_s == 0.0


def test_unknown_news_are_refused(tmp_path):
    with pytest.raises(TypeError, match="trails"):
        write_status(tmp_path / "e" / "s.json", trails=5)


def test_a_failed_write_leaves_the_old_status_and_no_litter(tmp_path):
    path = tmp_path / "e" / "s.json"
    write_status(path, trials=1)
    with pytest.raises(TypeError):
        write_status(path, trials=2, message={1, 2})
    assert read_status(path).trials == 1
    assert os.listdir(path.parent) == ["s.json"]


@pytest.mark.parametrize("content", ["", "{", '{"trials": 5', "[1, 2]", "null", "\x00", "[" * 100_000, '"text"'])
def test_files_that_are_no_status(tmp_path, content):
    path = tmp_path / "progress" / "e" / "s.json"
    path.parent.mkdir(parents=True)
    path.write_text(content)
    assert read_status(path) is None
    assert read_all(tmp_path) == []
    assert read_status(tmp_path / "gone.json") is None


def test_fields_of_the_wrong_kind_fall_back(tmp_path):
    path = tmp_path / "progress" / "e" / "seed1.json"
    path.parent.mkdir(parents=True)
    odd = {
        "trials": "many",
        "eta_s": "soon",
        "worst_task": 5,
        "state": None,
        "new_field": 1,
        "trials_total": 7,
    }
    path.write_text(json.dumps(odd))
    assert read_status(path) == TrainingStatus("e", "seed1", trials_total=7)
    path.write_text('{"trials": 1' + "0" * 400 + ', "eta_s": NaN, "updated": 1e400, "trials_total": 7}')
    assert read_status(path) == TrainingStatus("e", "seed1", trials_total=7)
    path.write_text(json.dumps({"message": "a\x1b[2J\x1b]0;b\x07\nc\u202e", "label": "e\x9b1m"}))
    assert read_status(path) == TrainingStatus("e", "e?1m", message="a?[2J?]0;b? c?")
    rendered(read_all(tmp_path), 100)


def test_readers_never_see_half_a_file(tmp_path):
    path = tmp_path / "e" / "s.json"
    write_status(path, trials=0)
    done = threading.Event()

    def write():
        for i in range(300):
            write_status(path, trials=i, message="x" * 5000)
        done.set()

    writer = threading.Thread(target=write)
    writer.start()
    seen = []
    while not done.is_set():
        seen.append(read_status(path))
    writer.join()
    assert None not in seen
    assert [s.trials for s in seen] == sorted(s.trials for s in seen)


def test_all_of_a_folder_in_order_of_seeds(folder):
    (folder / "progress" / "reference" / "seed6.json").write_text('{"trials": 5')  # half-written
    (folder / "progress" / "notes.txt").write_text("something else")
    statuses = read_all(folder)
    states = {status.label: status.state for status in statuses}
    assert list(states) == ["seed2", "seed3", "seed4", "seed5", "seed10"]
    assert states == {
        "seed2": "finished",
        "seed3": "failed",
        "seed4": "stalled",
        "seed5": "running",
        "seed10": "running",
    }


def test_stalled_is_a_matter_of_age(folder):
    assert {s.label for s in read_all(folder, stalled_after=1200) if s.state == "stalled"} == set()
    later = read_all(folder, now=time.time() + 1000)
    assert {s.label for s in later if s.state == "stalled"} == {"seed4", "seed5", "seed10"}


def test_clock_of_another_machine_behind_ours(tmp_path):
    write_status(tmp_path / "progress" / "e" / "seed0.json", updated=time.time() - 3600)
    assert read_all(tmp_path)[0].state == "running"  # the file itself is fresh


def test_empty_or_missing_folder(tmp_path):
    assert read_all(tmp_path / "nothing") == []


@pytest.mark.parametrize("width", [80, 100, 140])
def test_table_fits_and_shows_what_matters(folder, width):
    text = rendered(read_all(folder), width)
    assert max(len(line) for line in text.splitlines()) <= width
    row = next(line for line in text.splitlines() if "seed10" in line)
    for shown in ("reference", "running", "500k/1.5M", "33 %", "4.3k", "3:53", "0.420"):
        assert shown in row
    assert ("█████░" in row) == (width == 140)
    finished = next(line for line in text.splitlines() if "seed2 " in line)
    assert "100 %" in finished
    assert "0.953" in finished


def test_summary_and_complaints(folder):
    statuses = read_all(folder)
    counts = "5 networks, 1 failed, 1 stalled, 2 running, 1 finished"
    assert summary(statuses) == f"{counts}, 5k trials/s, the running ones done in 1:01:40"
    lines = [line for _, line in complaints(statuses)]
    assert lines[0].startswith("reference seed3 failed on ")
    assert lines[0].endswith(": loss is NaN after 2 updates weights of update 1 kept")
    assert lines[1] == "reference seed4 stalled on node7"


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(None, ""), (-3, "0 s"), (0, "0 s"), (59.4, "59 s"), (59.6, "1:00"), (185, "3:05"), (7385, "2:03:05")],
)
def test_duration(seconds, text):
    assert duration(seconds) == text


def test_markup_in_messages_is_shown_as_it_is(tmp_path, capsys):
    write_status(tmp_path / "progress" / "e" / "s.json", state="failed", message="[bold]weights[/] of [W_rec]")
    assert main([str(tmp_path)]) == 0
    assert "[bold]weights[/] of [W_rec]" in capsys.readouterr().out


def test_command_line(folder):
    command = [sys.executable, "-m", "replicortex.progress", str(folder)]
    run = subprocess.run(command, capture_output=True, text=True, env=os.environ | {"COLUMNS": "140"}, check=True)
    assert run.stdout.startswith("5 networks, 1 failed, 1 stalled")
    assert "contextdm2" in run.stdout


def test_command_line_without_a_folder(tmp_path, capsys):
    assert main([str(tmp_path / "nothing")]) == 1
    assert "no such folder" in capsys.readouterr().err
    assert main([str(tmp_path)]) == 0
    assert "no training has written" in " ".join(capsys.readouterr().out.split())
    with pytest.raises(SystemExit):
        main([str(tmp_path), "--watch", "--interval", "0"])
    assert "--interval 0 is out of range" in capsys.readouterr().err


def test_watch_redraws_until_interrupted(folder, monkeypatch, capsys):
    naps = []

    def sleep(seconds):
        naps.append(seconds)
        write_status(folder / "progress" / "reference" / "seed99.json", trials=1)
        if len(naps) == 2:
            raise KeyboardInterrupt

    monkeypatch.setattr(time, "sleep", sleep)
    assert main([str(folder), "--watch", "--interval", "0.5"]) == 0
    assert naps == [0.5, 0.5]
    assert "6 networks" in capsys.readouterr().out


def test_without_a_folder_the_configuration_says_where_to_look(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    assert main([]) == 1
    assert "config.yaml" in capsys.readouterr().err
    text = "scale: paper\nresults: elsewhere\nschedules: {paper: {batch: 64, rate: 0.001}}\nexperiments: {one: {}}\n"
    (tmp_path / "config.yaml").write_text(text)
    for scale, arguments in (("paper", []), ("smoke", ["--scale", "smoke"])):
        (tmp_path / "elsewhere" / scale).mkdir(parents=True)
        assert main(arguments) == 0
        assert f"elsewhere/{scale}: no training" in capsys.readouterr().out
    (tmp_path / "mine.yaml").write_text("results: of mine\n")
    (tmp_path / "of mine/paper").mkdir(parents=True)
    assert main(["--configfile", "mine.yaml"]) == 0 and "of mine/paper: no training" in capsys.readouterr().out
    assert main(["--scale", "smok"]) == 1
    assert "did you mean 'smoke'" in capsys.readouterr().err
    with pytest.raises(SystemExit):
        main(["elsewhere/paper", "--scale", "smoke"])
    assert "--scale cannot go with a folder" in capsys.readouterr().err
    with pytest.raises(SystemExit):
        main(["elsewhere/paper", "--configfile", "mine.yaml"])
    assert "--configfile cannot go with a folder" in capsys.readouterr().err


def test_status_files_cannot_steer_a_terminal_or_overflow(tmp_path):
    path = tmp_path / "progress/e/s.json"
    path.parent.mkdir(parents=True)
    odd = (
        '{"message": "\\u001b[2J\\u001b]0;x\\u0007b\\u0008ad\\u009b31m", "host": '
        '"a\\u001b[31mb", "trials": %s, "eta_s": 1e300}'
    )
    path.write_text(odd % ("1" + "0" * 400))
    status = read_status(path)
    assert status.host == "a?[31mb" and status.message.isprintable() and "\x1b" not in status.message
    assert (status.trials, status.eta_s) == (0, None)
    path.write_text(odd % "-1e18")
    assert read_status(path).trials == -1e18

"""Jobs as copies of a process that has imported what they need: like a call of Python in all that a job can see."""

import json
import os
import signal
import socket
import subprocess
import sys
from contextlib import suppress
from pathlib import Path

import pytest
from faults import until

from replicortex import forkserver, preflight

ROOT = Path(__file__).resolve().parent.parent
SCRIPT = """
import json, os, sys
told = {"shared": "numpy" in sys.modules, "arguments": sys.argv[1:], "folder": os.getcwd(), "main": __name__}
told |= {"path": sys.path[0], "x": os.environ.get("X"), "parent": os.getppid(), "name": __file__}
import numpy
print(json.dumps(told))
print("to the other stream", file=sys.stderr)
"""
pytestmark = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="elsewhere jobs are started one by one")


@pytest.fixture(scope="module")
def surroundings(tmp_path_factory) -> str:
    return preflight.for_jobs(os.environ, sys.executable, ROOT / "src", tmp_path_factory.mktemp("caches"))


@pytest.fixture(scope="module")
def server(surroundings) -> str:
    path = forkserver.start(surroundings)
    assert path
    return path


@pytest.fixture
def call(server, surroundings, tmp_path, monkeypatch):
    """Calls ``python script.py ...`` as a rule does, in a folder with a blank, where the script lies."""
    place = tmp_path / "a folder"
    place.mkdir()
    monkeypatch.setenv(forkserver.VARIABLE, server)

    def begin(text: str, *arguments: str, **options) -> subprocess.Popen:
        (place / "script.py").write_text(text)
        command = ["bash", "-c", f'{surroundings} python script.py "$@"', "bash", *arguments]
        return subprocess.Popen(
            command, cwd=place, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, **options
        )

    return begin


def test_a_job_sees_what_a_call_of_python_sees(call, tmp_path, monkeypatch):
    monkeypatch.setenv("X", "1")
    answers = {}
    for way in ("first copy", "second copy", "python"):
        if way == "python":
            monkeypatch.setenv(forkserver.VARIABLE, "")
        out, err = call(SCRIPT, "a b", "--x").communicate()
        assert err == "to the other stream\n"
        answers[way] = eval(out.replace("true", "True").replace("false", "False"))
    parents = {way: answer.pop("parent") for way, answer in answers.items()}
    shared = {way: answer.pop("shared") for way, answer in answers.items()}
    assert shared == {"first copy": False, "second copy": True, "python": False}
    assert parents["first copy"] == parents["second copy"] != parents["python"]
    assert answers["first copy"] == answers["second copy"] == answers["python"]
    assert answers["python"]["arguments"] == ["a b", "--x"] and answers["python"]["x"] == "1"
    assert answers["python"]["folder"] == str(tmp_path / "a folder") and answers["python"]["main"] == "__main__"


@pytest.mark.parametrize(
    ("text", "status", "said"),
    [
        ("pass", 0, ""),
        ("import sys; sys.exit(3)", 3, ""),
        ("import sys; sys.exit('no such file')", 1, "no such file\n"),
        ("1 / 0", 1, "ZeroDivisionError: division by zero\n"),
        ("import os; os.kill(os.getpid(), 9)", -9, ""),
        ("import atexit, sys; atexit.register(print, 'at the end', file=sys.stderr)", 0, "at the end\n"),
        ("import threading, time, sys\ndef f(): time.sleep(0.2); print('late', file=sys.stderr)\n"
         "threading.Thread(target=f).start()", 0, "late\n"),
    ],
)  # fmt: skip
def test_a_job_ends_as_python_does(call, text, status, said, monkeypatch):
    for way in ("copy", "python"):
        if way == "python":
            monkeypatch.setenv(forkserver.VARIABLE, "")
        job = call(text)
        _, err = job.communicate()
        assert job.returncode in (status, 128 - status if status < 0 else status), (way, err)
        assert err.endswith(said), way


def test_no_server_and_options_of_python_are_left_to_python(call, surroundings, monkeypatch):
    told = subprocess.run(["bash", "-c", f"{surroundings} python -c 'print(2)'"], capture_output=True, text=True)
    assert told.stdout == "2\n"
    monkeypatch.setenv(forkserver.VARIABLE, "/nowhere/jobs")
    assert call("print(1)").communicate() == ("1\n", "")


WAITING = """
import os, signal, sys, time
signal.signal(signal.SIGTERM, lambda number, frame: (open("ended", "w").close(), sys.exit(130)))
open("pid", "w").write(str(os.getpid()))
time.sleep(60)
"""


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGKILL], ids=["terminated", "killed"])
def test_a_job_ends_with_its_client(call, tmp_path, number):
    job, place = call(f"{WAITING}", start_new_session=True), tmp_path / "a folder"
    assert until(lambda: (place / "pid").exists() and (place / "pid").read_text())
    os.killpg(job.pid, number)
    job.communicate()
    assert until((place / "ended").exists)
    assert until(lambda: not Path("/proc", (place / "pid").read_text()).exists())


def test_a_client_that_asks_and_leaves_ends_nothing_else(call, server, tmp_path):
    for request in (b"", b"{", json.dumps({"arguments": ["none.py"], "folder": "/", "environment": {}}).encode()):
        with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as client, open(os.devnull, "r+b") as nothing:
            client.connect(server)
            socket.send_fds(client, [len(request).to_bytes(8, "little")], [nothing.fileno()] * 3)
            with suppress(BrokenPipeError):  # the server has refused it already
                client.sendall(request)
    assert call("print(1)").communicate() == ("1\n", "")


def test_the_server_leaves_nothing_behind(tmp_path, surroundings):
    text = f"from replicortex import forkserver; print(forkserver.start({surroundings!r}))"
    told = subprocess.run([sys.executable, "-c", text], capture_output=True, text=True, cwd=tmp_path)
    assert told.returncode == 0 and not Path(told.stdout.strip()).parent.exists()

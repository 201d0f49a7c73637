"""Jobs of one call of Snakemake share what they import: each is forked from a process that has imported it already.

A script of the workflow spends seconds on importing torch, pandas and seaborn, and often less on its work. Here a
server waits, and each job is a copy of it (``fork``): what one job had to import, those after it find imported. A job
is a process of its own as ever, with its own command line, environment, folder and streams; code of replicortex is
never imported by the server, so that each job reads it anew. Where there is no server (another system than Linux, a
cluster's node, a call by hand), the script is run by Python itself.

    python -IS forkserver.py SCRIPT ARGUMENTS...     the client: a job, in its own process or as a copy of the server
    python -P forkserver.py --serve SOCKET             the server; it ends when its standard input is closed
"""

import json
import os
import signal
import socket
import sys
from contextlib import suppress
from typing import Any

VARIABLE = "REPLICORTEX_FORKSERVER"  # environment variable with the path of the server's socket
# What jobs import that takes long. A job tells which of them it had; the server imports those before the next one.
SHARED = (
    *("numpy", "yaml", "pydantic", "pandas", "pyarrow.parquet", "scipy.stats", "scipy.optimize", "scipy.signal"),
    *(
        "scipy.spatial.distance",
        "sklearn.cluster",
        "sklearn.decomposition",
        "sklearn.metrics",
        "xarray",
        "numba",
        "torch",
    ),
    *("safetensors.torch", "PIL.Image", "matplotlib.pyplot", "matplotlib.backends.backend_pdf", "seaborn", "jinja2"),
)


def start(surroundings: str) -> str:
    """Start a server that ends with this process, and return the path of its socket; "" where there can be none.

    Parameters
    ----------
    surroundings
        Shell text in front of every job, as `replicortex.preflight.for_jobs` gives it.
    """
    import atexit
    import shlex
    import subprocess
    import tempfile

    if not sys.platform.startswith("linux") or not hasattr(os, "pidfd_open"):
        return ""
    try:
        path = os.path.join(tempfile.mkdtemp(prefix="rx-"), "jobs")  # in a folder that only its owner can enter
        listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        listener.bind(path)  # fails where the path is longer than a socket's may be
        listener.listen(64)
        listener.set_inheritable(True)
        command = f"{surroundings} exec python -P {shlex.quote(os.path.abspath(__file__))} --serve {listener.fileno()}"
        # in a session of its own, so that Ctrl-C reaches jobs by their clients alone, once
        server = subprocess.Popen(
            ["bash", "-c", command],
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            close_fds=False,
            start_new_session=True,
        )
    except OSError:
        return ""
    listener.close()
    atexit.register(server.communicate)
    return path


def call(arguments: list[str]) -> None:
    """Run a script with its arguments as a copy of the server, or else in place of this process."""
    try:
        if arguments[0].startswith("-"):
            raise ValueError("an option of Python's, and no script")
        server = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        server.connect(os.environ.get(VARIABLE, ""))
        request = json.dumps({"arguments": arguments, "folder": os.getcwd(), "environment": dict(os.environ)}).encode()
        socket.send_fds(server, [len(request).to_bytes(8, "little")], [0, 1, 2])
        server.sendall(request)
        answers = server.makefile()
        pid = int(answers.readline())
    except (OSError, ValueError):
        os.execv(sys.executable, [sys.executable, *arguments])
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda number, frame: _send(pid, number))
    status = answers.readline()
    if not status:
        sys.exit("the process that jobs are copied from was killed")
    code = int(status)
    if code < 0:  # ended by a signal: end by the same
        with suppress(OSError):  # two signals cannot be handled at all
            signal.signal(-code, signal.SIG_DFL)
        os.kill(os.getpid(), -code)
    sys.exit(code)


def _send(pid: int, number: int) -> None:
    with suppress(ProcessLookupError):  # it has just ended
        os.kill(pid, number)


def serve(listener: socket.socket) -> list[str]:
    """Wait for jobs; returns in each of their processes, with the job's command line."""
    import gc
    import selectors
    import shutil

    # before NumPy or torch is loaded: a job has one core, and more threads would change the last bits
    os.environ.update(dict.fromkeys(("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS"), "1"))
    selector = selectors.DefaultSelector()
    selector.register(listener, selectors.EVENT_READ)
    selector.register(0, selectors.EVENT_READ)
    running: dict[
        int, tuple[int, socket.socket, int]
    ] = {}  # by the descriptor of a process: its number, client, report
    wanted: list[str] = []  # modules that jobs before had

    def end_all(number: int = signal.SIGTERM, frame: object = None) -> None:
        for pid, _, _ in running.values():
            _send(pid, number)

    signal.signal(signal.SIGTERM, end_all)
    while True:
        for key, _ in selector.select():
            if key.fileobj == 0:  # Snakemake has ended
                end_all()
                shutil.rmtree(os.path.dirname(listener.getsockname()), ignore_errors=True)
                sys.exit()
            elif key.fileobj is listener:
                client, _ = listener.accept()
                job = _request(client)
                if job is None:
                    continue
                for name in wanted:
                    _import(name)
                wanted.clear()
                gc.freeze()  # what is shared stays as it is, and is not copied
                told, tell = os.pipe()
                pid = os.fork()
                if pid == 0:
                    selector.close()
                    for file in (listener.detach(), client.detach(), told):
                        os.close(file)
                    for file in (file for job in running.items() for file in (job[0], job[1][1].detach(), job[1][2])):
                        os.close(file)
                    return _become(*job, tell)
                os.close(tell)
                for file in job[1]:
                    os.close(file)
                _tell(client, pid)
                handle = os.pidfd_open(pid)
                running[handle] = pid, client, told
                selector.register(handle, selectors.EVENT_READ)
                selector.register(client, selectors.EVENT_READ, handle)
            elif key.data is not None:  # a client has ended before its job, or just after it
                if key.data in running and running[key.data][1] is key.fileobj:
                    _send(running[key.data][0], signal.SIGTERM)
                    selector.unregister(key.fileobj)
            elif key.fd in running:
                pid, client, told = running.pop(key.fd)
                _, status = os.waitpid(pid, 0)
                with os.fdopen(told) as report:
                    wanted += [name for name in report.read().split() if name not in sys.modules and name not in wanted]
                with suppress(KeyError):  # it was killed
                    selector.unregister(client)
                selector.unregister(key.fd)
                os.close(key.fd)
                _tell(client, os.waitstatus_to_exitcode(status))
                client.close()


def _request(client: socket.socket) -> tuple[dict[str, Any], list[int]] | None:
    files: list[int] = []
    try:
        head, files, _, _ = socket.recv_fds(client, 8, 3)
        size, text = int.from_bytes(head, "little"), b""
        while len(text) < size and (part := client.recv(size - len(text))):
            text += part
        return json.loads(text), list(files)
    except (OSError, ValueError):
        client.close()
        for file in files:
            os.close(file)
        return None


def _tell(client: socket.socket, number: int) -> None:
    with suppress(OSError):  # it was killed
        client.sendall(b"%d\n" % number)


def _import(name: str) -> None:
    with suppress(Exception):  # what is wrong with it is for the job to say
        __import__(name)


def _become(request: dict[str, Any], files: list[int], tell: int) -> list[str]:
    """Make this copy of the server the job: its streams, signals, environment and folder."""
    import atexit

    for stream, file in enumerate(files):
        os.dup2(file, stream)
        os.close(file)
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    signal.signal(signal.SIGINT, signal.default_int_handler)
    os.environ.clear()
    os.environ.update(request["environment"])
    os.chdir(request["folder"])

    def report() -> None:
        os.write(tell, " ".join(name for name in SHARED if name in sys.modules).encode())

    atexit.register(report)
    return list(request["arguments"])


def run(script: str) -> int:
    """Run a script as Python does, and return its exit status."""
    import runpy
    import traceback

    script = os.path.abspath(script)
    sys.path.insert(0, os.path.dirname(script))
    try:
        runpy.run_path(script, run_name="__main__")
    except SystemExit as end:
        if end.code is None or isinstance(end.code, int):
            return end.code or 0
        print(end.code, file=sys.stderr)
        return 1
    except BaseException:
        traceback.print_exc()
        return 1
    return 0


def end(status: int) -> None:
    """End this process without taking apart what it has imported, which would copy all of the server's memory."""
    import atexit
    import threading

    for thread in threading.enumerate():
        if thread is not threading.current_thread() and not thread.daemon:
            thread.join()
    atexit._run_exitfuncs()
    for stream in (sys.stdout, sys.stderr):
        with suppress(OSError, ValueError):
            stream.flush()
    os._exit(status)


def main(arguments: list[str]) -> None:
    if arguments[:1] != ["--serve"]:
        call(arguments)
    sys.argv = serve(socket.socket(fileno=int(arguments[1])))
    end(run(sys.argv[0]))


if __name__ == "__main__":
    main(sys.argv[1:])

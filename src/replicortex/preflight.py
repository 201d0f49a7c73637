"""Where jobs run: what they inherit, whether results can be written, and what killed jobs and wrong clocks left."""

from __future__ import annotations

import os
import re
import shlex
import signal
import tempfile
import time
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from importlib import metadata
from pathlib import Path

from replicortex import forkserver

_SLACK = 5.0  # seconds by which clocks of machines that share a disk may differ
_LEFT_AFTER = 600.0  # seconds without a change after which a half-written file is nobody's, on other machines too
_HALF_WRITTEN = re.compile(r"\..+\.(?P<pid>\d+)\.part|\..+\.tmp")
# How variables begin that change Python, compiled code or NumPy, down to the last bits or until a job ends.
_OF_LIBRARIES = ("PYTHON", "NUMBA_", "NPY_")
# Variables by which a job's threads would all be bound to the same core, or its numbers changed in the last bits.
_OF_THREADS = (
    *("OMP_PROC_BIND", "OMP_PLACES", "GOMP_CPU_AFFINITY", "KMP_AFFINITY", "OMP_DYNAMIC", "OMP_THREAD_LIMIT"),
    *("ATEN_CPU_CAPABILITY", "ONEDNN_MAX_CPU_ISA", "MKL_ENABLE_INSTRUCTIONS", "MKL_CBWR", "OPENBLAS_CORETYPE"),
)


def for_jobs(
    environ: Mapping[str, str], python: str | Path, source: Path, caches: Path, papers: Iterable[Path] = ()
) -> str:
    """Shell text in front of every job: its environment, whatever the caller's is.

    Jobs run under the interpreter that runs Snakemake. A notebook's MPLBACKEND, a cluster's PYTHONPATH and the like are
    taken away, and caches lie below the results where the package's folder or HOME cannot be written.

    Parameters
    ----------
    environ
        The caller's.
    python
        The interpreter.
    source
        The folder that this package is imported from.
    caches
        A folder for compiled code and lists of fonts.
    papers
        Folders of papers of one's own.
    """
    given = {"MPLBACKEND": "Agg", "PYTHONNOUSERSITE": "1", "PYTHONUTF8": "1"}
    if any(entry and Path(entry).resolve() == source.resolve() for entry in environ.get("PYTHONPATH", "").split(":")):
        given["PYTHONPATH"] = str(source)
    if not os.access(source / "replicortex/spiking", os.W_OK):
        given["NUMBA_CACHE_DIR"] = str(Path(caches, "numba").absolute())
    if not os.access(os.path.expanduser("~"), os.W_OK) and "MPLCONFIGDIR" not in environ:
        given["MPLCONFIGDIR"] = str(Path(caches, "matplotlib").absolute())
    if own := [str(Path(each).absolute()) for each in papers]:
        given["REPLICORTEX_PAPERS"] = os.pathsep.join(own)
    taken = [n for n in environ if (n.startswith(_OF_LIBRARIES) or n in _OF_THREADS) and n not in given]
    unset = f"unset -v {shlex.join(sorted(taken))}; " if taken else ""
    export = shlex.join(f"{name}={value}" for name, value in given.items())
    copied = f'[ -z "${{{forkserver.VARIABLE}-}}" ] || set -- -IS {shlex.quote(forkserver.__file__)} "$@"'
    return (
        f"{unset}export {export} PATH={shlex.quote(os.path.dirname(python))}:$PATH; "
        f'python() {{ {copied}; command python "$@"; }}; '
    )


def other_versions(lock: Path) -> str:
    """A line on installed packages that are not those of the lock file; "" if all are.

    Raises nothing: without the file nothing is compared.
    """
    if not lock.is_file():
        return ""
    pins = dict(line.split("==") for line in lock.read_text(encoding="utf-8").split() if "==" in line)
    differing = []
    for name, pinned in pins.items():
        try:
            here = metadata.version(name)
        except metadata.PackageNotFoundError:
            here = "none"
        if here.split("+")[0] != pinned:
            differing.append(f"{name} {here} ({pinned})")
    if not differing:
        return ""
    more = f" and {len(differing) - 5} more" if len(differing) > 5 else ""
    path = " PYTHONPATH is set, which may be why; unset it." if os.environ.get("PYTHONPATH") else ""
    return f"other versions than in {lock.name}, in brackets: {', '.join(differing[:5])}{more}.{path}"


def other_temporary(environ: Mapping[str, str]) -> str:
    """A line on a folder for temporary files that cannot be written; "" if it can.

    Raises
    ------
    OSError
        There is none at all.
    """
    wanted = next((environ[name] for name in ("TMPDIR", "TEMP", "TMP") if environ.get(name)), "")
    try:
        used = tempfile.gettempdir()
        with tempfile.TemporaryFile(dir=used) as handle:
            handle.write(bytes(1 << 16))
            handle.flush()
    except OSError as error:
        why = f"temporary files cannot be written there ({error.strerror or error})"
        able = "free space or set TMPDIR to another folder; nothing was started"
        raise OSError(f"TMPDIR={wanted or '/tmp'}: {why}; {able}") from None
    if wanted and Path(wanted).absolute() != Path(used).absolute():
        return f"TMPDIR={wanted}: cannot be written; {used} is used in its place"
    return ""


def end_with_jobs() -> None:
    """From now on a signal to terminate ends the jobs too, as Ctrl-C does; Snakemake alone would wait for them.

    A training may last for hours, and an operating system that shuts down gives seconds.
    """
    import psutil

    def terminated(number: int, frame: object) -> None:
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        for child in psutil.Process().children(recursive=True):
            with suppress(psutil.Error):
                child.terminate()
        raise KeyboardInterrupt

    signal.signal(signal.SIGTERM, terminated)


def check_writable(folders: Iterable[str | Path]) -> None:
    """Make sure that files can be written below folders, before anything is computed.

    Raises
    ------
    OSError
        A folder cannot be made or written: a file system that is read-only or full, or another's folder.
    """
    for folder in map(Path, folders):
        try:
            folder.mkdir(parents=True, exist_ok=True)
            for place in (folder, *(entry for entry in folder.iterdir() if entry.is_dir())):
                with tempfile.TemporaryFile(dir=place):
                    pass
        except OSError as error:
            why = f"results cannot be written there ({error.strerror}); nothing was started"
            raise OSError(f"{folder}: {why}") from None


def settle_times(folders: Iterable[str | Path], flat: Iterable[str | Path] = ()) -> int:
    """Set files that are dated in the future to now, and return how many there were.

    A clock that was ahead leaves them, and Snakemake would refuse everything made from them until that day. What is
    made again is decided by content, so that the new time makes nothing old.

    Parameters
    ----------
    folders
        Looked through with all that is below.
    flat
        Looked through without what is below, which may be somebody else's.
    """
    now, found = time.time(), 0
    for path in _files(folders, flat):
        try:
            if os.stat(path).st_mtime > now + _SLACK:
                os.utime(path, (now, now))
                found += 1
        except OSError:
            continue  # it is gone meanwhile, or another's
    return found


def sweep(folders: Iterable[str | Path], flat: Iterable[str | Path] = ()) -> int:
    """Remove what killed jobs left half-written, and return how many files there were; folders as above.

    A file that was written to a short while ago, or by a process that still runs here, is left alone.
    """
    now, found = time.time(), 0
    for path in _files(folders, flat):
        match = _HALF_WRITTEN.fullmatch(os.path.basename(path))
        if match is None or match["pid"] and _runs(int(match["pid"])):
            continue
        try:
            if os.stat(path).st_mtime < now - _LEFT_AFTER:
                os.unlink(path)
                found += 1
        except OSError:
            continue
    return found


def _files(folders: Iterable[str | Path], flat: Iterable[str | Path]) -> Iterator[str]:
    for folder in folders:
        for place, _, names in os.walk(folder):
            yield from (os.path.join(place, name) for name in names)
    for folder in flat:
        for here in (Path(folder), Path(folder, ".made")):
            yield from (str(path) for path in (here.iterdir() if here.is_dir() else ()) if path.is_file())


def _runs(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except (ProcessLookupError, OverflowError):
        return False
    except OSError:
        return True
    return True

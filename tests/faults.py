"""Faults of machines and people, and the judge of what became of the results.

`make faults` sets `REPLICORTEX_FAULTS`, the number of processes that are killed, to 20; without it a small share is
injected. Whom a fault strikes, when and where is drawn from `REPLICORTEX_FAULTS_SEED` and the fault's name.
"""

from __future__ import annotations

import os
import random
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from workflow_checkout import Answer, Checkout

from replicortex.pipeline.kinds import KINDS
from replicortex.reproduce import BUT_TIMES, SAME, compare, products

COUNT = int(os.environ.get("REPLICORTEX_FAULTS", "0"))
SEED = int(os.environ.get("REPLICORTEX_FAULTS_SEED", "1"))
RESULTS = Path("results/smoke")
FOLDERS = (RESULTS, Path("figures"))
SECONDS = 600.0  # after which a call of Snakemake hangs
LOCKED = "Directory cannot be locked"


@dataclass(frozen=True)
class Wing:
    """What one kind of network goes through, each step with its script and what it writes (patterns)."""

    figure: str
    train: tuple[str, tuple[str, ...]]
    measure: tuple[str, tuple[str, ...]]
    draw: tuple[str, tuple[str, ...]]

    def script(self, step: str) -> str:
        return getattr(self, step)[0]

    def written(self, step: str) -> tuple[str, ...]:
        """Patterns of what this step and those after it write."""
        steps = ("train", "measure", "draw")
        return tuple(pattern for each in steps[steps.index(step) :] for pattern in getattr(self, each)[1])


def _wing(figure: str, train: str, networks: tuple[str, ...], measure: str, tables: str, draw: str) -> Wing:
    return Wing(figure, (train, networks), (measure, (f"{RESULTS}/{tables}",)), (draw, (f"figures/{figure}.*",)))


TWENTY = _wing("figS1", "train.py", (f"{RESULTS}/networks/reference", f"{RESULTS}/moments/reference"),
               "measure.py yang2019/example", "tables/reference", "figure.py")  # fmt: skip
FORCE = _wing("force_fig2", "train.py", (f"{RESULTS}/force/networks", f"{RESULTS}/force/traces"),
              "measure.py nicola2017/force_measure", "force/tables", "figure.py")  # fmt: skip
PRIMER = _wing("primer_grid", "train.py", (f"{RESULTS}/primer",),
               "measure.py primer/measure_primer_grid", "tables/primer_grid", "figure.py")  # fmt: skip
WINGS = (TWENTY, FORCE, PRIMER) if COUNT else (TWENTY,)
FIGURES = tuple(f"figures/{wing.figure}.pdf" for wing in WINGS)


def small(config: dict[str, Any]) -> None:
    """A configuration of one experiment of each wing."""
    config["experiments"] = {"reference": config["experiments"]["reference"]}
    sine = {**config["force"]["experiments"]["fig2_lif_sine"], "scales": {"smoke": {"seeds": 1}}}
    config["force"]["experiments"] = {"fig2_lif_sine": sine}
    config["primer"] = {"primer_grid": config["primer"]["primer_grid"]}


def drawn(*name: object) -> random.Random:
    """The random numbers of a fault."""
    return random.Random(" ".join(map(str, (SEED, *name))))


@dataclass
class Tally:
    """What was injected: fault -> one line for each, the message that was seen."""

    seen: dict[str, list[str]] = field(default_factory=dict)
    tried: dict[str, int] = field(default_factory=dict)

    @contextmanager
    def of(self, fault: str) -> Iterator[list[str]]:
        """Count a fault as injected, and as survived if the body ends; it appends the message that was seen."""
        self.tried[fault] = self.tried.get(fault, 0) + 1
        messages: list[str] = []
        yield messages
        self.seen.setdefault(fault, []).append("; ".join(messages))

    def table(self) -> Iterator[str]:
        """Markdown: a row per fault."""
        yield "| fault | injected | survived | message |"
        yield "|---|---|---|---|"
        for fault, tried in self.tried.items():
            messages = self.seen.get(fault, [])
            yield f"| {fault} | {tried} | {len(messages)} | {' / '.join(dict.fromkeys(messages))[:200]} |"


# --- the judge ------------------------------------------------------------------------------------------------------


def compared(where: Checkout, undisturbed: Checkout) -> None:
    """Fail unless all that the undisturbed run made is there, with the same bits but for seconds."""
    rows = compare(undisturbed.folder, where.folder, FOLDERS)
    odd = [f"{row.path}: {row.verdict} {row.about}" for row in rows if row.verdict not in (SAME, BUT_TIMES)]
    lost = set(products(undisturbed.folder, FOLDERS)) - set(products(where.folder, FOLDERS))
    assert rows and not odd and not lost, (odd, sorted(map(str, lost)))


def ends_the_same(where: Checkout, undisturbed: Checkout, *targets: str) -> Answer:
    """The next call, which has to end with the results of an undisturbed run."""
    answer = where.snakemake(*(targets or FIGURES))
    assert answer.status == 0, answer.text
    compared(where, undisturbed)
    return answer


def mended(where: Checkout, path: Path) -> None:
    """Do what the message about a damaged file says."""
    answer = where.snakemake("--force", str(path.relative_to(where.folder)))
    assert answer.status == 0, answer.text


def told(answer: Answer) -> str:
    """The one message of a call that failed, of Snakemake if none of ours could say anything; fails at a traceback."""
    assert answer.status != 0, answer.text
    assert "Traceback (most recent call last)" not in answer.text, answer.text
    said = [line.strip() for line in answer.text.splitlines() if ".py: " in line.split(" /")[0][:40]]
    ours = {line.partition(": ")[2] for line in said}  # two steps that read the same file say the same
    if ours:
        assert len(ours) == 1, ours
        return ours.pop()
    errors = [line for line in answer.text.splitlines() if line.startswith("Error in rule")]
    assert len(errors) == 1, answer.text
    return errors[0].rstrip(":")


def remove(where: Checkout, patterns: tuple[str, ...]) -> None:
    """Delete files and folders."""
    for pattern in patterns:
        for path in where.folder.glob(pattern):
            shutil.rmtree(path) if path.is_dir() else path.unlink()


def times(where: Checkout) -> dict[Path, int]:
    """When each result was written."""
    return {path: (where.folder / path).stat().st_mtime_ns for path in products(where.folder, FOLDERS)}


# --- processes that are killed --------------------------------------------------------------------------------------


@dataclass
class Call:
    """A Snakemake that runs, in a session of its own with its jobs."""

    process: subprocess.Popen[bytes]
    log: Path

    def wait(self) -> Answer:
        self.process.wait(SECONDS)
        return Answer(self.process.returncode, self.log.read_text())

    def kill(self) -> None:
        """Snakemake alone; its jobs live on."""
        os.kill(self.process.pid, signal.SIGKILL)
        self.process.wait()

    def vanish(self) -> None:
        """All at once, as if the machine had lost its power."""
        os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()


def begin(where: Checkout, *targets: str, flags: tuple[str, ...] = (), log: str = "snakemake.log") -> Call:
    """Start Snakemake and leave it alone."""
    out = where.folder.with_name(f"{where.folder.name}.{log}")
    command = [sys.executable, "-m", "snakemake", *flags, "--cores", "2", "--config", "scale=smoke", "--", *targets]
    env = {**os.environ, "PYTHONPATH": str(where.folder / "src")}
    with open(out, "wb") as handle:
        process = subprocess.Popen(command, cwd=where.folder, env=env, stdin=subprocess.DEVNULL, stdout=handle,
                                   stderr=subprocess.STDOUT, start_new_session=True)  # fmt: skip
    return Call(process, out)


def running(where: Checkout, script: str = "") -> list[int]:
    """Processes of a script, or of any, that work in a checkout."""
    found = []
    for entry in Path("/proc").iterdir():
        try:
            if entry.name.isdigit() and (entry / "cwd").resolve() == where.folder.resolve():
                words = (entry / "cmdline").read_bytes().decode(errors="replace").split("\0")
                if len(words) > 1 and f"workflow_scripts/{script}" in " ".join(words[1:]):
                    found.append(int(entry.name))
        except OSError:
            continue  # it has ended meanwhile
    return found


def until(condition: Callable[[], object], seconds: float = SECONDS) -> bool:
    """Wait; whether it came true in time."""
    end = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > end:
            return False
        time.sleep(0.02)
    return True


def duration(undisturbed: Checkout, script: str) -> float:
    """Seconds that the longest job of a script took."""
    name = script.split("/")[-1].removesuffix(".py")
    rules = [kind.rule for kind in KINDS.values()] if name == "train" else [name]
    costs = [path for rule in rules for path in (undisturbed.folder / RESULTS / "benchmarks" / rule).rglob("*.tsv")]
    return max(float(path.read_text().splitlines()[1].split()[0]) for path in costs)


def kill_job(where: Checkout, wing: Wing, step: str, after: float) -> Answer | None:
    """Make a step again and kill its process so many seconds after its start; None if it had ended by then."""
    remove(where, wing.written(step))
    call = begin(where, f"figures/{wing.figure}.pdf")
    assert until(lambda: running(where, wing.script(step)) or call.process.poll() is not None), "never started"
    victims = running(where, wing.script(step))
    assert victims, call.wait().text
    until(lambda: not running(where, wing.script(step)), after)
    struck = victims[0] in running(where, wing.script(step))
    if struck:
        os.kill(victims[0], signal.SIGKILL)
    answer = call.wait()
    return answer if struck else None


# --- disks ----------------------------------------------------------------------------------------------------------


def mount(*arguments: str) -> bool:
    """Whether mounting is possible here and has been done."""
    if os.geteuid() != 0 or shutil.which("mount") is None:
        return False
    return subprocess.run(["mount", *arguments], capture_output=True).returncode == 0


@contextmanager
def small_disk(folder: Path, free: int) -> Iterator[bool]:
    """A file system of its own for a folder, so many bytes free beside what lies in it; False where not allowed."""
    content = folder.with_name(f"{folder.name}.before")
    if not mount("-t", "tmpfs", "none", str(folder.parent.parent / "mnt")):
        yield False
        return
    subprocess.run(["umount", str(folder.parent.parent / "mnt")], check=True)
    folder.rename(content)
    folder.mkdir()
    assert mount("-t", "tmpfs", "-o", "size=64m", "none", str(folder))
    try:
        shutil.copytree(content, folder, dirs_exist_ok=True)
        kept = shutil.disk_usage(folder).used
        assert mount("-o", f"remount,size={kept + free}", str(folder))
        yield True
        assert mount("-o", "remount,size=64m", str(folder))
        shutil.rmtree(content)
        shutil.copytree(folder, content)
    finally:
        subprocess.run(["umount", str(folder)], check=True)
        folder.rmdir()
        content.rename(folder)


@contextmanager
def read_only(folder: Path) -> Iterator[bool]:
    """A folder in which nothing can be written; False where that cannot be had."""
    if os.geteuid() != 0:
        kept = [path for path in (folder, *folder.rglob("*")) if path.is_dir()]
        for path in kept:
            path.chmod(0o555)
        try:
            yield True
        finally:
            for path in kept:
                path.chmod(0o755)
    elif mount("--bind", str(folder), str(folder)):
        try:
            yield mount("-o", "remount,bind,ro", str(folder))
        finally:
            subprocess.run(["umount", str(folder)], check=True)
    else:
        yield False


# --- files that are damaged -----------------------------------------------------------------------------------------


def damage(path: Path, how: str, rng: random.Random, foreign: Path, keep_time: bool = False) -> None:
    """Truncate a file, flip one of its bits, or put another in its place."""
    before, content = path.stat(), bytearray(path.read_bytes())
    if how == "truncated":
        content = content[: rng.randrange(len(content))]
    elif how == "bit-flipped":
        content[rng.randrange(len(content))] ^= 1 << rng.randrange(8)
    else:
        content = bytearray(foreign.read_bytes())
    path.write_bytes(content)
    if keep_time:
        os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))

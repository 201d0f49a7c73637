"""Kill, fill, damage: one clear message, nothing wrong accepted, nothing finished lost, the same bits in the end."""

from __future__ import annotations

import os
import random
import time

import faults
import pytest
from faults import COUNT, FIGURES, RESULTS, TWENTY, WINGS, drawn, ends_the_same, kill_job, told
from workflow_checkout import Checkout, checkout

pytestmark = [pytest.mark.workflow, pytest.mark.faults]
full = pytest.mark.skipif(not COUNT, reason="`make faults` injects it")
STEPS = {"train": "training", "measure": "analysis", "draw": "figure"}
KILLS = [(number, ("train", "measure", "draw", "snakemake")[number % 4]) for number in range(COUNT)] or [(1, "measure")]
TALLY = faults.Tally()


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory):
    """A checkout in which nothing went wrong; at the end the counts are printed."""
    made = checkout(tmp_path_factory.mktemp("faults") / "undisturbed")
    made.configure(faults.small)
    begun = time.perf_counter()
    answer = made.snakemake(*FIGURES)
    assert answer.status == 0, answer.text
    print(f"\nundisturbed: {time.perf_counter() - begun:.0f} s; seed {faults.SEED}")
    yield made
    print("", *TALLY.table(), sep="\n")


@pytest.fixture
def where(undisturbed, tmp_path) -> Checkout:
    return undisturbed.copy(tmp_path / "checkout")


@pytest.mark.parametrize(("number", "victim"), KILLS)
def test_killed_at_a_random_moment(undisturbed, where, number, victim):
    rng = drawn("kill", number)
    wing = rng.choice(WINGS)
    if victim == "snakemake":
        with TALLY.of("kill -9 of Snakemake") as messages:
            _snakemake_dies(undisturbed, where, wing, rng, "kill", messages)
        return
    with TALLY.of(f"kill -9 of a {STEPS[victim]}" if victim != "measure" else "kill -9 of an analysis") as messages:
        others = {path: at for path, at in faults.times(where).items()
                  if not any(path.match(p) or path.is_relative_to(p) for p in wing.written(victim))}  # fmt: skip
        after = rng.random() * faults.duration(undisturbed, wing.script(victim))
        answer = None
        while answer is None:
            answer = kill_job(where, wing, victim, after)
            after /= 2
        messages.append(told(answer))
        ends_the_same(where, undisturbed)
        kept = faults.times(where)
        assert {path: kept[path] for path in others} == others  # what was finished has not been made again


def _snakemake_dies(undisturbed, where, wing, rng: random.Random, how: str, messages: list[str]) -> None:
    """Kill it, alone or with its jobs, after one of its jobs has begun; then take away the lock and go on."""
    step = rng.choice(list(STEPS))
    seconds, ended = rng.random() * faults.duration(undisturbed, wing.script(step)), True
    while ended:  # before it could be killed
        faults.remove(where, wing.written(step))
        call = faults.begin(where, *FIGURES)
        assert faults.until(lambda call=call: faults.running(where) or call.process.poll() is not None)
        ended = faults.until(lambda call=call: call.process.poll() is not None, seconds)
        seconds /= 2
    getattr(call, how)()
    refused = where.snakemake(*FIGURES)
    if refused.nothing_to_do:  # all was written by then
        return faults.compared(where, undisturbed)
    assert refused.status != 0 and refused.text.count(faults.LOCKED) == 1, refused.text
    assert "Traceback (most recent call last)" not in refused.text, refused.text
    messages.append(faults.LOCKED)
    assert where.call("-m", "snakemake", "--unlock", "--cores", "1", "--config", "scale=smoke").status == 0
    ends_the_same(where, undisturbed)
    assert faults.until(lambda: not faults.running(where))  # jobs that outlived their Snakemake
    faults.compared(where, undisturbed)


@full
@pytest.mark.parametrize("number", range(3))
def test_a_node_that_vanishes(undisturbed, where, number):
    rng = drawn("node", number)
    with TALLY.of("node that vanishes") as messages:
        _snakemake_dies(undisturbed, where, rng.choice(WINGS), rng, "vanish", messages)


DAMAGED = {
    "weights": f"{RESULTS}/networks/reference/seed0.safetensors",
    "history": f"{RESULTS}/networks/reference/seed0.history.parquet",
    "table": f"{RESULTS}/tables/reference/sample_trials.parquet",
    "spiking weights": f"{RESULTS}/force/networks/fig2_lif_sine/seed0.safetensors",
    "traces": f"{RESULTS}/force/traces/fig2_lif_sine/seed0.safetensors",
    "spiking table": f"{RESULTS}/force/tables/fig2_lif_sine/raster.parquet",
    "primer weights": f"{RESULTS}/primer/primer_grid/part0.safetensors",
}
FOREIGN_TABLE = f"{RESULTS}/tables/reference/members.parquet"
HOW = ("truncated", "bit-flipped", "foreign")
EVERY = [(kind, how) for kind in DAMAGED for how in HOW]
CASES = EVERY if COUNT else [("table", "bit-flipped")]


@pytest.mark.parametrize(("kind", "how"), CASES)
def test_a_damaged_file(undisturbed, where, kind, how):
    path = where.folder / DAMAGED[kind]
    other = "spiking weights" if kind in ("weights", "primer weights") else "weights"
    foreign = where.folder / DAMAGED[other] if path.suffix == ".safetensors" else where.folder / FOREIGN_TABLE
    with TALLY.of(f"{how} {'table' if path.suffix == '.parquet' else 'weights'}") as messages:
        faults.damage(path, how, drawn(kind, how), foreign)
        messages.append(_told_of(where.snakemake(*FIGURES), path, where))
        faults.mended(where, path)
        ends_the_same(where, undisturbed)


def _told_of(answer, path, where) -> str:
    """The message, which has to name the file; the same in all networks, without its place."""
    line = told(answer)
    name = str(path.relative_to(where.folder))
    assert name in line or path.stem in line, line
    return line.replace(name, "FILE")


@full
@pytest.mark.parametrize("how", HOW)
def test_a_damaged_checkpoint(undisturbed, where, how):
    with TALLY.of(f"{how} checkpoint") as messages:
        faults.remove(where, TWENTY.written("train"))
        folder = where.folder / RESULTS / "checkpoints/reference"
        faults.remove(where, (f"{RESULTS}/checkpoints",))
        call = faults.begin(where, FIGURES[0])
        assert faults.until(lambda: [*folder.glob("seed*.safetensors")] or call.process.poll() is not None)
        call.vanish()
        assert where.call("-m", "snakemake", "--unlock", "--cores", "1", "--config", "scale=smoke").status == 0
        path = next(folder.glob("seed*.safetensors"))
        faults.damage(path, how, drawn("checkpoint", how), undisturbed.folder / DAMAGED["weights"])
        if how != "foreign":  # which is no checkpoint of these settings: it counts for nothing
            messages.append(_told_of(where.snakemake(*FIGURES), path, where))
            path.unlink()
        ends_the_same(where, undisturbed)


@full
@pytest.mark.parametrize("number", range(2))
def test_clocks_that_jump(undisturbed, where, number):
    rng = drawn("clock", number)
    with TALLY.of("clock that jumps"):
        for path in sorted((where.folder / "results").rglob("*")):
            year_1980, future = 315532800.0 + 86400 * rng.random(), time.time() + 1e8 * rng.random()
            at = rng.choice((year_1980, future, path.stat().st_mtime))
            os.utime(path, (at, at))
        faults.remove(where, ("figures/*",))
        answer = ends_the_same(where, undisturbed)
        assert not {"train", "primer_train", "example"} & set(answer.jobs)  # nothing is made again because of a clock


@full
def test_two_at_once(undisturbed, where):
    with TALLY.of("two Snakemakes on one folder") as messages:
        faults.remove(where, TWENTY.written("train"))
        first = faults.begin(where, *FIGURES)
        assert faults.until(lambda: faults.running(where) or first.process.poll() is not None)
        second = where.snakemake(*FIGURES)
        assert second.status != 0 and second.text.count(faults.LOCKED) == 1, second.text
        messages.append(faults.LOCKED)
        assert first.wait().status == 0, first.log.read_text()
        faults.compared(where, undisturbed)


@full
def test_two_at_once_without_the_lock(undisturbed, where):
    with TALLY.of("two Snakemakes, --nolock"):
        faults.remove(where, TWENTY.written("train"))
        calls = [faults.begin(where, *FIGURES, flags=("--nolock",), log=f"{name}.log") for name in ("one", "two")]
        for call in calls:
            assert "Traceback (most recent call last)" not in call.wait().text, call.log.read_text()
        ends_the_same(where, undisturbed)


@full
@pytest.mark.parametrize("free", [8192, 60_000, 200_000])
def test_a_full_disk(undisturbed, where, free):
    wing = drawn("disk", free).choice(WINGS)
    faults.remove(where, wing.written("train"))
    (where.folder.parent / "mnt").mkdir()
    with faults.small_disk(where.folder / "results", free) as possible:
        if not possible:
            pytest.skip("mounting is not allowed here")
        with TALLY.of("full disk") as messages:
            answer = where.snakemake(*FIGURES)
            assert answer.status != 0 and "No space left on device" in answer.text, answer.text
            messages.append(told(answer).rpartition("] ")[2])
    ends_the_same(where, undisturbed)


@full
@pytest.mark.parametrize("wing", WINGS, ids=lambda wing: wing.figure)
def test_a_results_folder_that_cannot_be_written(undisturbed, where, wing):
    faults.remove(where, wing.written("measure"))
    with faults.read_only(where.folder / "results") as possible:
        if not possible:
            pytest.skip("neither mounting nor permissions make a folder read-only here")
        with TALLY.of("read-only results") as messages:
            answer = where.snakemake(f"figures/{wing.figure}.pdf")
            assert answer.status != 0, answer.text
            said = [line for line in answer.text.splitlines() if "cannot be written there" in line]
            assert len(said) == 1 and "Traceback (most recent call last)" not in answer.text, answer.text
            messages.append(said[0].strip())
    ends_the_same(where, undisturbed)

"""Kill, fill, damage: one clear message, nothing wrong accepted, nothing finished lost, the same bits in the end."""

from __future__ import annotations

import time

import faults
import pytest
from faults import COUNT, FIGURES, RESULTS, WINGS, drawn, ends_the_same, kill_job, told
from workflow_checkout import Checkout, checkout

pytestmark = [pytest.mark.workflow, pytest.mark.faults]
full = pytest.mark.skipif(not COUNT, reason="`make faults` injects it")
STEPS = {"train": "training", "measure": "analysis", "draw": "figure"}
KILLS = [(number, ("train", "measure", "draw")[number % 3]) for number in range(COUNT)] or [(1, "measure")]
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
        path.unlink()
        ends_the_same(where, undisturbed)


def _told_of(answer, path, where) -> str:
    """The message, which has to name the file; the same in all networks, without its place."""
    line = told(answer)
    name = str(path.relative_to(where.folder))
    assert name in line or path.stem in line, line
    return line.partition(": ")[2].replace(name, "FILE")


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

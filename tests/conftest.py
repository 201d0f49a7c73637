"""Settings that every test shares."""

from __future__ import annotations

import gc
import os

# before anything imports torch or numpy: one thread per process, as in the workflow, and no display
for _name in ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS"):
    os.environ.setdefault(_name, "1")
os.environ.setdefault("MPLBACKEND", "Agg")

import pytest  # noqa: E402
from hypothesis import settings  # noqa: E402

# the same examples in every run, and no failure because a shared machine was slow for a moment
settings.register_profile("replicortex", derandomize=True, deadline=None, print_blob=True)
settings.load_profile("replicortex")


@pytest.fixture
def few_starts(monkeypatch: pytest.MonkeyPatch) -> None:
    """Four starts of k-means in place of twenty, where planted clusters are found by any."""
    monkeypatch.setattr("replicortex.analysis.clustering.STARTS", 4)


def pytest_collection_finish() -> None:
    """What is imported stays: the collector of garbage need not go through it again and again."""
    gc.collect()
    gc.freeze()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Tests that read the finished workflow go first: of two processes one makes it, the other begins at the end."""
    items.sort(key=lambda item: "finished" not in getattr(item, "fixturenames", ()))

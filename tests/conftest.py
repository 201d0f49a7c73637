"""Settings that every test shares."""

from __future__ import annotations

import os

# before anything imports torch or numpy: one thread per process, as in the workflow, and no display
for _name in ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS"):
    os.environ.setdefault(_name, "1")
os.environ.setdefault("MPLBACKEND", "Agg")

from hypothesis import settings  # noqa: E402

# the same examples in every run, and no failure because a shared machine was slow for a moment
settings.register_profile("replicortex", derandomize=True, deadline=None, print_blob=True)
settings.load_profile("replicortex")

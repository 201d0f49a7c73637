"""SHA-256 of the weights of whole trainings by each variant of the kernel that runs here: python -m benchmarks.bits

Two machines, or two versions, that print the same numbers train the same networks, bit for bit.
"""

import argparse
import hashlib
import os
from unittest import mock

for _name in ("OMP_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ[_name] = "1"  # as a training job has it: more threads would change the last bits

import torch  # noqa: E402

from benchmarks.step import trainer  # noqa: E402
from replicortex import native  # noqa: E402
from replicortex.native.variants import variants  # noqa: E402
from replicortex.training.trainer import Trainer  # noqa: E402

BATCHES = (16, 64)  # trials per update
UPDATES = 200


def digest(learner: Trainer, updates: int) -> str:
    """SHA-256, in hex, of all weights after some updates, by name."""
    for _ in range(updates):
        learner.advance()
    found = hashlib.sha256()
    for name, weights in sorted(learner.weights.items()):
        found.update(name.encode() + weights.detach().numpy().tobytes())
    return found.hexdigest()


def table(updates: int) -> None:
    """Train and print."""
    torch.set_num_threads(1)
    print(f"SHA-256 of the weights after {updates} updates of a 256-unit network, in float32\n")
    print(f"| kernel | {' | '.join(f'batch {batch}' for batch in BATCHES)} |\n|---|{'---|' * len(BATCHES)}")
    for name in [variant.name for variant in variants() if native.find_kernel(variant.name) is not None]:
        with mock.patch.dict(os.environ, REPLICORTEX_KERNEL=name):
            cells = [digest(trainer(batch, path="native", precision="float32"), updates)[:16] for batch in BATCHES]
        print(f"| {name} | {' | '.join(cells)} |", flush=True)


if __name__ == "__main__":
    arguments = argparse.ArgumentParser(prog="python -m benchmarks.bits", description=__doc__)
    arguments.add_argument("--updates", type=int, default=UPDATES, help="of each training (default: %(default)s)")
    table(arguments.parse_args().updates)

"""Seconds of one core for 1000 updates of the primer's networks on perceptual decisions: python -m benchmarks.primer"""

import os

for _name in ("OMP_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ[_name] = "1"  # one core: what a training job is given

import time  # noqa: E402

import torch  # noqa: E402

import replicortex as rx  # noqa: E402

BAR = 5.0  # seconds for the tutorial's network: 128 units, 1000 updates of 16 trials, 60 steps
UPDATES = 300  # measured of the 1000


def seconds(label: str) -> tuple[float, float]:
    """CPU and wall seconds of 1000 updates of a network, from the fastest of three stretches."""
    experiment = rx.load_config("config.yaml", scale="laptop")["primer_perceptual"]
    member = next(member for member in experiment.members() if member.label == label)
    learner = rx.primer.Learner(member.experiment, label)
    for _ in range(20):
        learner.advance()
    each = []
    for _ in range(3):
        cpu, wall = time.process_time(), time.perf_counter()
        for _ in range(UPDATES // 3):
            learner.advance()
        each.append((time.process_time() - cpu, time.perf_counter() - wall))
    cpu, wall = (3000 / UPDATES * min(values) for values in zip(*each, strict=True))
    return cpu, wall


def table() -> None:
    """Measure and print."""
    torch.set_num_threads(1)
    print(f"1000 updates of 16 trials of 60 steps; bar for outside_128: {BAR:.0f} s of one core\n")
    print("| network | CPU seconds | wall seconds |\n| --- | --- | --- |")
    for label in ("outside_128,seed0", "leaky_128,seed0", "leaky,seed0", "gru,seed0", "lstm,seed0"):
        cpu, wall = seconds(label)
        print(f"| {label} | {cpu:.1f} | {wall:.1f} |", flush=True)


if __name__ == "__main__":
    table()

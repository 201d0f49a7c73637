"""The LIF sine task in Brian2, as its users would write it: prints seconds of CPU time, rate after learning, error.

The time is that of the simulation without Brian2's own preparations. Static rows are not balanced and synapses decay by
Euler steps, as in the example that comes with Brian2; numbers of the task are those of ``fig2_lif_sine``.
"""

import argparse
import time

import numpy as np
from brian2 import Network, NeuronGroup, SpikeMonitor, Synapses, defaultclock, ms, network_operation, second

EQUATIONS = """
dv/dt = (bias + ipsc + encoder * z - v) / (10*ms) : 1 (unless refractory)
dipsc/dt = h - ipsc / (2*ms) : 1
dh/dt = -h / (20*ms) : Hz
dr/dt = g - r / (2*ms) : 1
dg/dt = -g / (20*ms) : Hz
encoder : 1
bias : 1
z : 1 (shared)
"""


def main(units: int, seed: int) -> None:
    """Run 15 s, of which 5 to 10 s with learning every 2.5 ms."""
    rng = np.random.default_rng(seed)
    defaultclock.dt = 0.05 * ms
    unit = 1 / (2e-3 * 20e-3)  # what a spike adds, 1 / (rise decay)
    cells = NeuronGroup(
        units, EQUATIONS, threshold="v >= -40", reset="v = -65; g += jump * Hz", refractory=2 * ms, method="euler",
        namespace={"jump": unit},
    )  # fmt: skip
    cells.v, cells.encoder, cells.bias = rng.uniform(-65, 30, units), rng.uniform(-10, 10, units), -40
    there = rng.random((units, units)) < 0.1  # of source, target
    source, target = np.nonzero(there)
    static = Synapses(cells, cells, "weight : 1", on_pre="h_post += weight * jump * Hz", namespace={"jump": unit})
    static.connect(i=source, j=target)
    static.weight = 0.04 / (0.1 * np.sqrt(units)) * rng.standard_normal(len(source))
    spikes = SpikeMonitor(cells, record=False)
    decoders, p = np.zeros(units), np.eye(units) * 5e-6
    errors, counts, step = [], [0], 0

    @network_operation(when="end")
    def read_and_learn() -> None:
        nonlocal step
        step += 1
        r = np.asarray(cells.r)
        z = decoders @ r
        cells.z = z
        error = z - np.sin(2 * np.pi * 5 * step * 5e-5)
        if 100_000 < step < 200_000 and step % 50 == 1:
            c = p @ r
            decoders[:] -= c * error
            p[:] -= np.outer(c, c / (1 + r @ c))
        elif step == 200_000:
            counts[0] = spikes.num_spikes
        elif step > 200_000:
            errors.append(error)

    network = Network(cells, static, spikes, read_and_learn)
    network.run(0 * second)  # everything is compiled
    begun = time.process_time()
    network.run(15 * second)
    spent = time.process_time() - begun
    rate = (spikes.num_spikes - counts[0]) / units / 5
    print(f"{spent:.1f} {rate:.2f} {np.sqrt(np.mean(np.square(errors))):.3f}")


if __name__ == "__main__":
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--units", type=int, default=2000)
    arguments.add_argument("--seed", type=int, default=0)
    given = arguments.parse_args()
    main(given.units, given.seed)

"""Make up recordings from trained networks, one animal of each: Poisson spikes, in the form of docs/recordings.md.

Beside its data each animal's folder gets truth.csv: per unit the direction of choice 1 (rad) and the fractional task
variance of the network's noise-free rates, which an analysis of the spikes should find again.
"""

from argparse import Namespace
from pathlib import Path

from support import parser, run

import replicortex as rx
from replicortex.analysis.measure.streams import stream


def main(args: Namespace) -> None:
    for path in args.networks:
        net = rx.networks.load(path)
        options = {"repetitions": args.repetitions, "gain": args.gain}
        made = rx.analysis.simulate_recordings(net, stream(net, "simulated recordings"), **options)
        (folder,) = rx.recordings.write([made.animal], args.output)
        made.truth.to_csv(folder / "truth.csv", index=False)
        print(f"{folder}: {len(made.animal.units)} units")


if __name__ == "__main__":
    arguments = parser(__doc__)
    arguments.add_argument("networks", nargs="+", type=Path, help="weight files (.safetensors)")
    arguments.add_argument("--output", type=Path, required=True, help="folder that receives a folder per animal")
    arguments.add_argument(
        "--repetitions",
        type=int,
        default=10,
        help="trials of each of 36 combinations of coherences in each context (default: %(default)s)",
    )
    arguments.add_argument(
        "--gain", type=float, default=20.0, help="spikes per second of a unit with rate 1 (default: %(default)s)"
    )
    run(main, arguments)

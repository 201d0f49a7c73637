"""Choices as a function of coherence, stimulus duration and delay.

Tables psychometric, psychometric_fit, chronometric, threshold and memory.
"""

from argparse import Namespace

from support import measuring, run, write_tables

import replicortex as rx


def main(args: Namespace) -> None:
    write_tables(
        rx.analysis.measure_behaviour(map(rx.networks.load, args.networks), share=args.share), args.output
    )


if __name__ == "__main__":
    arguments = measuring(__doc__)
    arguments.add_argument(
        "--share", type=float, default=1.0, help="part of the published number of trials (default: 1)"
    )
    run(main, arguments)

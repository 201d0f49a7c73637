"""Performance when a task is asked for by a combination of other tasks' rule inputs: table composite."""

from argparse import Namespace

from support import measuring, run, write_tables

import replicortex as rx


def main(args: Namespace) -> None:
    write_tables(rx.analysis.measure_composite(map(rx.networks.load, args.networks)), args.output)


if __name__ == "__main__":
    run(main, measuring(__doc__))

"""Errors, rates, courses and examples from the recorded runs of an experiment's spiking networks."""

from argparse import Namespace

from support import measuring, run, write_tables

import replicortex as rx


def main(args: Namespace) -> None:
    runs = [rx.spiking.job.recorded(path) for path in args.networks]
    write_tables(rx.spiking.recorded.tables(runs), args.output)


if __name__ == "__main__":
    run(main, measuring(__doc__))

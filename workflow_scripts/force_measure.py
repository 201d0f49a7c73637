"""Errors, rates, courses and examples from the recorded runs of an experiment's spiking networks."""

from argparse import Namespace

from support import measuring, run, weights, write_tables

from replicortex.spiking import job


def main(args: Namespace) -> None:
    write_tables(job.measured(list(map(weights, args.networks))), args.output)


if __name__ == "__main__":
    run(main, measuring(__doc__))

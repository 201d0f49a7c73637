"""Eigenvalues of the weights of a spiking network before and after learning."""

from argparse import Namespace

from support import measuring, run, write_tables

from replicortex.spiking import job, tested


def main(args: Namespace) -> None:
    write_tables({"eigenvalues": tested.eigenvalues([job.subject(path) for path in args.networks])}, args.output)


if __name__ == "__main__":
    run(main, measuring(__doc__))

"""Eigenvalues of the weights of a spiking network before and after learning."""

from argparse import Namespace

from support import measuring, run, weights, write_tables

from replicortex.spiking import job, tested


def main(args: Namespace) -> None:
    networks = [job.subject(weights(path)) for path in args.networks]
    write_tables({"eigenvalues": tested.eigenvalues(networks)}, args.output)


if __name__ == "__main__":
    run(main, measuring(__doc__))

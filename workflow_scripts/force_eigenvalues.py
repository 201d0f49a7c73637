"""Eigenvalues of the weights of a spiking network before and after learning."""

from argparse import Namespace

from support import measuring, run, write_tables

import replicortex as rx


def main(args: Namespace) -> None:
    write_tables({"eigenvalues": rx.spiking.tested.eigenvalues(args.networks)}, args.output)


if __name__ == "__main__":
    run(main, measuring(__doc__))

"""How each network is built, and its sizes: table architecture."""

from argparse import Namespace

from support import measuring, network, run, write_tables

import replicortex as rx


def main(args: Namespace) -> None:
    write_tables(rx.analysis.measure_architecture(map(network, args.networks)), args.output)


if __name__ == "__main__":
    run(main, measuring(__doc__))

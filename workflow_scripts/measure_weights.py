"""All weights of a single network, a leaky RNN: table weights."""

from argparse import Namespace

from support import measuring, network, run, write_tables

import replicortex as rx


def main(args: Namespace) -> None:
    (net,) = map(network, args.networks)
    write_tables(rx.analysis.measure_weights(net), args.output)


if __name__ == "__main__":
    run(main, measuring(__doc__))

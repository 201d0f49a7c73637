"""What the figures show of a single network: sample trials and one unit's responses.

Tables sample_trials, fine_trial and unit_trace.
"""

from argparse import Namespace

from support import measuring, network, run, write_tables

import replicortex as rx


def main(args: Namespace) -> None:
    (net,) = map(network, args.networks)
    write_tables(rx.analysis.measure_example(net), args.output)


if __name__ == "__main__":
    run(main, measuring(__doc__))

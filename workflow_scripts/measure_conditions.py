"""Variance of the units over the conditions of the recordings in each context: table condition_variance."""

from argparse import Namespace

from shard import measure_each
from support import measuring, run

import replicortex as rx


def main(args: Namespace) -> None:
    measure_each(args, lambda net: rx.analysis.measure_conditions([net]))


if __name__ == "__main__":
    run(main, measuring(__doc__))

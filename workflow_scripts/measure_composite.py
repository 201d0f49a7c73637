"""Performance when a task is asked for by a combination of other tasks' rule inputs: table composite."""

from argparse import Namespace

from shard import measure_each
from support import measuring, run

import replicortex as rx


def main(args: Namespace) -> None:
    measure_each(args, lambda net: rx.analysis.measure_composite([net]))


if __name__ == "__main__":
    run(main, measuring(__doc__))

"""Performance in every task with each cluster of units silenced in turn: table lesions."""

from argparse import Namespace
from pathlib import Path

from shard import measure_each
from support import measuring, read_table, run

import replicortex as rx


def main(args: Namespace) -> None:
    units = read_table(args.units)
    measure_each(args, lambda net: rx.analysis.measure_lesions([net], units))


if __name__ == "__main__":
    arguments = measuring(__doc__)
    arguments.add_argument("--units", type=Path, required=True, help="table units, which holds the clusters")
    run(main, arguments)

"""Performance in every task with each cluster of units silenced in turn: table lesions."""

from argparse import Namespace
from pathlib import Path

from support import measuring, read_table, run, write_tables

import replicortex as rx


def main(args: Namespace) -> None:
    write_tables(
        rx.analysis.measure_lesions(map(rx.networks.load, args.networks), read_table(args.units)), args.output
    )


if __name__ == "__main__":
    arguments = measuring(__doc__)
    arguments.add_argument("--units", type=Path, required=True, help="table units, which holds the clusters")
    run(main, arguments)

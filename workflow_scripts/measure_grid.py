"""What became of the networks of a grid, and what their number of clusters depends on.

Tables outcome and factor_shares, from history, members and best_k.
"""

from argparse import Namespace
from pathlib import Path

from support import parser, read_table, run, write_tables

import replicortex as rx


def main(args: Namespace) -> None:
    history, members, best_k = map(read_table, (args.history, args.members, args.best_k))
    write_tables(rx.analysis.measure_grid(history, members, best_k), args.output)


if __name__ == "__main__":
    arguments = parser(__doc__)
    for name in ("history", "members", "best_k"):
        arguments.add_argument(name, type=Path, help=f"table {name}")
    arguments.add_argument("--output", type=Path, required=True, help="folder of the tables")
    run(main, arguments)

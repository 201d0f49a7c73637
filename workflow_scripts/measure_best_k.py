"""Number of clusters of each network without its uncertainty: table best_k, from task_variance."""

from argparse import Namespace
from pathlib import Path

from support import parser, read_table, run, write_tables

import replicortex as rx


def main(args: Namespace) -> None:
    write_tables(rx.analysis.measure_best_k(read_table(args.variance)), args.output)


if __name__ == "__main__":
    arguments = parser(__doc__)
    arguments.add_argument("variance", type=Path, help="table task_variance")
    arguments.add_argument("--output", type=Path, required=True, help="folder of the table")
    run(main, arguments)

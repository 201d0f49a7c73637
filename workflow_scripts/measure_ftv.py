"""Fractional task variance of each unit for the paper's pairs of tasks: table ftv, from task_variance."""

from argparse import Namespace
from pathlib import Path

from support import parser, read_table, run, write_tables

import replicortex as rx


def main(args: Namespace) -> None:
    write_tables(rx.analysis.measure_ftv(read_table(args.variance)), args.output)


if __name__ == "__main__":
    arguments = parser(__doc__)
    arguments.add_argument("variance", type=Path, help="table task_variance")
    arguments.add_argument("--output", type=Path, required=True, help="folder of the table")
    run(main, arguments)

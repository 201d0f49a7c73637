"""What kind of relation each pair of tasks has, and how firmly: table ftv_types, from ftv_histogram."""

from argparse import Namespace
from pathlib import Path

from support import parser, read_table, run, write_tables

import replicortex as rx


def main(args: Namespace) -> None:
    write_tables(rx.analysis.measure_ftv_types(read_table(args.histogram)), args.output)


if __name__ == "__main__":
    arguments = parser(__doc__)
    arguments.add_argument("histogram", type=Path, help="table ftv_histogram")
    arguments.add_argument("--output", type=Path, required=True, help="folder of the table")
    run(main, arguments)

"""Histograms of fractional task variance for every pair of tasks, with the rotated control: table ftv_histogram."""

from argparse import Namespace
from pathlib import Path

from support import parser, read_table, run, write_tables

import replicortex as rx


def main(args: Namespace) -> None:
    variance, rotated = map(read_table, (args.variance, args.rotated))
    write_tables(rx.analysis.measure_ftv_histogram(variance, rotated), args.output)


if __name__ == "__main__":
    arguments = parser(__doc__)
    arguments.add_argument("variance", type=Path, help="table task_variance")
    arguments.add_argument("rotated", type=Path, help="table rotated_variance of the same networks")
    arguments.add_argument("--output", type=Path, required=True, help="folder of the table")
    run(main, arguments)

"""Unpack a table shipped beside the networks that it was measured on, after comparing its checksum."""

from argparse import Namespace
from pathlib import Path

from support import parser, run, whole

from replicortex import pretrained
from replicortex.tables import write_table


def main(args: Namespace) -> None:
    with whole(args.output) as part:
        write_table(pretrained.table(pretrained.read(args.folder), args.table), part)


if __name__ == "__main__":
    arguments = parser(__doc__)
    arguments.add_argument("folder", type=Path, help="of an experiment, e.g. pretrained/laptop/reference")
    arguments.add_argument("--table", required=True, help="name of the table, e.g. units")
    arguments.add_argument("--output", type=Path, required=True, help="the table (.parquet)")
    run(main, arguments)

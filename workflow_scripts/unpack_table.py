"""Unpack a table shipped beside the networks that it was measured on, after comparing its checksum."""

from argparse import Namespace
from pathlib import Path

from support import parser, run, used, whole

import replicortex as rx
from replicortex import pretrained
from replicortex.tables import write_table


def main(args: Namespace) -> None:
    shipped = pretrained.read(args.folder)
    used(shipped.folder / rx.records.MANIFEST, shipped.table_path(args.table))
    with whole(args.output) as part:
        write_table(pretrained.table(shipped, args.table), part, [pretrained.origin_of(shipped)])


if __name__ == "__main__":
    arguments = parser(__doc__)
    arguments.add_argument("folder", type=Path, help="of an experiment, e.g. pretrained/laptop/reference")
    arguments.add_argument("--table", required=True, help="name of the table, e.g. units")
    arguments.add_argument("--output", type=Path, required=True, help="the table (.parquet)")
    run(main, arguments)

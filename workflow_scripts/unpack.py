"""Unpack a shipped network with its learning history, or a table, after comparing checksums."""

from argparse import Namespace
from pathlib import Path

import replicortex as rx
from replicortex import pretrained
from replicortex.pipeline.script import atomic_write, parser, run, used
from replicortex.tables import write_table


def main(args: Namespace) -> None:
    shipped = pretrained.read(args.folder)
    if args.table:
        used(shipped.folder / rx.records.MANIFEST, shipped.table_path(args.table))
        with atomic_write(args.output) as part:
            write_table(pretrained.table(shipped, args.table), part, [pretrained.table_origin(shipped, args.table)])
        return
    used(shipped.folder / rx.records.MANIFEST, shipped.network_path(args.network))
    with atomic_write(args.output) as part:
        part.write_bytes(pretrained.marked_weights(shipped, args.network))
    with atomic_write(args.history) as part:
        write_table(pretrained.history(shipped, args.network), part, [pretrained.origin_of(shipped, [args.network])])


if __name__ == "__main__":
    arguments = parser(__doc__)
    arguments.add_argument("folder", type=Path, help="of an experiment, e.g. pretrained/laptop/reference")
    what = arguments.add_mutually_exclusive_group(required=True)
    what.add_argument("--network", help="label of the network, e.g. seed0")
    what.add_argument("--table", help="name of the table, e.g. units")
    arguments.add_argument("--output", type=Path, required=True, help="the weight file or the table")
    arguments.add_argument("--history", type=Path, help="of a network: its learning history (.parquet)")
    run(main, arguments)

"""Unpack the weights and the learning history of a shipped network, after comparing their checksums."""

from argparse import Namespace
from pathlib import Path

from support import parser, run, used, whole

import replicortex as rx
from replicortex import pretrained
from replicortex.tables import write_table


def main(args: Namespace) -> None:
    shipped = pretrained.read(args.folder)
    used(shipped.folder / rx.records.MANIFEST, shipped.network_path(args.network))
    with whole(args.output) as part:
        part.write_bytes(pretrained.marked_weights(shipped, args.network))
    with whole(args.history) as part:
        write_table(pretrained.history(shipped, args.network), part, [pretrained.origin_of(shipped, [args.network])])


if __name__ == "__main__":
    arguments = parser(__doc__)
    arguments.add_argument("folder", type=Path, help="of an experiment, e.g. pretrained/laptop/reference")
    arguments.add_argument("--network", required=True, help="label of the network, e.g. seed0")
    arguments.add_argument("--output", type=Path, required=True, help="the weight file (.safetensors)")
    arguments.add_argument("--history", type=Path, required=True, help="the learning history (.parquet)")
    run(main, arguments)

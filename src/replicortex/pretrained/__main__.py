"""``python -m replicortex.pretrained``: pack networks to be shipped, add later ones, and check those that are."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from replicortex.config import load_config
from replicortex.pretrained.manifest import FOLDER


def main(arguments: Sequence[str] | None = None) -> int:
    """The command line; returns 1 where something cannot be packed or added, or is not intact."""
    parser = argparse.ArgumentParser(prog="replicortex pretrained", description=__doc__)
    shown = f"folder of what is shipped (default {FOLDER}; to verify, that of this checkout if there is none here)"
    parser.add_argument("--root", type=Path, help=shown)
    commands = parser.add_subparsers(dest="command", required=True)
    packing = commands.add_parser("pack", help="pack the trained and measured networks of an experiment")
    adding = commands.add_parser("add", help="add networks that are not shipped yet to those of their experiment")
    measuring = commands.add_parser("measure", help="measure shipped networks for a table that is not shipped yet")
    measuring.add_argument(
        "--by", required=True, help="function of replicortex.analysis, e.g. measure_condition_scores"
    )
    for command in (packing, adding, measuring):
        command.add_argument("--experiment", required=True, help="name in the configuration, e.g. reference")
        command.add_argument("--scale", help="smoke, laptop or paper (default: as config.yaml says)")
    for command in (packing, adding):
        command.add_argument("--results", type=Path, help="folder results/<scale> (default: that of config.yaml)")
    some = "pattern of the labels whose weights are packed, e.g. '*seed0'; of the others the tables alone"
    packing.add_argument("--weights-of", default="*", help=some)
    packing.add_argument("--tables-only", action="store_true", help="leave the weights out: too many networks to ship")
    commands.add_parser("verify", help="compare every file with its checksum")
    options = parser.parse_args(arguments)
    # these take packages of an extra
    from replicortex.pretrained import add, pack, verify
    from replicortex.pretrained.adding import measure

    try:
        if options.command != "verify":
            config = load_config(scale=options.scale, pretrained=False, remeasure=False)
            root = options.root or FOLDER
            results = getattr(options, "results", None) or config.folder
            if options.command == "pack":
                chosen = {"weights": not options.tables_only, "weights_of": options.weights_of}
                shipped = pack(results, options.experiment, root, **chosen)
                print(f"packed into {shipped.folder}")
            elif options.command == "measure":
                shipped = measure(options.experiment, options.by, config.scale, root)
                print(f"measured the networks in {shipped.folder}")
            else:
                shipped = add(results, options.experiment, root)
                print(f"added {', '.join(shipped.measured['added'][-1]['networks'])} to {shipped.folder}")
        for line in verify(options.root):
            print(line)
    except (ValueError, OSError) as error:
        print(f"{parser.prog}: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    raise SystemExit(main())

"""Measure networks, or go on from tables: what a step of a paper makes, one parquet file for each of its tables."""

from argparse import Namespace
from pathlib import Path

from replicortex.pipeline.script import configured, many, run, write_tables
from replicortex.pipeline.steps import measure


def main(args: Namespace) -> None:
    made, made_from = measure(args)
    write_tables(made, args.output, made_from)


if __name__ == "__main__":
    arguments = configured(__doc__)
    arguments.add_argument("step", help="paper and step, e.g. yang2019/lesions")
    many(arguments, "networks", "weight files (.safetensors)", "*")
    arguments.add_argument("--tables", nargs="*", type=Path, default=[], help="tables that the step reads")
    arguments.add_argument("--kind", help="of the networks (default: the first of the paper)")
    arguments.add_argument("--option", nargs="*", default=[], metavar="NAME=VALUE", help="of the step")
    arguments.add_argument("--recordings", type=Path, help="folder with a folder per animal; see docs/recordings.md")
    arguments.add_argument("--output", type=Path, required=True, help="folder of the tables")
    run(main, arguments)

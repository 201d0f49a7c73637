"""Test the claims about a paper's main population on its other recipes: a table, and the same as CSV."""

from argparse import Namespace
from pathlib import Path

from replicortex.pipeline.script import parser, read_table, run, write_card
from replicortex.report.recipes import judge_recipes


def main(args: Namespace) -> None:
    tables = {f"{path.parent.name}/{path.stem}": read_table(path) for path in args.tables}
    recipes = {paper: names for paper, *names in args.paper}
    write_card(judge_recipes(tables, recipes, scale=args.scale), args.output)


if __name__ == "__main__":
    arguments = parser(__doc__)
    arguments.add_argument("tables", nargs="+", type=Path, help="tables, in a folder per experiment")
    arguments.add_argument(
        "--paper",
        nargs="+",
        action="append",
        required=True,
        metavar=("PAPER", "EXPERIMENT"),
        help="a paper and its recipes, the main population first",
    )
    arguments.add_argument("--scale", required=True, help="smoke, laptop or paper")
    arguments.add_argument("--output", type=Path, required=True, help="the CSV")
    run(main, arguments)

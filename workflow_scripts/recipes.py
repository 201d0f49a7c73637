"""Test the claims about a paper's main population on its other recipes, and say which settings their numbers depend on.

Two tables, and the same as CSV.
"""

from argparse import Namespace
from pathlib import Path

from replicortex.pipeline.discovery import papers
from replicortex.pipeline.script import configured, read_table, run, study, write_card
from replicortex.report.recipe_shares import judged_and_shared


def main(args: Namespace) -> None:
    tables = {f"{path.parent.name}/{path.stem}": read_table(path) for path in args.tables}
    recipes = {paper: names for paper, *names in args.paper}
    factors = {name: paper.factors for name in recipes if (paper := papers()[name]).factors is not None}
    verdicts, shares = judged_and_shared(tables, recipes, study(args), factors)
    write_card(verdicts, args.output)
    write_card(shares, args.shares)


if __name__ == "__main__":
    arguments = configured(__doc__)
    arguments.add_argument("tables", nargs="+", type=Path, help="tables, in a folder per experiment")
    arguments.add_argument(
        "--paper",
        nargs="+",
        action="append",
        required=True,
        metavar=("PAPER", "EXPERIMENT"),
        help="a paper and its recipes, the main population first",
    )
    arguments.add_argument("--output", type=Path, required=True, help="the CSV of verdicts")
    arguments.add_argument("--shares", type=Path, required=True, help="the CSV of shares")
    run(main, arguments)

"""Test every claim about spiking networks against the tables: as CSV, table and markdown."""

from argparse import Namespace
from pathlib import Path

from support import parser, populations, run, whole, write_card

import replicortex as rx


def main(args: Namespace) -> None:
    found = populations(args.population)
    tables = {f"{experiment}/{name}": table for experiment, read in found.items() for name, table in read.items()}
    rows = rx.scorecard.evaluate_force(tables, scale=args.scale, absent=dict(args.absent))
    write_card(rows, args.csv)
    with whole(args.markdown) as part:
        part.write_text(rx.scorecard.to_markdown(rows), encoding="utf-8")


if __name__ == "__main__":
    arguments = parser(__doc__)
    arguments.add_argument(
        "--population", nargs="+", action="append", default=[], metavar="EXPERIMENT TABLE", help="once for each"
    )
    arguments.add_argument(
        "--absent",
        nargs=2,
        action="append",
        default=[],
        metavar=("EXPERIMENT", "REASON"),
        help="an experiment without networks, and why; its claims cannot be tested",
    )
    arguments.add_argument("--scale", required=True, help="smoke, laptop or paper")
    arguments.add_argument("--csv", type=Path, required=True, help="the scorecard for programs")
    arguments.add_argument("--markdown", type=Path, required=True, help="the scorecard for people")
    run(main, arguments)

"""Test every claim against the tables: the scorecard as CSV and as markdown, and how many networks each claim needs.

Beside each CSV a table (.parquet) with the same rows, from which the figures are drawn.
"""

from argparse import Namespace
from pathlib import Path

import replicortex as rx
from replicortex.pipeline.script import atomic_write, parser, read_table, run, write_card, write_tables
from replicortex.report.network_values import network_values


def main(args: Namespace) -> None:
    tables = {f"{path.parent.name}/{path.stem}": read_table(path) for path in args.tables}
    judged = rx.scorecard.judge_all(tables, scale=args.scale, absent=dict(args.absent))
    rows = rx.scorecard.to_table(judged, args.scale)
    samples = rx.scorecard.sample_size(judged, scale=args.scale)
    write_card(rows, args.output / "scorecard.csv")
    with atomic_write(args.output / "scorecard.md") as part:
        part.write_text(rx.scorecard.to_markdown(rows), encoding="utf-8")
    write_card(samples, args.output / "sample_size.csv")
    values = network_values({each.claim.id: each.estimate for each in judged})
    write_tables({"values": values}, args.output)


if __name__ == "__main__":
    arguments = parser(__doc__)
    arguments.add_argument("tables", nargs="+", type=Path, help="tables, in a folder per experiment")
    arguments.add_argument(
        "--absent",
        nargs=2,
        action="append",
        default=[],
        metavar=("EXPERIMENT", "REASON"),
        help="an experiment without networks, and why; its claims cannot be tested",
    )
    arguments.add_argument("--scale", required=True, help="smoke, laptop or paper")
    arguments.add_argument("--output", type=Path, required=True, help="folder of the scorecard")
    run(main, arguments)

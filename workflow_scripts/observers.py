"""How well the tasks can be done at all: tables ideal_observer and summing_observer (context ignored)."""

from argparse import Namespace
from pathlib import Path

from support import parser, run, write_tables

import replicortex as rx


def main(args: Namespace) -> None:
    stream = rx.streams.generator
    ideal = rx.tasks.ideal_observer_table(stream("observers", "ideal"), rule_set=args.rule_set)
    summing = rx.tasks.summing_observer_table(stream("observers", "summing"), rule_set=args.rule_set)
    write_tables({"ideal_observer": ideal, "summing_observer": summing}, args.output)


if __name__ == "__main__":
    arguments = parser(__doc__)
    arguments.add_argument(
        "--rule-set", default="all", help="tasks to do: all or mante (default: %(default)s)"
    )
    arguments.add_argument("--output", type=Path, required=True, help="folder of the tables")
    run(main, arguments)

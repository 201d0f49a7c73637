"""How well the tasks can be done at all: tables ideal_observer and summing_observer (context ignored)."""

import json
from argparse import Namespace
from pathlib import Path

from support import parser, run, write_tables

import replicortex as rx
from replicortex.origin import of_basis


def main(args: Namespace) -> None:
    coding = rx.tasks.Coding(**args.coding)
    ideal, summing = (rx.streams.generator(args.experiment, "observers", name) for name in ("ideal", "summing"))
    tables = {
        "ideal_observer": rx.tasks.ideal_observer_table(ideal, coding=coding),
        "summing_observer": rx.tasks.summing_observer_table(summing, coding=coding),
    }
    write_tables(tables, args.output, [of_basis(args.experiment, args.coding)])


if __name__ == "__main__":
    arguments = parser(__doc__)
    arguments.add_argument("--experiment", required=True, help="name in the configuration, e.g. reference")
    arguments.add_argument(
        "--coding",
        type=json.loads,
        default={},
        help="how trials are coded: fields of tasks.Coding as JSON (default: the paper's)",
    )
    arguments.add_argument("--output", type=Path, required=True, help="folder of the tables")
    run(main, arguments)

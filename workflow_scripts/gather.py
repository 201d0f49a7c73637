"""Put tables of single networks one below the other, in the order given."""

from argparse import Namespace
from pathlib import Path

import pyarrow
from support import many, parser, run, whole

from replicortex.tables import read_columns, write_table


def main(args: Namespace) -> None:
    parts = [read_columns(path) for path in args.parts]
    with whole(args.output) as part:
        write_table(pyarrow.concat_tables(parts), part)


if __name__ == "__main__":
    arguments = parser(__doc__)
    many(arguments, "parts", "parquet files with the same columns")
    arguments.add_argument("--output", type=Path, required=True, help="the table")
    run(main, arguments)

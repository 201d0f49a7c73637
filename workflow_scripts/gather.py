"""Put tables of single networks one below the other, in the order given."""

from argparse import Namespace
from pathlib import Path

import pyarrow
from pyarrow import parquet
from support import parser, run, whole


def main(args: Namespace) -> None:
    # by this thread alone: threads that are still starting when a short process ends bring it down
    parts = [parquet.ParquetFile(path).read(use_threads=False) for path in args.parts]
    with whole(args.output) as part:
        parquet.write_table(pyarrow.concat_tables(parts), part)


if __name__ == "__main__":
    arguments = parser(__doc__)
    arguments.add_argument("parts", nargs="+", type=Path, help="parquet files with the same columns")
    arguments.add_argument("--output", type=Path, required=True, help="the table")
    run(main, arguments)

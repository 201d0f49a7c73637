"""Put tables of single networks one below the other, in the order given."""

import re
from argparse import Namespace
from pathlib import Path

import pyarrow

from replicortex.errors import rebuild_hint
from replicortex.pipeline.script import atomic_write, many, origins, parser, read_columns, run
from replicortex.tables import write_table


def main(args: Namespace) -> None:
    parts = [_own(path) for path in args.parts]
    with atomic_write(args.output) as part:
        write_table(pyarrow.concat_tables(parts), part, origins())


def _own(path: Path) -> pyarrow.Table:
    """A table, once it has been seen to begin with the network that its file or folder is named after.

    Raises
    ------
    ValueError
        It is damaged, or another network's.
    """
    table, history = read_columns(path), path.name.removesuffix(".history.parquet")
    label = history if history != path.name else re.sub(r"\+\d+$", "", path.parent.name)  # seed0+4: and four more
    networks = table["network"][:1].to_pylist() if "network" in table.column_names else []
    if networks != [label] or (history == label and "trials" not in table.column_names):
        raise ValueError(f"{path}: is not the table of {label}; {rebuild_hint(path)}")
    return table


if __name__ == "__main__":
    arguments = parser(__doc__)
    many(arguments, "parts", "parquet files with the same columns")
    arguments.add_argument("--output", type=Path, required=True, help="the table")
    run(main, arguments)

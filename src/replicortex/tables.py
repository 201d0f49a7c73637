"""What all readers of measured tables share: their files, which networks there are, and that none is missing."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from replicortex import checksums, origin
from replicortex.errors import rebuild_hint

if TYPE_CHECKING:
    import pandas as pd
    import pyarrow


def write_table(table: pd.DataFrame | pyarrow.Table, path: str | Path, origins: Iterable[origin.Origin] = ()) -> None:
    """Write a parquet file that carries what it was made from and its own checksum; equal tables give equal bytes."""
    Path(path).write_bytes(packed(table, origins))


def packed(table: pd.DataFrame | pyarrow.Table, origins: Iterable[origin.Origin] = (), **options: object) -> bytes:
    """The file that `write_table` writes; options are those of ``pyarrow.parquet.ParquetWriter``."""
    import pyarrow
    from pyarrow import parquet

    columns = table if isinstance(table, pyarrow.Table) else pyarrow.Table.from_pandas(table, preserve_index=False)
    sink = pyarrow.BufferOutputStream()
    with parquet.ParquetWriter(sink, columns.schema, **options) as writer:
        writer.write_table(columns)
        told = origin.dumps(origins)
        writer.add_key_value_metadata({checksums.KEY: checksums.BLANK, **({origin.KEY: told} if told != "[]" else {})})
    return checksums.seal(sink.getvalue().to_pybytes())


def read_columns(path: str | Path) -> pyarrow.Table:
    """A parquet file, once its checksum has been found to be right.

    Raises
    ------
    FileNotFoundError
        No such file.
    ValueError
        The file is damaged, or no parquet file.
    """
    return read_marked(path)[0]


def read_marked(path: str | Path, required: bool = False) -> tuple[pyarrow.Table, tuple[origin.Origin, ...]]:
    """A parquet file and what it was made from; raises as `read_columns`.

    Parameters
    ----------
    path
        The file.
    required
        Whether a file without a checksum is refused.
    """
    return unpacked(checksums.read_sealed(path, required), str(path))


def origins_of(path: str | Path) -> tuple[origin.Origin, ...]:
    """What a parquet file says it was made from, without reading its rows; nothing where it says nothing."""
    import pyarrow
    from pyarrow import parquet

    try:
        told = parquet.read_metadata(path).metadata or {}
    except (pyarrow.ArrowException, OSError):
        return ()
    return origin.loads(told.get(origin.KEY.encode()))


def unpacked(content: bytes, name: str) -> tuple[pyarrow.Table, tuple[origin.Origin, ...]]:
    """What a parquet file's content holds; ``name`` is how the message of a ValueError calls the file."""
    import pyarrow
    from pyarrow import parquet

    try:
        # read by this thread alone: threads that are still starting when a short process ends bring it down
        found = parquet.ParquetFile(pyarrow.BufferReader(content)).read(use_threads=False)
    except (pyarrow.ArrowException, OSError, MemoryError) as error:
        reason = " ".join(str(error).split())
        raise ValueError(f"{name}: not a readable table ({reason}); {rebuild_hint(name)}") from None
    told = found.schema.metadata or {}
    others = {key: text for key, text in told.items() if key not in (checksums.KEY.encode(), origin.KEY.encode())}
    return found.replace_schema_metadata(others or None), origin.loads(told.get(origin.KEY.encode()))


def read_table(path: str | Path) -> pd.DataFrame:
    """A parquet file as pandas has it; raises as `read_columns`."""
    return to_frame(read_columns(path), path)


def to_frame(table: pyarrow.Table, path: str | Path) -> pd.DataFrame:
    """Columns as pandas has them; ``path`` is for the message of a ValueError about pandas' notes in the file."""
    try:
        return table.to_pandas(use_threads=False)
    except (TypeError, KeyError, AttributeError, LookupError, RuntimeError) as error:  # of pandas' notes in the footer
        raise ValueError(f"{path}: not a readable table ({error!r}); {rebuild_hint(path)}") from None


def networks(tables: Mapping[str, pd.DataFrame]) -> tuple[str, ...]:
    """Labels of all networks, in the order of the learning history, or of the summary of spiking networks.

    The first is the example network.
    """
    roster = tables["history"] if "history" in tables else tables["summary"]
    return tuple(str(label) for label in roster["network"].unique())


def stopped(tables: Mapping[str, pd.DataFrame]) -> tuple[str, ...]:
    """Labels of the spiking networks whose run was broken off, which not every table can hold."""
    if "summary" not in tables:
        return ()
    summary = tables["summary"]
    return tuple(str(label) for label in summary.loc[summary["status"] != "ok", "network"])


def axes(members: pd.DataFrame) -> list[str]:
    """The settings in which the networks of an experiment differ by design: dotted paths of its grid."""
    return [str(column) for column in members.columns if column not in ("network", "seed")]


def last_performance(history: pd.DataFrame) -> pd.DataFrame:
    """Performance at each network's last evaluation, (network, task), networks in the order of the history."""
    last = history[history["updates"] == history.groupby("network")["updates"].transform("max")]
    return last.pivot(index="network", columns="task", values="performance").loc[list(history["network"].unique())]


def check_networks(
    table: pd.DataFrame,
    name: str,
    labels: Sequence[str],
    where: str = "",
    *,
    excused: Collection[str] = (),
    listing: str = "history",
    per: str = "network",
) -> None:
    """Make sure that a table holds the networks that are listed, all of them and no others.

    Parameters
    ----------
    table, name
        A table, and its name for the message ("units" or "experiment/units"); one without the column `network`
        is fine.
    labels
        The networks that are listed.
    where
        What the message begins with, such as the figure.
    excused
        Those of them that the table need not hold.
    listing
        The table that lists them.
    per
        What the table is about: each "network", the "example" (the first of them), or else any of them.

    Raises
    ------
    ValueError
        A network has no rows, or one is not listed.
    """
    if "network" not in table.columns:
        return
    present = {str(label) for label in table["network"].unique()}
    expected = [label for label in labels if label not in excused]
    wanted = {"network": expected, "example": expected[:1]}.get(per, [])
    listing = {"history": "learning history"}.get(listing, listing)
    missing = [label for label in wanted if label not in present]
    if missing:
        raise ValueError(
            f"{where}table {name!r} has no rows for {', '.join(missing)}, which the {listing} lists; "
            "measure these networks again, nothing is shown or judged on part of them"
        )
    unknown = sorted(present - set(labels))
    if unknown:
        raise ValueError(
            f"{where}table {name!r} holds {', '.join(unknown)}, unknown to the {listing}; known are {', '.join(labels)}"
        )

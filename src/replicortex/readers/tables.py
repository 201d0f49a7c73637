"""Tables in CSV and parquet files."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from replicortex import extras
from replicortex.errors import shorten
from replicortex.readers.content import MOST_NUMBERS, look, refusal, whole_content
from replicortex.readers.guard import one_line

if TYPE_CHECKING:
    import pandas as pd
    import pyarrow

_WHAT = "table"
_SAVE = "save it as CSV with commas and decimal points, in UTF-8"
_SEPARATORS = {";": "semicolons", "\t": "tabs", "|": "vertical bars"}


def read_table(path: str | Path, text: Sequence[str] = ()) -> pd.DataFrame:
    """A table in a CSV or a parquet file, whichever it is by its content.

    Parameters
    ----------
    path
        The file. Its ending does not matter.
    text
        Columns of a CSV that are text even where they look like numbers (a unit may be called 007).

    Raises
    ------
    ValueError
        As `read_csv` or `read_parquet`; it is neither.
    """
    if look(path, _WHAT) == "parquet":
        return read_parquet(path)
    return read_csv(path, text)


def read_csv(path: str | Path, text: Sequence[str] = (), header: bool = True) -> pd.DataFrame:
    """A table of comma-separated values with decimal points, in UTF-8.

    Numbers are read to the last bit. Nothing but an empty field counts as missing: "NA" is text.

    Parameters
    ----------
    path, text
        As in `read_table`.
    header
        Whether the first line names the columns; else they are numbered from 0.

    Raises
    ------
    ValueError
        It is no such text; columns are separated by something else; two have one name; a row is longer than the first
        line, or empty; it has more than ``MOST_NUMBERS`` fields.
    """
    import pandas as pd

    content = whole_content(path, _WHAT, ("text",), _SAVE)
    names = first_row(path, content)
    if header and len(set(names)) < len(names):
        twice = next(name for name in names if names.count(name) > 1)
        raise ValueError(f"{path}: two columns are called {twice!r}; give each a name of its own")
    with one_line(path, _WHAT, _SAVE):
        table = pd.read_csv(
            io.BytesIO(content),
            header=0 if header else None,
            dtype=dict.fromkeys(text, str),
            index_col=False,
            encoding="utf-8-sig",
            keep_default_na=False,
            na_values=[""],
            float_precision="round_trip",
        )
    if table.size > MOST_NUMBERS:
        raise ValueError(f"{path}: {table.size:,} fields; {MOST_NUMBERS:,} at most, keep the part that is needed")
    empty = table.isna().all(axis=1).to_numpy()
    if empty.any():
        raise ValueError(f"{path}: row {int(empty.argmax())} after the header holds nothing but commas; delete it")
    return table


def first_row(path: str | Path, content: bytes) -> list[str]:
    """The fields of a CSV's first line, once they are found to be separated by commas.

    Raises
    ------
    ValueError
        They are separated by something else, or the line is a comment.
    """
    with one_line(path, _WHAT, _SAVE):
        lines = io.StringIO(content.decode("utf-8-sig").lstrip("\r\n"), newline=None)
        line, second = (next(rows, []) for rows in [csv.reader(lines)] * 2)
    if line and line[0].lstrip().startswith("#"):
        raise ValueError(f"{path}: its first line begins with '#'; delete it, or the '#' in front of names of columns")
    for separator, told in _SEPARATORS.items():
        if any(separator in field for field in line):
            raise ValueError(
                f"{path}: its columns are separated by {told}; {_SAVE}, e.g. pandas.read_csv(file, "
                f"sep={separator!r}, decimal=',').to_csv(path, index=False)"
            )
    if len(line) == len(second) == 1 and len(second[0].split()) > 1 and all(map(is_number, second[0].split())):
        raise ValueError(
            f"{path}: its columns are separated by blanks; {_SAVE}, e.g. pandas.read_csv(file, sep=r'\\s+')"
            ".to_csv(path, index=False)"
        )
    return [field.strip() for field in line]


def is_number(text: str) -> bool:
    """Whether a field of a table is a number.

    Examples
    --------
    >>> is_number("-1e-3"), is_number("x")
    (True, False)
    """
    try:
        float(text)
    except ValueError:
        return False
    return True


def read_parquet(path: str | Path) -> pd.DataFrame:
    """A table in a parquet file.

    Raises
    ------
    ValueError
        It is no such file, or a damaged one; it unpacks to more than ``MOST_NUMBERS`` numbers; two columns have one
        name.
    ModuleNotFoundError
        pyarrow is missing.
    """
    kind = look(path, _WHAT)
    if kind != "parquet":
        raise refusal(path, _WHAT, kind, "write it with pandas.DataFrame.to_parquet")
    content = whole_content(path, _WHAT, ("parquet",))
    with extras.named():
        import pyarrow  # noqa: F401  # one that is missing is no fault of the file
    with one_line(path, _WHAT):
        # what pandas notes of an index would take columns away
        table: pd.DataFrame = unpacked_columns(content).to_pandas(use_threads=False, ignore_metadata=True)
    if not table.columns.is_unique:
        twice = table.columns[table.columns.duplicated()][0]
        raise ValueError(f"{path}: two columns are called {twice!r}; give each a name of its own")
    return table


def unpacked_columns(content: bytes, most: int = MOST_NUMBERS) -> pyarrow.Table:
    """The table in a parquet file's content.

    Raises
    ------
    ValueError
        It unpacks to more than ``most`` numbers. Damage raises pyarrow's errors.
    """
    import pyarrow
    from pyarrow import parquet

    file = parquet.ParquetFile(pyarrow.BufferReader(content))
    facts = file.metadata
    groups = [facts.row_group(i) for i in range(facts.num_row_groups)]
    # columns of lists have more values than rows
    values = sum(group.column(j).num_values for group in groups for j in range(group.num_columns))
    count = max(values, facts.num_rows * facts.num_columns)
    size = sum(group.total_byte_size for group in groups)
    if count > most or (size := max(size, _text_size(content, file.schema_arrow))) > 8 * most:
        raise ValueError(f"it unpacks to {count:,} numbers and {size:,} bytes; {most:,} and {8 * most:,} at most")
    # read by this thread alone: threads that are still starting when a short process ends bring it down
    return file.read(use_threads=False)


def _text_size(content: bytes, schema: pyarrow.Schema) -> int:
    """Bytes that columns of texts unpack to; a text that is there a million times may be stored once."""
    import pyarrow
    from pyarrow import compute, parquet, types

    kinds = (types.is_string, types.is_binary, types.is_large_string, types.is_large_binary)
    names = [field.name for field in schema if any(kind(field.type) for kind in kinds)]
    if not names:
        return 0
    file = parquet.ParquetFile(pyarrow.BufferReader(content), read_dictionary=names)
    size = 0
    for batch in file.iter_batches(columns=names, use_threads=False):
        for column in batch.columns:
            texts = isinstance(column, pyarrow.DictionaryArray)
            lengths = compute.binary_length(column.dictionary).take(column.indices) if texts else None
            size += compute.sum(lengths).as_py() or 0 if lengths is not None else column.nbytes
    return size


def number_column(path: str | Path, table: pd.DataFrame, column: Any) -> pd.Series:
    """A column of finite numbers in double precision.

    Raises
    ------
    ValueError
        A value is something else; its row, counted from 0 after the header, and the value are given.
    """
    import numpy as np
    import pandas as pd

    values = pd.to_numeric(table[column], errors="coerce").to_numpy(dtype=np.float64)
    bad = ~np.isfinite(values)
    if bad.any():
        row = int(bad.argmax())
        found = table[column].iloc[row]
        found = found.item() if isinstance(found, np.generic) else found
        told = "is missing" if pd.isna(found) else f"{shorten(found)} is not a finite number"
        comma = "; decimals are written with a point" if isinstance(found, str) and "," in found else ""
        raise ValueError(f"{path}: row {row}, column {column!r}: {told}{comma}")
    return pd.Series(values, index=table.index)

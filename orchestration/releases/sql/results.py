"""The formats of a query's result: a table for people; CSV, JSON and Parquet for programs.

The files are written by a second DuckDB connection, since the one to a release can't reach files.
"""

import shutil
import tempfile
from decimal import Decimal
from pathlib import Path
from typing import Any, BinaryIO

import duckdb
from rich.table import Table
from rich.text import Text

from orchestration.terminal import line
from orchestration.warehouse.sql import literal

ROWS_SHOWN = 1000
COPY_OPTIONS = {
    "csv": "format csv, header",
    "json": "format json, array",
    "parquet": "format parquet, compression zstd",
}


class NoResult(Exception):
    """A statement returns no rows to write."""


class UnknownFormat(Exception):
    """The suffix of a file's name is not that of a known format."""


def table(result: duckdb.DuckDBPyConnection) -> Table:
    """Return the first thousand rows of a query as a table, with a dim dot for a missing value."""
    shown = Table(box=None, header_style="bold", padding=(0, 2, 0, 0), caption_justify="left")
    rows = result.fetchmany(ROWS_SHOWN)
    more = result.fetchone() is not None
    for position, (name, *_) in enumerate(result.description or []):
        numeric = any(isinstance(row[position], (int, float, Decimal)) for row in rows)
        shown.add_column(line(name), justify="right" if numeric else "left", overflow="fold")
    for row in rows:
        shown.add_row(*(_text(value) for value in row))
    shown.caption = f"the first {ROWS_SHOWN:,} rows" if more else f"{len(rows):,} row{'' if len(rows) == 1 else 's'}"
    return shown


def _text(value: Any) -> Text:
    return line(("·", "dim")) if value is None else line(str(value))


def format_of(path: Path) -> str:
    """Return the format of a file's suffix: csv, json or parquet. Raises UnknownFormat."""
    form = path.suffix.lstrip(".").lower()
    if form not in COPY_OPTIONS:
        raise UnknownFormat(f"{path}: the name must end in {', '.join(f'.{name}' for name in COPY_OPTIONS)}")
    return form


def write(connection: duckdb.DuckDBPyConnection, query: str, path: Path, form: str) -> int:
    """Write all rows of a query to a file, atomically, and return how many there are.

    Dates and decimals keep the types and digits of the release. Raises NoResult if the statement returns no rows to
    write, duckdb.Error if it is wrong, OSError if the file can't be written.
    """
    relation = connection.sql(query)
    if relation is None:
        raise NoResult("the statement gives no rows to write")
    with tempfile.TemporaryDirectory(dir=path.absolute().parent, prefix=".entrepot-") as folder:
        part = Path(folder) / f"result.{form}"
        with duckdb.connect() as writer:
            writer.register("result", _Rows(relation))
            copied = writer.execute(f"copy result to {literal(part)} ({COPY_OPTIONS[form]})").fetchone()
        part.replace(path)
    return int(copied[0]) if copied else 0


def stream(connection: duckdb.DuckDBPyConnection, query: str, target: BinaryIO, form: str) -> None:
    """Write all rows of a query to an open stream. Raises the same errors as `write`."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "result"
        write(connection, query, path, form)
        with path.open("rb") as file:
            shutil.copyfileobj(file, target)


class _Rows:
    """A result in the form that a connection to another database can read: an Arrow stream."""

    def __init__(self, relation: duckdb.DuckDBPyRelation) -> None:
        self._relation = relation

    def __arrow_c_stream__(self, requested_schema: Any = None) -> Any:
        return self._relation.__arrow_c_stream__(requested_schema)

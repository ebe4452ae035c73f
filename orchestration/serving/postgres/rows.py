"""Rows from a release into PostgreSQL and back, as CSV through a pipe: DuckDB writes and reads it, never Python.

A pipe has a path, /dev/fd/<number>, so that nothing of a release is ever written to disk twice.
"""

import os
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

import psycopg
from duckdb import DuckDBPyConnection
from psycopg import sql

from orchestration.releases.content import Relation, count_and_hash
from orchestration.warehouse.sql import identifier, literal

BLOCK_BYTES = 1 << 18


def copy_in(
    connection: psycopg.Connection, release: DuckDBPyConnection, relation: Relation, into: sql.Identifier
) -> None:
    """Copy all rows of a release's table or view, frozen: a reader whose snapshot is older sees them too.

    Without FREEZE, a repeatable read that began before the swap would find the new tables empty. PostgreSQL allows it
    only for a table made in the same transaction.
    """
    copy = sql.SQL("copy {} from stdin (format csv, freeze)").format(into)
    with connection.cursor() as cursor, _written(release, relation) as blocks, cursor.copy(copy) as copying:
        while block := blocks.read(BLOCK_BYTES):
            copying.write(block)


@contextmanager
def _written(release: DuckDBPyConnection, relation: Relation) -> Iterator[BinaryIO]:
    """Give what DuckDB writes of a table, while it writes it. Raises what DuckDB raised."""
    receiving, sending = os.pipe()
    # Quoted text keeps '' apart from null, and a line `\.` from the end of the data.
    texts = ", ".join(identifier(column.name) for column in relation.columns if column.type == "VARCHAR")
    quoted = f", force_quote ({texts})" if texts else ""
    query = (
        f"copy release.{relation.quoted} to {literal(Path('/dev/fd', str(sending)))}"
        f" (format csv, header false, use_tmp_file false{quoted})"
    )

    def write() -> None:
        try:
            with release.cursor() as own:
                own.execute(query)
        finally:
            os.close(sending)

    with ThreadPoolExecutor(1) as pool:
        # Closed before the pool is: a writer that nobody reads any more ends with a broken pipe.
        with open(receiving, "rb", buffering=0) as blocks:
            writing = pool.submit(write)
            yield blocks
        writing.result()


def read_back(
    connection: psycopg.Connection, release: DuckDBPyConnection, relation: Relation, table: sql.Identifier
) -> tuple[int, str]:
    """Return the row count and content hash of what PostgreSQL holds, by the same rule as a release's own."""
    receiving, sending = os.pipe()

    def read() -> tuple[int, str]:
        try:
            with release.cursor() as own:
                source = _csv(Path("/dev/fd", str(receiving)), relation)
                return count_and_hash(own, source, [column.name for column in relation.columns])
        finally:
            os.close(receiving)

    with ThreadPoolExecutor(1) as pool:
        reading = pool.submit(read)
        try:
            copy = sql.SQL("copy {} to stdout (format csv)").format(table)
            with open(sending, "wb") as pipe, connection.cursor() as cursor, cursor.copy(copy) as copying:
                for block in copying:
                    pipe.write(block)
        except BrokenPipeError:
            pass  # DuckDB gave up, and says why below
        return reading.result()


def _csv(path: Path, relation: Relation) -> str:
    """Return SQL that reads PostgreSQL's CSV as rows of the table's own types, and guesses nothing."""
    types = ", ".join(f"{literal(column.name)}: {literal(column.type)}" for column in relation.columns)
    return (
        f"read_csv({literal(path)}, columns = {{{types}}}, auto_detect = false, header = false, delim = ',',"
        " quote = '\"', escape = '\"', nullstr = '', allow_quoted_nulls = false, parallel = false)"
    )

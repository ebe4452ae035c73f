"""Copy rows from a release to PostgreSQL and back, as CSV through a pipe that DuckDB, not Python, writes and reads.

DuckDB opens the pipe by its path, /dev/fd/<number>, so the rows are never written to an intermediate file.
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
    """Copy all rows of a release's table or view with FREEZE, so that readers with an older snapshot see them too.

    Without FREEZE, a repeatable read that began before the swap would find the new tables empty. PostgreSQL allows it
    only for a table created in the same transaction.
    """
    copy = sql.SQL("copy {} from stdin (format csv, freeze)").format(into)
    with connection.cursor() as cursor, _csv_stream(release, relation) as blocks, cursor.copy(copy) as copying:
        while block := blocks.read(BLOCK_BYTES):
            copying.write(block)


@contextmanager
def _csv_stream(release: DuckDBPyConnection, relation: Relation) -> Iterator[BinaryIO]:
    """Yield a stream of the CSV that DuckDB is writing of a table. Raises DuckDB's error, if any."""
    receiving, sending = os.pipe()
    # Quotes distinguish '' from null, and a text `\.` from the marker of the end of the data.
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
        # Closed before the pool waits for the writer: if reading has stopped early, the writer ends with a broken pipe.
        with open(receiving, "rb", buffering=0) as blocks:
            writing = pool.submit(write)
            yield blocks
        writing.result()


def read_back(
    connection: psycopg.Connection, release: DuckDBPyConnection, relation: Relation, table: sql.Identifier
) -> tuple[int, str]:
    """Return the row count and content hash of a table in PostgreSQL, computed as for the release itself."""
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
            pass  # DuckDB stopped reading; its error is raised by result() below
        return reading.result()


def _csv(path: Path, relation: Relation) -> str:
    """Return SQL that reads PostgreSQL's CSV with the table's column types, without any type detection."""
    types = ", ".join(f"{literal(column.name)}: {literal(column.type)}" for column in relation.columns)
    return (
        f"read_csv({literal(path)}, columns = {{{types}}}, auto_detect = false, header = false, delim = ',',"
        " quote = '\"', escape = '\"', nullstr = '', allow_quoted_nulls = false, parallel = false)"
    )

"""Payloads into raw tables: append-only, each payload once, in one transaction with the log of what was loaded."""

from collections.abc import Callable, Container, Iterable, Mapping
from dataclasses import astuple, dataclass

import duckdb
import pandas as pd

from orchestration.archive import Sighting
from orchestration.sources.connector import fingerprint

# The columns of a figure of the record that are not text; all others are, codes with leading zeros among them.
COLUMN_TYPES = {
    "value": "decimal(18, 6)",
    "rounding_unit": "decimal(18, 6)",
    "published_on": "date",
    "line_number": "integer",
}

# `same_as` is the payload whose rows are those of this one: publishers that print the time that a reply took never
# send the same bytes twice.
CREATE_LOADS = """
create table if not exists raw.archive__loads (
    source varchar, dataset varchar, payload_sha256 varchar, content varchar, same_as varchar, rows bigint,
    refusal varchar
)
"""


@dataclass(frozen=True)
class Loaded:
    """What a load did to one raw table."""

    table: str
    rows_added: int
    rows: int


def table_name(source: str, dataset: str) -> str:
    return f"raw.{source}__{dataset}"


def prepare(connection: duckdb.DuckDBPyConnection) -> None:
    """Make the log of loads. A build file from before there was one is made again, from the archive."""
    logged = "select 1 from duckdb_tables() where schema_name = 'raw' and table_name = 'archive__loads'"
    if not connection.execute(logged).fetchone():
        connection.execute("drop schema if exists raw cascade")
    connection.execute("create schema if not exists raw")
    connection.execute(CREATE_LOADS)


def create(connection: duckdb.DuckDBPyConnection, table: str, columns: Mapping[str, str]) -> None:
    """Make a raw table that staging can read before its source has sent anything."""
    listed = ", ".join(f"{column} {kind}" for column, kind in columns.items())
    connection.execute(f"create table if not exists {table} ({listed}, payload_sha256 varchar)")


@dataclass(frozen=True)
class LoadEntry:
    """What became of a payload: the fingerprint of its rows, the first payload that had them, or why it was refused."""

    content: str | None
    same_as: str | None
    rows: int
    refusal: str | None


def log(connection: duckdb.DuckDBPyConnection) -> dict[tuple[str, str, str], LoadEntry]:
    """Return what became of each payload, by source, dataset and hash."""
    prepare(connection)
    logged = "select source, dataset, payload_sha256, content, same_as, rows, refusal from raw.archive__loads"
    return {tuple(row[:3]): LoadEntry(*row[3:]) for row in connection.execute(logged).fetchall()}


def append(
    connection: duckdb.DuckDBPyConnection,
    sighting: Sighting,
    frame: pd.DataFrame,
    table: str | None = None,
    columns: Mapping[str, str] | None = None,
) -> None:
    """Append a payload's rows to its raw table, made on first use, and log them. A blank is missing, never zero.

    Rows that an earlier payload of the dataset had already are logged, and stand once.
    """
    table = table or table_name(sighting.source, sighting.dataset)
    types = columns or {column: COLUMN_TYPES.get(column, "varchar") for column in frame.columns}
    blank_to_null = ", ".join(
        column if kind == "integer" else f"cast(nullif({column}, '') as {kind})" for column, kind in types.items()
    )
    create(connection, table, types)
    if note(connection, sighting, frame):
        connection.register("payload_rows", frame)
        connection.execute(f"insert into {table} select {blank_to_null}, ? from payload_rows", [sighting.sha256])
        connection.unregister("payload_rows")


def note(connection: duckdb.DuckDBPyConnection, sighting: Sighting, frame: pd.DataFrame) -> bool:
    """Log a payload's rows; return whether they are new, and not those of an earlier payload of the dataset."""
    content = fingerprint(frame)
    first = "select any_value(same_as) from raw.archive__loads where source = ? and dataset = ? and content = ?"
    [(same_as,)] = connection.execute(first, [sighting.source, sighting.dataset, content]).fetchall()
    _log(connection, sighting, LoadEntry(content, same_as or sighting.sha256, len(frame), None))
    return same_as is None


def _log(connection: duckdb.DuckDBPyConnection, sighting: Sighting, logged: LoadEntry) -> None:
    values = [sighting.source, sighting.dataset, sighting.sha256, *astuple(logged)]
    connection.execute("insert into raw.archive__loads values (?, ?, ?, ?, ?, ?, ?)", values)


def load(
    connection: duckdb.DuckDBPyConnection, sightings: Iterable[Sighting], parse: Callable[[Sighting], pd.DataFrame]
) -> list[Loaded]:
    """Load the payloads that raw tables do not hold yet, all of them or none.

    Raises what `parse` raises; then nothing was loaded.
    """
    results = []
    connection.begin()
    try:
        held = log(connection)
        for sighting in sightings:
            is_held = (sighting.source, sighting.dataset, sighting.sha256) in held
            frame = None if is_held else parse(sighting)
            if frame is not None:
                append(connection, sighting, frame)
            table = table_name(sighting.source, sighting.dataset)
            results.append(Loaded(table, 0 if frame is None else len(frame), count(connection, table)))
        connection.commit()
    except BaseException:
        connection.rollback()
        raise
    return results


def count(connection: duckdb.DuckDBPyConnection, table: str) -> int:
    [(rows,)] = connection.execute(f"select count(*) from {table}").fetchall()
    return int(rows)


def restore(
    connection: duckdb.DuckDBPyConnection,
    sightings: Iterable[Sighting],
    parse: Callable[[Sighting], pd.DataFrame],
    refused: type[Exception],
    table_of: Callable[[Sighting], tuple[str, Mapping[str, str]]] | None = None,
    lake: Container[str] = (),
) -> dict[str, int]:
    """Load what the archive holds and the raw tables lack: a build file that was lost is made again, history and all.

    Payloads that `parse` refuses with `refused` are noted as such, and stay out; those of the datasets in `lake` are
    noted, and go to no raw table. Returns the rows added by dataset.
    """
    added: dict[str, int] = {}
    held = log(connection)
    payloads = {(seen.source, seen.dataset, seen.sha256): seen for seen in sightings if not seen.problem}
    for sighting in (seen for payload, seen in payloads.items() if payload not in held):
        connection.begin()
        try:
            try:
                frame = parse(sighting)
            except refused as refusal:
                _log(connection, sighting, LoadEntry(None, None, 0, str(refusal)))
            else:
                if sighting.dataset in lake:
                    note(connection, sighting, frame)
                else:
                    append(connection, sighting, frame, *(table_of(sighting) if table_of else ()))
                    added[sighting.dataset] = added.get(sighting.dataset, 0) + len(frame)
            connection.commit()
        except BaseException:
            connection.rollback()
            raise
    return added

"""Raw tables: append-only, each payload once, in one transaction with the log of what was loaded or refused."""

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import astuple, dataclass

import duckdb
import pandas as pd

from orchestration.archive import Sighting
from orchestration.sources.connector import RawTable, Refused, fingerprint
from orchestration.warehouse import build_log

# `same_as` is the first payload with the same rows: publishers that print the response time in every reply never send
# the same bytes twice.
CREATE_LOADS = """
create table if not exists raw.archive__loads (
    source varchar, dataset varchar, payload_sha256 varchar, content varchar, same_as varchar, rows bigint,
    refusal varchar
)
"""


@dataclass(frozen=True)
class LoadEntry:
    """The log's entry for a payload: a hash of its rows, the first payload that had them, or why it was refused."""

    content: str | None
    same_as: str | None
    rows: int
    refusal: str | None


# By source, dataset and the payload's hash.
LoadLog = Mapping[tuple[str, str, str], LoadEntry]


def prepare(connection: duckdb.DuckDBPyConnection) -> None:
    """Create the log of loads. A build file from before there was one is emptied, and filled from the archive."""
    logged = "select 1 from duckdb_tables() where schema_name = 'raw' and table_name = 'archive__loads'"
    if not connection.execute(logged).fetchone():
        connection.execute("drop schema if exists raw cascade")
        build_log.forget(connection)
    connection.execute("create schema if not exists raw")
    connection.execute(CREATE_LOADS)


def create(connection: duckdb.DuckDBPyConnection, table: RawTable) -> None:
    """Create a raw table unless it exists, so that staging can read it before its source has sent anything."""
    columns = ", ".join(f"{column} {kind}" for column, kind in table.columns.items())
    connection.execute(f"create table if not exists raw.{table.name} ({columns}, payload_sha256 varchar)")


def log(connection: duckdb.DuckDBPyConnection) -> LoadLog:
    """Return the log of loads."""
    prepare(connection)
    logged = "select source, dataset, payload_sha256, content, same_as, rows, refusal from raw.archive__loads"
    return {tuple(row[:3]): LoadEntry(*row[3:]) for row in connection.execute(logged).fetchall()}


def load(
    connection: duckdb.DuckDBPyConnection,
    sightings: Iterable[Sighting],
    parse: Callable[[Sighting], pd.DataFrame],
    table_of: Callable[[str], RawTable | None],
    accepted: Collection[tuple[str, str]] = (),
) -> Counter[str]:
    """Load the payloads of a source that are not in the log yet, all of them or, if anything fails, none.

    A payload that `parse` refuses is logged with the reason, and its rows are left out.

    Args:
        connection: The build file.
        sightings: The source's entries of the archive's ledger, oldest first.
        parse: Returns the rows of a payload; raises Refused.
        table_of: Returns the raw table of a dataset; None where its rows go to the lake: they are logged only.
        accepted: Datasets and hashes of payloads known to parse now. If an earlier run refused one, by rules or
            vocabulary that have changed since, it is loaded after all.

    Returns:
        The number of rows added, by raw table.
    """
    added: Counter[str] = Counter()
    payloads = {(seen.source, seen.dataset, seen.sha256): seen for seen in sightings if not seen.problem}
    connection.begin()
    try:
        logged = log(connection)
        for payload, sighting in payloads.items():
            entry = logged.get(payload)
            if entry and entry.refusal and payload[1:] in accepted:
                _remove_entry(connection, sighting)
            elif entry:
                continue
            try:
                frame = parse(sighting)
            except Refused as refusal:
                _add_entry(connection, sighting, LoadEntry(None, None, 0, str(refusal)))
                continue
            is_new, table = _log_rows(connection, sighting, frame), table_of(sighting.dataset)
            if is_new and table:
                _insert(connection, table, frame, sighting.sha256)
                added[table.name] += len(frame)
        for name in +added:
            build_log.raw_table_changed(connection, name)
        connection.commit()
    except BaseException:
        connection.rollback()
        raise
    return added


def _insert(connection: duckdb.DuckDBPyConnection, table: RawTable, frame: pd.DataFrame, sha256: str) -> None:
    """Append rows to a raw table. A blank becomes NULL, never zero."""
    values = ", ".join(
        column if kind == "integer" else f"cast(nullif({column}, '') as {kind})"
        for column, kind in table.columns.items()
    )
    connection.register("payload_rows", frame)
    connection.execute(f"insert into raw.{table.name} select {values}, ? from payload_rows", [sha256])
    connection.unregister("payload_rows")


def _log_rows(connection: duckdb.DuckDBPyConnection, sighting: Sighting, frame: pd.DataFrame) -> bool:
    """Log a payload that was parsed; return True if no earlier payload of the dataset had the same rows."""
    content = fingerprint(frame)
    first = "select any_value(same_as) from raw.archive__loads where source = ? and dataset = ? and content = ?"
    [(same_as,)] = connection.execute(first, [sighting.source, sighting.dataset, content]).fetchall()
    _add_entry(connection, sighting, LoadEntry(content, same_as or sighting.sha256, len(frame), None))
    return same_as is None


def _add_entry(connection: duckdb.DuckDBPyConnection, sighting: Sighting, entry: LoadEntry) -> None:
    values = [sighting.source, sighting.dataset, sighting.sha256, *astuple(entry)]
    connection.execute("insert into raw.archive__loads values (?, ?, ?, ?, ?, ?, ?)", values)


def _remove_entry(connection: duckdb.DuckDBPyConnection, sighting: Sighting) -> None:
    remove = "delete from raw.archive__loads where source = ? and dataset = ? and payload_sha256 = ?"
    connection.execute(remove, [sighting.source, sighting.dataset, sighting.sha256])


def count(connection: duckdb.DuckDBPyConnection, table: str) -> int:
    """Return the number of rows of a table, named with its schema."""
    [(rows,)] = connection.execute(f"select count(*) from {table}").fetchall()
    return int(rows)

"""Payloads into raw tables: append-only, each payload once, in one transaction with the list of payloads."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

import duckdb
import pandas as pd

from orchestration.archive import Archive, Sighting

# The columns of a figure that are not text; all other columns are, codes with leading zeros among them.
COLUMN_TYPES = {
    "value": "decimal(18, 6)",
    "rounding_unit": "decimal(18, 6)",
    "published_on": "date",
    "line_number": "integer",
}

CREATE_PAYLOADS = """
create or replace table raw.archive__payloads (
    payload_sha256 varchar, source varchar, dataset varchar, url varchar, first_retrieved_at timestamp,
    last_retrieved_at timestamp, published_on date, bytes bigint, licence varchar, is_current boolean
)
"""

SUMMARISE_PAYLOADS = """
insert into raw.archive__payloads
select
    sha256, source, dataset, arg_min(url, position), min(retrieved_at), max(retrieved_at), min(published_on),
    any_value(bytes), any_value(licence), max(position) = max(max(position)) over (partition by source, dataset)
from sightings
group by source, dataset, sha256
"""


@dataclass(frozen=True)
class Loaded:
    """What a load did to one raw table."""

    table: str
    rows_added: int
    rows: int


def table_name(source: str, dataset: str) -> str:
    return f"raw.{source}__{dataset}"


def holds(connection: duckdb.DuckDBPyConnection, sighting: Sighting) -> bool:
    """Say whether a payload's rows are in its raw table."""
    table = table_name(sighting.source, sighting.dataset)
    # Asked of the catalog first: a failed statement would abort the transaction of the whole load.
    catalog = "select 1 from duckdb_tables() where schema_name || '.' || table_name = ?"
    if not connection.execute(catalog, [table]).fetchone():
        return False
    return bool(
        connection.execute(f"select 1 from {table} where payload_sha256 = ? limit 1", [sighting.sha256]).fetchone()
    )


def append(connection: duckdb.DuckDBPyConnection, sighting: Sighting, frame: pd.DataFrame) -> None:
    """Append a payload's rows to its raw table, made on first use. A blank is missing, never zero."""
    table = table_name(sighting.source, sighting.dataset)
    types = {column: COLUMN_TYPES.get(column, "varchar") for column in frame.columns}
    columns = ", ".join(f"{column} {kind}" for column, kind in types.items())
    blank_to_null = ", ".join(
        column if kind == "integer" else f"cast(nullif({column}, '') as {kind})" for column, kind in types.items()
    )
    connection.execute("create schema if not exists raw")
    connection.execute(f"create table if not exists {table} ({columns}, payload_sha256 varchar)")
    connection.register("payload_rows", frame)
    connection.execute(f"insert into {table} select {blank_to_null}, ? from payload_rows", [sighting.sha256])
    connection.unregister("payload_rows")


def load(
    connection: duckdb.DuckDBPyConnection, sightings: Iterable[Sighting], parse: Callable[[Sighting], pd.DataFrame]
) -> list[Loaded]:
    """Load the payloads that raw tables do not hold yet, all of them or none.

    Raises what `parse` raises; then nothing was loaded.
    """
    results = []
    connection.begin()
    try:
        for sighting in sightings:
            frame = None if holds(connection, sighting) else parse(sighting)
            if frame is not None:
                append(connection, sighting, frame)
            table = table_name(sighting.source, sighting.dataset)
            [(rows,)] = connection.execute(f"select count(*) from {table}").fetchall()
            results.append(Loaded(table, 0 if frame is None else len(frame), rows))
        connection.commit()
    except BaseException:
        connection.rollback()
        raise
    return results


def restore(
    connection: duckdb.DuckDBPyConnection,
    sightings: Iterable[Sighting],
    parse: Callable[[Sighting], pd.DataFrame],
    refused: type[Exception],
) -> None:
    """Load what the archive holds and the raw tables lack: a build file that was lost is made again, history and all.

    Payloads that `parse` refuses with `refused` were refused when they were seen, and stay out.
    """
    for sighting in {(seen.dataset, seen.sha256): seen for seen in sightings}.values():
        if not holds(connection, sighting):
            try:
                frame = parse(sighting)
            except refused:
                continue
            append(connection, sighting, frame)


def list_payloads(connection: duckdb.DuckDBPyConnection, archive: Archive) -> None:
    """Write `raw.archive__payloads`: each payload that raw tables hold, and whether its dataset's last was this one.

    Payloads that were refused are in the archive only, so a bad payload never takes the place of a good one.
    """
    seen = list(archive.sightings())
    held = {sighting.sha256 for sighting in {s.sha256: s for s in seen}.values() if holds(connection, sighting)}
    columns = ["source", "dataset", "sha256", "url", "bytes", "licence", "published_on", "retrieved_at", "position"]
    rows = [
        (s.source, s.dataset, s.sha256, s.url, s.bytes, s.licence, s.published_on, s.retrieved_at, position)
        for position, s in enumerate(seen)
        if s.sha256 in held
    ]
    sightings = pd.DataFrame(rows, columns=columns)
    # Times in raw tables are UTC without saying so, whatever the zone of this machine.
    sightings["retrieved_at"] = pd.to_datetime(sightings["retrieved_at"], utc=True).dt.tz_localize(None)
    connection.execute("create schema if not exists raw")
    connection.register("sightings", sightings)
    connection.begin()
    connection.execute(CREATE_PAYLOADS)
    connection.execute(SUMMARISE_PAYLOADS)
    connection.commit()
    connection.unregister("sightings")

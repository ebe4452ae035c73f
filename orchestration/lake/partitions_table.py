"""The raw table of the lake's partitions: dbt decides by it which files are served, and reads those files."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace

import duckdb
import pandas as pd

from orchestration.archive import Released
from orchestration.lake.manifest import FileVintage, PartitionKey
from orchestration.lake.table_store import TableStore
from orchestration.warehouse import build_log

COLUMNS = {
    "table_name": "varchar",
    "month": "date",
    "provider": "varchar",
    "dataset": "varchar",
    "vintage": "varchar",
    "file": "varchar",
    "file_sha256": "varchar",
    "rows": "bigint",
    "bytes": "bigint",
    "hs_digits": "integer",
    "currency": "varchar",
    "source_id": "varchar",
    "is_complete": "boolean",
    "known_from": "timestamp",
    "known_until": "timestamp",
}
CURRENT = "select table_name, month, provider, dataset, vintage from raw.lake__partitions where known_until is null"
Partition = tuple[str, PartitionKey, FileVintage]  # table, partition and its current vintage


def write(
    connection: duckdb.DuckDBPyConnection, stores: Mapping[str, TableStore], released: Released
) -> list[Partition]:
    """Write `raw.lake__partitions`: a row for each vintage of each partition that is current or was released.

    Times are UTC.

    Returns:
        The partitions whose current vintage is not the one that the table had before.

    Raises:
        LakeError: A manifest can't be read.
    """
    vintages = [
        (table, key, vintage)
        for table, store in stores.items()
        for key, every in sorted(store.manifest().partitions.items())
        for vintage in _served(table, key, every, released)
    ]
    before = _current(connection)
    rows = [
        (
            *(table, key.month, key.provider, key.dataset, vintage.id, str(stores[table].local_file(vintage))),
            *(vintage.sha256, vintage.rows, vintage.bytes, vintage.hs_digits, vintage.currency, vintage.source_id),
            *(vintage.is_complete, vintage.known_from, vintage.known_until),
        )
        for table, key, vintage in vintages
    ]
    frame = pd.DataFrame(rows, columns=list(COLUMNS))
    for moment in ("known_from", "known_until"):
        frame[moment] = pd.to_datetime(frame[moment], utc=True).dt.tz_localize(None)
    columns = ", ".join(f"cast({name} as {kind}) as {name}" for name, kind in COLUMNS.items())
    connection.register("lake_partitions", frame)
    connection.begin()
    try:
        connection.execute("create schema if not exists raw")
        with build_log.logging_changes(connection, "lake__partitions"):
            connection.execute(f"create or replace table raw.lake__partitions as select {columns} from lake_partitions")
        connection.commit()
    except BaseException:
        connection.rollback()
        raise
    connection.unregister("lake_partitions")
    return [
        (table, key, vintage)
        for table, key, vintage in vintages
        if vintage.known_until is None and (table, key.month, key.provider, key.dataset, vintage.id) not in before
    ]


def _served(table: str, key: PartitionKey, every: Iterable[FileVintage], released: Released) -> Iterator[FileVintage]:
    """Yield the vintages of a partition that are current or were released, each until the next of them."""
    before: FileVintage | None = None
    for vintage in every:
        name = (table, key.month.isoformat(), key.provider, key.dataset, vintage.id, vintage.known_from)
        if vintage.known_until is not None and not released.has_lake(name):
            continue
        if before and before.id == vintage.id:  # what came between them was not released
            before = replace(vintage, known_from=before.known_from)
            continue
        if before:
            yield replace(before, known_until=vintage.known_from)
        before = vintage
    if before:
        yield before


def _current(connection: duckdb.DuckDBPyConnection) -> set[tuple[object, ...]]:
    """Return the current vintages in the table, an empty set if the table does not exist yet."""
    try:
        return set(connection.execute(CURRENT).fetchall())
    except duckdb.CatalogException:
        return set()

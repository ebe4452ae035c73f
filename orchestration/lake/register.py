"""What the lake holds, as a raw table: dbt decides by it which files are served, and reads them where they lie."""

from collections.abc import Mapping

import duckdb
import pandas as pd

from orchestration.lake.place import Place

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


def register(connection: duckdb.DuckDBPyConnection, places: Mapping[str, Place]) -> None:
    """Write `raw.lake__partitions`: a row for each vintage of each partition. Times are UTC. Raises LakeError."""
    rows = [
        (
            *(table, key.month, key.provider, key.dataset, vintage.id, str(place.file(vintage))),
            *(vintage.sha256, vintage.rows, vintage.bytes, vintage.hs_digits, vintage.currency, vintage.source_id),
            *(vintage.is_complete, vintage.known_from, vintage.known_until),
        )
        for table, place in places.items()
        for key, vintage in place.manifest().vintages()
    ]
    frame = pd.DataFrame(rows, columns=list(COLUMNS))
    for moment in ("known_from", "known_until"):
        frame[moment] = pd.to_datetime(frame[moment], utc=True).dt.tz_localize(None)
    columns = ", ".join(f"cast({name} as {kind}) as {name}" for name, kind in COLUMNS.items())
    connection.register("lake_partitions", frame)
    connection.execute("create schema if not exists raw")
    connection.execute(f"create or replace table raw.lake__partitions as select {columns} from lake_partitions")
    connection.unregister("lake_partitions")

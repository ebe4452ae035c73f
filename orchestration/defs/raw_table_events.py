"""What Dagster is told of raw tables: their asset keys, and the events of a load that ran outside its asset."""

from collections.abc import Iterator, Mapping

import dagster as dg

from orchestration.ingestion.fetch import FetchResult
from orchestration.ingestion.load import TableLoad
from orchestration.sources.connector import RawTable

# What Dagster calls the tag of an event that holds its data version; no public name holds it.
DATA_VERSION_TAG = "dagster/data_version"


def key(table: RawTable) -> dg.AssetKey:
    return dg.AssetKey(["raw", table.name])


def news_key(source: str) -> dg.AssetKey:
    """Return the key of what a source says, which has an event each time that it said something new."""
    return dg.AssetKey(["publishers", source])


def told(result: FetchResult, filled: TableLoad) -> dict[str, int]:
    """Return what the UI shows of a raw table's load."""
    return {
        "dagster/row_count": filled.rows,
        "rows_added": filled.added,
        "requests": result.requests,
        "bytes": result.bytes,
        "new_vintages": result.new_vintages,
    }


def materialization(table: RawTable, result: FetchResult, filled: TableLoad) -> dg.AssetMaterialization:
    """Return the event of a raw table that was loaded outside its asset."""
    return dg.AssetMaterialization(key(table), metadata=told(result, filled), tags={DATA_VERSION_TAG: filled.version})


def news(ingested: Mapping[str, FetchResult]) -> Iterator[dg.AssetMaterialization]:
    """Yield an event for each source that said something new; freshness policies look at these."""
    for name, result in ingested.items():
        if result.new_vintages:
            yield dg.AssetMaterialization(news_key(name), metadata={"new_vintages": result.new_vintages})

"""Dagster's view of raw tables: their asset keys, and the events of a load that ran outside its asset."""

from collections.abc import Iterator, Mapping

import dagster as dg

from orchestration.ingestion.fetch import FetchResult
from orchestration.ingestion.load import TableLoad
from orchestration.sources.connector import RawTable
from orchestration.sources.registry import SOURCES

# The tag of an event that holds its data version; Dagster has no public constant for it.
DATA_VERSION_TAG = "dagster/data_version"


def key(table: RawTable) -> dg.AssetKey:
    """Return the key of a raw table's asset."""
    return dg.AssetKey(["raw", table.name])


def news_key(source: str) -> dg.AssetKey:
    """Return the key of the asset that has an event each time that a publisher sent something new."""
    return dg.AssetKey(["publishers", source])


def metadata(result: FetchResult, loaded: TableLoad) -> dict[str, int]:
    """Return what the UI shows of a raw table's load."""
    return {
        "dagster/row_count": loaded.rows,
        "rows_added": loaded.rows_added,
        "requests": result.requests,
        "bytes": result.bytes,
        "new_vintages": result.new_vintages,
    }


def materialization(table: RawTable, result: FetchResult, loaded: TableLoad) -> dg.AssetMaterialization:
    """Return the event of a raw table that was loaded outside its asset."""
    tags = {DATA_VERSION_TAG: loaded.version}
    return dg.AssetMaterialization(key(table), metadata=metadata(result, loaded), tags=tags)


def news(fetched: Mapping[str, FetchResult]) -> Iterator[dg.AssetMaterialization]:
    """Yield an event for each publisher that sent something new; freshness policies look at these."""
    for name, result in fetched.items():
        if result.new_vintages and name in SOURCES:
            yield dg.AssetMaterialization(news_key(name), metadata={"new_vintages": result.new_vintages})

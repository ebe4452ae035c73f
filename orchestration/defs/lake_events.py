"""Dagster events of the lake: each month that changed is a materialization of a partition of its table."""

from collections.abc import Iterator
from datetime import date

import dagster as dg

from orchestration.defs.raw_table_events import DATA_VERSION_TAG
from orchestration.ingestion.lake import LakeUpdate
from orchestration.lake.manifest import FileVintage, PartitionKey

MONTHS = dg.MonthlyPartitionsDefinition(start_date="2012-01-01", timezone="Asia/Hong_Kong")  # IDDS begins there
PARTITIONS = dg.AssetKey(["raw", "lake__partitions"])


def key(table: str) -> dg.AssetKey:
    return dg.AssetKey(["lake", table])


def months(filling: LakeUpdate) -> Iterator[dg.AssetMaterialization]:
    """Yield an event for each month that changed, as one dataset of one provider tells it."""
    for table, partition, vintage in filling.changed:
        yield dg.AssetMaterialization(
            key(table),
            partition=partition.month.isoformat(),
            metadata=_told(partition, vintage),
            tags={DATA_VERSION_TAG: vintage.id},
        )


def register(filling: LakeUpdate) -> dg.AssetMaterialization:
    """Return the event of the raw table that says what the lake holds."""
    return dg.AssetMaterialization(PARTITIONS, metadata=told(filling), tags={DATA_VERSION_TAG: filling.version})


def told(filling: LakeUpdate) -> dict[str, int]:
    """Return what the UI shows of that table."""
    return {"dagster/row_count": filling.rows, "months_changed": len(filling.changed)}


def refusals(filling: LakeUpdate, month: date | None = None) -> list[str]:
    """Return, in sentences, what the lake did not take, of all or of a month; a file by hand may be of any."""
    wanted = (f"{month:%Y-%m} of ", "file ") if month else ("",)
    return [f"{what} was refused: {reason}" for what, reason in filling.refused.items() if what.startswith(wanted)]


def _told(partition: PartitionKey, vintage: FileVintage) -> dict[str, str | int | bool]:
    return {
        "dagster/partition_row_count": vintage.rows,
        "provider": partition.provider,
        "dataset": partition.dataset,
        "source": vintage.source_id,
        "vintage": vintage.id,
        "file": vintage.file,
        "bytes": vintage.bytes,
        "hs_digits": vintage.hs_digits,
        "is_complete": vintage.is_complete,
    }

"""Dagster events of the lake: each month that changed is a materialization of a partition of its table."""

from collections.abc import Iterator
from datetime import date

import dagster as dg

from orchestration.defs.raw_table_events import DATA_VERSION_TAG
from orchestration.ingestion.lake import LakeUpdate
from orchestration.lake.manifest import FileVintage, PartitionKey

# Trade IDDS begins in 2012.
MONTHS = dg.MonthlyPartitionsDefinition(start_date="2012-01-01", timezone="Asia/Hong_Kong")
PARTITIONS = dg.AssetKey(["raw", "lake__partitions"])


def key(table: str) -> dg.AssetKey:
    """Return the key of a lake table's asset."""
    return dg.AssetKey(["lake", table])


def months(update: LakeUpdate) -> Iterator[dg.AssetMaterialization]:
    """Yield an event for each partition that changed: a month of one dataset of one provider."""
    for table, partition, vintage in update.changed:
        yield dg.AssetMaterialization(
            key(table),
            partition=partition.month.isoformat(),
            metadata=_partition_metadata(partition, vintage),
            tags={DATA_VERSION_TAG: vintage.id},
        )


def partitions_event(update: LakeUpdate) -> dg.AssetMaterialization:
    """Return the event of the raw table that lists the lake's partitions."""
    return dg.AssetMaterialization(PARTITIONS, metadata=metadata(update), tags={DATA_VERSION_TAG: update.version})


def metadata(update: LakeUpdate) -> dict[str, int]:
    """Return what the UI shows of the raw table that lists the lake's partitions."""
    return {"dagster/row_count": update.rows, "months_changed": len(update.changed)}


def refusals(update: LakeUpdate, month: date | None = None) -> list[str]:
    """Return a sentence per refused month and file. With `month`, other months are left out, but no file.

    A manually imported file may be of any month.
    """
    wanted = (f"{month:%Y-%m} of ", "file ") if month else ("",)
    return [f"{what} was refused: {reason}" for what, reason in update.refused.items() if what.startswith(wanted)]


def _partition_metadata(partition: PartitionKey, vintage: FileVintage) -> dict[str, str | int | bool]:
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

"""The lake in the UI: one asset per table, partitioned by month.

Runs report events of these assets but never materialize them: with partitioned assets in it, "Materialize all" would
open a dialog for the partition. The job `backfill_months` fetches months.
"""

import dagster as dg

from orchestration.defs import lake_events, raw_table_events
from orchestration.defs.assets import OWNER
from orchestration.settings import Settings
from orchestration.sources.lake_tables import TABLES, LakeTable
from orchestration.sources.registry import SOURCES


def tables(settings: Settings) -> list[dg.AssetSpec]:
    """Return the asset of each lake table, downstream of the publishers that are turned on."""
    return [_spec(table, settings) for table in TABLES.values()]


def _spec(table: LakeTable, settings: Settings) -> dg.AssetSpec:
    publishers = [
        name for name in settings.live_sources if any(rows.table == table.name for rows in SOURCES[name].lake.values())
    ]
    return dg.AssetSpec(
        lake_events.key(table.name),
        deps=[raw_table_events.news_key(name) for name in publishers],
        description=f"{table.description}\n\nOne Parquet file per month and vintage; old vintages are kept. Months come"
        " from the job `backfill_months` and from files: `entrepot lake import`.",
        group_name="lake",
        kinds={"parquet"},
        owners=[OWNER],
        tags={"layer": "lake"},
        partitions_def=lake_events.MONTHS,
    )

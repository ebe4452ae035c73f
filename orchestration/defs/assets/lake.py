"""The lake in the UI: an asset a table, by month. Runs report on them; they are not run, so nobody is asked for months.

Partitions of what "Materialize all" runs would open a dialog there. Months are asked for by the job `backfill_months`.
"""

import dagster as dg

from orchestration.defs import lake_events, raw_table_events
from orchestration.defs.assets import OWNER
from orchestration.settings import Settings
from orchestration.sources.lake_tables import TABLES, LakeTable
from orchestration.sources.registry import SOURCES


def tables(settings: Settings) -> list[dg.AssetSpec]:
    """Return the asset of each table of the lake, downstream of the publishers that are turned on."""
    return [_spec(table, settings) for table in TABLES.values()]


def _spec(table: LakeTable, settings: Settings) -> dg.AssetSpec:
    asked = [
        name for name in settings.live_sources if any(rows.table == table.name for rows in SOURCES[name].lake.values())
    ]
    return dg.AssetSpec(
        lake_events.key(table.name),
        deps=[raw_table_events.news_key(name) for name in asked],
        description=f"{table.description}\n\nParquet files of a month each, every vintage kept. A month is filled by"
        " the job `backfill_months`, or by a file: `entrepot lake import`.",
        group_name="lake",
        kinds={"parquet"},
        owners=[OWNER],
        tags={"layer": "lake"},
        partitions_def=lake_events.MONTHS,
    )

"""Backfills by month from the UI: older months from Trade IDDS and UN Comtrade, which refreshes do not fetch.

Only the job has partitions. With partitioned assets, "Materialize all" would ask for a partition.
"""

from collections.abc import Iterator
from datetime import date

import dagster as dg
from pydantic import Field

from orchestration.defs import lake_events, raw_table_events
from orchestration.defs.resources import Warehouse
from orchestration.ingestion import load
from orchestration.ingestion.fetch import FetchScope
from orchestration.lake import subheadings
from orchestration.sources.registry import SOURCES


class Backfill(dg.Config):
    """The publishers to fetch the month from."""

    idds: bool = Field(default=True, description="C&SD's Trade IDDS: gold, silver, and the detail by partner.")
    comtrade: bool = Field(default=True, description="UN Comtrade: gold, the detail, and what partners report.")
    subheadings: bool = Field(
        default=False,
        description="Fetch every subheading by partner from Trade IDDS: about 300 requests per flow.",
    )


@dg.op(out={}, pool="duckdb")
def ask_for_month(
    context: dg.OpExecutionContext, config: Backfill, warehouse: dg.ResourceParam[Warehouse]
) -> Iterator[dg.AssetMaterialization]:
    """Fetch one month and load it. Raises Failure if anything was refused; accepted payloads stay loaded."""
    names = [name for name, is_wanted in (("idds", config.idds), ("comtrade", config.comtrade)) if is_wanted]
    if off := [name for name in names if name not in warehouse.settings.live_sources]:
        raise dg.Failure(f"ENTREPOT_SOURCES does not enable {', '.join(off)}: nothing was fetched", allow_retries=False)
    first_day = date.fromisoformat(context.partition_key)
    hs_codes = _subheadings(warehouse) if config.subheadings else {}
    loaded = load.fetch_and_load(
        warehouse.settings, warehouse.archive, names, FetchScope(first_day, first_day, hs_codes)
    )
    yield from raw_table_events.news(loaded.fetched)
    yield from lake_events.months(loaded.lake)
    yield lake_events.partitions_event(loaded.lake)
    for name in names:
        for table in SOURCES[name].tables:
            yield raw_table_events.materialization(table, loaded.fetched[name], loaded.tables[table.name])
    problems = [f"{name}: {problem}" for name in names for problem in loaded.fetched[name].problem_summary()]
    if problems := [*problems, *lake_events.refusals(loaded.lake, first_day)]:
        raise dg.Failure("; ".join(problems))


def _subheadings(warehouse: Warehouse) -> dict[str, tuple[str, ...]]:
    """Return the subheadings of each HS edition. Raises Failure if none are loaded: requests to IDDS list them."""
    with warehouse.connect() as connection:
        known = subheadings.known(connection)
    if not known:
        remedy = "import the correlation tables with `entrepot import unsd`, build, and run the backfill again"
        raise dg.Failure(f"no subheadings are known: {remedy}", allow_retries=False)
    return known


@dg.job(
    partitions_def=lake_events.MONTHS,
    description="Fetch older months: choose them under Partitions, and the publishers in the Launchpad.",
)
def backfill_months() -> None:
    ask_for_month()

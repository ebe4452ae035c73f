"""Backfills by month from the UI: a month's detail from Trade IDDS and UN Comtrade, which refreshes do not ask for.

The job has partitions and the assets have none, so that "Materialize all" stays one click.
"""

from collections.abc import Iterator
from datetime import date

import dagster as dg
from pydantic import Field

from orchestration import loading
from orchestration.ingest import SOURCES
from orchestration.resources import Warehouse

MONTHS = dg.MonthlyPartitionsDefinition(start_date="2012-01-01", timezone="Asia/Hong_Kong")  # IDDS begins there


class Backfill(dg.Config):
    """Whom to ask for the month."""

    idds: bool = Field(default=True, description="C&SD's Trade IDDS: gold, silver, and the detail by partner.")
    comtrade: bool = Field(default=True, description="UN Comtrade: gold, the detail, and what partners report.")


@dg.op(out={}, pool="duckdb")
def ask_for_month(
    context: dg.OpExecutionContext, config: Backfill, warehouse: Warehouse
) -> Iterator[dg.AssetMaterialization]:
    """Ask publishers for one month, and load it. Raises Failure for what they refuse; what is good stays loaded."""
    names = [name for name, is_wanted in (("idds", config.idds), ("comtrade", config.comtrade)) if is_wanted]
    if off := [name for name in names if name not in warehouse.settings.live_sources]:
        raise dg.Failure(f"ENTREPOT_SOURCES does not name {', '.join(off)}: nobody was asked", allow_retries=False)
    first_day = date.fromisoformat(context.partition_key)
    ingested, filled = loading.ask_and_load(warehouse, names, (first_day, first_day))
    yield from loading.news(ingested)
    for name in names:
        for table in SOURCES[name].tables:
            yield loading.materialization(table, ingested[name], filled[table.name])
    if problems := [f"{name}: {problem}" for name in names for problem in ingested[name].told()]:
        raise dg.Failure("; ".join(problems))


@dg.job(
    partitions_def=MONTHS,
    description="Ask for months gone by: choose them under Partitions, and whom to ask in the Launchpad.",
)
def backfill_months() -> None:
    ask_for_month()

"""Backfills by month from the UI: a month's detail from Trade IDDS and UN Comtrade, which refreshes do not ask for.

The job has partitions and the assets have none, so that "Materialize all" stays one click.
"""

from collections.abc import Iterator
from datetime import date

import dagster as dg
from pydantic import Field

from orchestration.defs import lake_events, raw_table_events
from orchestration.defs.resources import Warehouse
from orchestration.ingestion import load
from orchestration.lake import subheadings
from orchestration.sources.registry import SOURCES


class Backfill(dg.Config):
    """Whom to ask for the month."""

    idds: bool = Field(default=True, description="C&SD's Trade IDDS: gold, silver, and the detail by partner.")
    comtrade: bool = Field(default=True, description="UN Comtrade: gold, the detail, and what partners report.")
    subheadings: bool = Field(
        default=False,
        description="Ask Trade IDDS for every subheading by partner: some 300 questions a flow.",
    )


@dg.op(out={}, pool="duckdb")
def ask_for_month(
    context: dg.OpExecutionContext, config: Backfill, warehouse: dg.ResourceParam[Warehouse]
) -> Iterator[dg.AssetMaterialization]:
    """Ask publishers for one month, and load it. Raises Failure for what they refuse; what is good stays loaded."""
    names = [name for name, is_wanted in (("idds", config.idds), ("comtrade", config.comtrade)) if is_wanted]
    if off := [name for name in names if name not in warehouse.settings.live_sources]:
        raise dg.Failure(f"ENTREPOT_SOURCES does not name {', '.join(off)}: nobody was asked", allow_retries=False)
    first_day = date.fromisoformat(context.partition_key)
    hs_codes = _subheadings(warehouse) if config.subheadings else {}
    loaded = load.fetch_and_load(warehouse.settings, warehouse.archive, names, (first_day, first_day), hs_codes)
    yield from raw_table_events.news(loaded.fetched)
    yield from lake_events.months(loaded.lake)
    yield lake_events.register(loaded.lake)
    for name in names:
        for table in SOURCES[name].tables:
            yield raw_table_events.materialization(table, loaded.fetched[name], loaded.tables[table.name])
    problems = [f"{name}: {problem}" for name in names for problem in loaded.fetched[name].problem_summary()]
    if problems := [*problems, *lake_events.refusals(loaded.lake, first_day)]:
        raise dg.Failure("; ".join(problems))


def _subheadings(warehouse: Warehouse) -> dict[str, tuple[str, ...]]:
    """Return the subheadings of each edition of the HS. Raises Failure where none is known: IDDS has to be told."""
    with warehouse.connect() as connection:
        known = subheadings.known(connection)
    if not known:
        remedy = "take in the correlation tables with `entrepot import unsd`, build, and ask again"
        raise dg.Failure(f"no subheadings are known: {remedy}", allow_retries=False)
    return known


@dg.job(
    partitions_def=lake_events.MONTHS,
    description="Ask for months gone by: choose them under Partitions, and whom to ask in the Launchpad.",
)
def backfill_months() -> None:
    ask_for_month()

"""The raw layer of live sources: each publisher's answers into the archive, then into raw tables."""

from collections.abc import Iterator

import dagster as dg

from orchestration.defs import lake_events, raw_table_events
from orchestration.defs.assets.embedded_record import OWNER
from orchestration.defs.resources import Warehouse
from orchestration.ingestion import load
from orchestration.ingestion.fetch import FetchResult
from orchestration.ingestion.lake import LakeUpdate
from orchestration.settings import get_settings
from orchestration.sources.connector import RawTable, Source
from orchestration.sources.lake_tables import TABLES
from orchestration.sources.registry import EVERY_SOURCE, SOURCES

ANSWERS = "publisher_answers"


def _spec(source: Source, table: RawTable) -> dg.AssetSpec:
    return dg.AssetSpec(
        raw_table_events.key(table),
        deps=[raw_table_events.news_key(source.name)] if source.name in get_settings().live_sources else [],
        description=f"{table.description}\n\n{source.publisher}, {source.cadence}. {source.licence}."
        "\n\nAppend-only: a changed answer is a new payload, and the rows of earlier payloads stay.",
        group_name="raw",
        kinds={"python", "duckdb"},
        owners=[OWNER],
        tags={"layer": "raw", "source": source.name},
        skippable=True,
    )


def _check(source: Source) -> dg.AssetCheckSpec:
    return dg.AssetCheckSpec(
        ANSWERS,
        asset=raw_table_events.key(source.tables[0]),
        description=f"{source.publisher} answered, and nothing it sent was refused. It gates nothing: what it did not "
        "send is as it was before, and the other sources go on.",
    )


LAKE_SPEC = dg.AssetSpec(
    lake_events.PARTITIONS,
    deps=[lake_events.key(table) for table in TABLES],
    description="Each vintage of each partition of the lake: its file, and since when it was current.",
    group_name="raw",
    kinds={"python", "duckdb"},
    owners=[OWNER],
    tags={"layer": "raw"},
    skippable=True,
)
LAKE_CHECK = dg.AssetCheckSpec(
    "lake_refuses_nothing",
    asset=lake_events.PARTITIONS,
    description="No month of detail, and no file of it, was refused. It gates nothing: the month stays as it was.",
)


@dg.multi_asset(
    specs=[*(_spec(source, table) for source in EVERY_SOURCE.values() for table in source.tables), LAKE_SPEC],
    check_specs=[*(_check(source) for source in SOURCES.values()), LAKE_CHECK],
    name="publishers",
    pool="duckdb",
    can_subset=True,
)
def publishers(
    context: dg.AssetExecutionContext, warehouse: dg.ResourceParam[Warehouse]
) -> Iterator[dg.MaterializeResult | dg.AssetCheckResult]:  # type: ignore[type-arg]
    """Ask the publishers that are turned on, side by side; load what the archive holds and raw tables lack."""
    chosen = [
        s
        for s in EVERY_SOURCE.values()
        if any(raw_table_events.key(table) in context.selected_asset_keys for table in s.tables)
    ]
    asked = [source.name for source in chosen if source.name in warehouse.settings.live_sources]
    loaded = load.fetch_and_load(warehouse.settings, warehouse.archive, asked)
    lake = loaded.lake
    for event in (*raw_table_events.news(loaded.fetched), *lake_events.months(lake)):
        context.log_event(event)
    for source in chosen:
        result = loaded.fetched.get(source.name, FetchResult(source.name))
        for table in source.tables:
            if raw_table_events.key(table) in context.selected_asset_keys:
                yield dg.MaterializeResult(
                    raw_table_events.key(table),
                    metadata=raw_table_events.told(result, loaded.tables[table.name]),
                    data_version=dg.DataVersion(loaded.tables[table.name].version),
                )
        if dg.AssetCheckKey(raw_table_events.key(source.tables[0]), ANSWERS) in context.selected_asset_check_keys:
            yield _answered(source, result, is_asked=source.name in asked)

    if lake_events.PARTITIONS in context.selected_asset_keys:
        version = dg.DataVersion(lake.version)
        yield dg.MaterializeResult(lake_events.PARTITIONS, metadata=lake_events.told(lake), data_version=version)
    elif lake.changed:
        context.log_event(lake_events.register(lake))
    if LAKE_CHECK.key in context.selected_asset_check_keys:
        yield _taken(lake)


def _taken(lake: LakeUpdate) -> dg.AssetCheckResult:
    refusals = lake_events.refusals(lake)
    return dg.AssetCheckResult(
        passed=not refusals,
        asset_key=LAKE_CHECK.asset_key,
        check_name=LAKE_CHECK.name,
        severity=dg.AssetCheckSeverity.WARN,
        description="; ".join(refusals) or f"{lake.rows} vintages held, {len(lake.changed)} of them new",
    )


def _answered(source: Source, result: FetchResult, *, is_asked: bool) -> dg.AssetCheckResult:
    said = f"{result.requests} requests, {result.bytes:,} bytes, {result.new_vintages} new vintages"
    quiet = f"not asked: ENTREPOT_SOURCES does not name {source.name}"
    return dg.AssetCheckResult(
        passed=not result.problems,
        asset_key=raw_table_events.key(source.tables[0]),
        check_name=ANSWERS,
        severity=dg.AssetCheckSeverity.WARN,
        description="; ".join(result.problem_summary()) or (said if is_asked else quiet),
    )

"""The raw layer: archives the embedded record and publishers' answers, and loads raw tables and the lake."""

from collections.abc import Iterator

import dagster as dg

from orchestration.defs import lake_events, raw_table_events
from orchestration.defs.assets import OWNER
from orchestration.defs.resources import Warehouse
from orchestration.ingestion import load
from orchestration.ingestion.fetch import FetchResult
from orchestration.ingestion.lake import LakeUpdate
from orchestration.ingestion.load import LoadResult
from orchestration.settings import Settings, get_settings
from orchestration.sources.connector import RawTable, Source
from orchestration.sources.lake_tables import TABLES
from orchestration.sources.registry import EVERY_SOURCE, SOURCES

ANSWERS = "publisher_answers"
ARCHIVE = {
    dg.AssetKey(["raw", "archive__payloads"]): (
        "Every payload that raw rows were read from: hash, address, and when it was first and last retrieved."
    ),
    dg.AssetKey(["raw", "archive__vintages"]): (
        "Which payload was current for each part of each dataset, and when: one row per change."
    ),
}


def _raw_spec(key: dg.AssetKey, description: str, deps: list[dg.AssetKey], source: str = "") -> dg.AssetSpec:
    return dg.AssetSpec(
        key,
        deps=deps,
        description=description,
        group_name="raw",
        kinds={"python", "duckdb"},
        owners=[OWNER],
        tags={"layer": "raw", **({"source": source} if source else {})},
        skippable=True,
    )


def _table_spec(source: Source, table: RawTable) -> dg.AssetSpec:
    return _raw_spec(
        raw_table_events.key(table),
        f"{table.description}\n\n{source.publisher}, {source.cadence}. {source.licence}."
        "\n\nAppend-only: a changed answer is a new payload, and the rows of earlier payloads stay.",
        [raw_table_events.news_key(source.name)] if source.name in get_settings().live_sources else [],
        source.name,
    )


def _check(source: Source) -> dg.AssetCheckSpec:
    return dg.AssetCheckSpec(
        ANSWERS,
        asset=raw_table_events.key(source.tables[0]),
        description=f"{source.publisher} answered, and no answer was refused. This check blocks nothing: figures "
        "that were not sent stay as they were, and other sources are loaded.",
    )


LAKE_SPEC = _raw_spec(
    lake_events.PARTITIONS,
    "Each vintage of each partition of the lake: its file, and the time from which it was current.",
    [lake_events.key(table) for table in TABLES],
)
LAKE_CHECK = dg.AssetCheckSpec(
    "lake_refuses_nothing",
    asset=lake_events.PARTITIONS,
    description="No month of detail and no imported file was refused. This check blocks nothing: a refused month"
    " stays as it was.",
)


@dg.multi_asset(
    specs=[
        *(_table_spec(source, table) for source in EVERY_SOURCE.values() for table in source.tables),
        *(_raw_spec(key, description, [], "record") for key, description in ARCHIVE.items()),
        LAKE_SPEC,
    ],
    check_specs=[*(_check(source) for source in SOURCES.values()), LAKE_CHECK],
    name="sources",
    pool="duckdb",
    can_subset=True,
)
def sources(
    context: dg.AssetExecutionContext, warehouse: dg.ResourceParam[Warehouse]
) -> Iterator[dg.MaterializeResult | dg.AssetCheckResult]:  # type: ignore[type-arg]
    """Read the record, fetch from the publishers that are turned on, and load what the raw tables lack.

    Raises Failure at the end if the record was refused; what publishers sent is loaded nevertheless.
    """
    chosen = [
        source
        for source in EVERY_SOURCE.values()
        if any(raw_table_events.key(table) in context.selected_asset_keys for table in source.tables)
    ]
    fetched = [source.name for source in chosen if _is_fetched(source, warehouse.settings)]
    loaded = load.fetch_and_load(warehouse.settings, warehouse.archive, fetched)
    for event in (*raw_table_events.news(loaded.fetched), *lake_events.months(loaded.lake)):
        context.log_event(event)
    for source in chosen:
        yield from _source_results(context, source, loaded, is_fetched=source.name in fetched)
    yield from _archive_results(context, loaded)
    yield from _lake_results(context, loaded.lake)
    if refusals := loaded.refusals_of_required():
        problems = "\n".join(refusals)
        raise dg.Failure(f"the embedded record was refused; nothing was loaded:\n{problems}", allow_retries=False)


def _is_fetched(source: Source, settings: Settings) -> bool:
    """Return True if a run fetches from a source. A build of the past uses the archive only."""
    return source.name in settings.live_sources or (source.is_required and settings.as_of is None)


def _source_results(
    context: dg.AssetExecutionContext, source: Source, loaded: LoadResult, *, is_fetched: bool
) -> Iterator[dg.MaterializeResult | dg.AssetCheckResult]:  # type: ignore[type-arg]
    """Yield the results of a source's selected tables and of its check."""
    result = loaded.fetched.get(source.name, FetchResult(source.name))
    for table in source.tables:
        key, of_table = raw_table_events.key(table), loaded.tables.get(table.name)
        if of_table and key in context.selected_asset_keys:
            yield dg.MaterializeResult(
                key,
                metadata=raw_table_events.metadata(result, of_table),
                data_version=dg.DataVersion(of_table.version),
            )
    if dg.AssetCheckKey(raw_table_events.key(source.tables[0]), ANSWERS) in context.selected_asset_check_keys:
        yield _answers_result(source, result, is_fetched=is_fetched)


def _archive_results(context: dg.AssetExecutionContext, loaded: LoadResult) -> Iterator[dg.MaterializeResult]:  # type: ignore[type-arg]
    sightings = sum(result.requests for result in loaded.fetched.values())
    for key in ARCHIVE:
        if key in context.selected_asset_keys:
            yield dg.MaterializeResult(
                key, metadata={"sightings_this_run": sightings}, data_version=dg.DataVersion(loaded.version)
            )


def _lake_results(
    context: dg.AssetExecutionContext, lake: LakeUpdate
) -> Iterator[dg.MaterializeResult | dg.AssetCheckResult]:  # type: ignore[type-arg]
    if lake_events.PARTITIONS in context.selected_asset_keys:
        version = dg.DataVersion(lake.version)
        yield dg.MaterializeResult(lake_events.PARTITIONS, metadata=lake_events.metadata(lake), data_version=version)
    elif lake.changed:
        context.log_event(lake_events.partitions_event(lake))
    if LAKE_CHECK.key in context.selected_asset_check_keys:
        yield _lake_check_result(lake)


def _lake_check_result(lake: LakeUpdate) -> dg.AssetCheckResult:
    refusals = lake_events.refusals(lake)
    return dg.AssetCheckResult(
        passed=not refusals,
        asset_key=LAKE_CHECK.asset_key,
        check_name=LAKE_CHECK.name,
        severity=dg.AssetCheckSeverity.WARN,
        description="; ".join(refusals) or f"{lake.rows} vintages, {len(lake.changed)} of them new",
    )


def _answers_result(source: Source, result: FetchResult, *, is_fetched: bool) -> dg.AssetCheckResult:
    summary = f"{result.requests} requests, {result.bytes:,} bytes, {result.new_vintages} new vintages"
    not_asked = f"not asked: ENTREPOT_SOURCES does not name {source.name}"
    return dg.AssetCheckResult(
        passed=not result.problems,
        asset_key=raw_table_events.key(source.tables[0]),
        check_name=ANSWERS,
        severity=dg.AssetCheckSeverity.WARN,
        description="; ".join(result.problem_summary()) or (summary if is_fetched else not_asked),
    )

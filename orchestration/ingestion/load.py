"""Fetches from sources and brings the raw tables and the lake up to date with the archive."""

import hashlib
import json
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from functools import partial

import duckdb

from orchestration.archive import Archive
from orchestration.ingestion import fetch, lake, parsed, quarantine
from orchestration.ingestion.fetch import LATEST, FetchResult, FetchScope
from orchestration.ingestion.lake import LakeUpdate
from orchestration.parsing import failures
from orchestration.settings import Settings
from orchestration.sources.connector import Source
from orchestration.sources.registry import EVERY_SOURCE, SOURCES
from orchestration.warehouse import build_file, raw_tables, vintages
from orchestration.warehouse.raw_tables import LoadEntry

CURRENT = """
select source, dataset, part, payload_sha256 from raw.archive__vintages where known_until is null order by all
"""


@dataclass(frozen=True)
class TableLoad:
    """A raw table after a load.

    `version` is a hash of the payloads that are current in it: a load without new data leaves it unchanged.
    """

    rows: int
    rows_added: int
    version: str


@dataclass(frozen=True)
class LoadResult:
    """The result of a run.

    Attributes:
        fetched: What was fetched, by source.
        tables: The raw tables, by name without the schema; those of a required source that was refused are missing.
        lake: The update of the lake.
        version: A hash of all current payloads.
    """

    fetched: dict[str, FetchResult]
    tables: dict[str, TableLoad]
    lake: LakeUpdate
    version: str

    def refusals_of_required(self) -> list[str]:
        """Return why required sources were refused; the run must then fail."""
        required = [result for name, result in self.fetched.items() if EVERY_SOURCE[name].is_required]
        return [problem for result in required for problem in result.problems]


def fetch_and_load(
    settings: Settings,
    archive: Archive,
    names: Sequence[str],
    scope: FetchScope = LATEST,
) -> LoadResult:
    """Fetch from the named sources, and load from all sources what is archived but not in the raw tables.

    Nothing that a source sends raises: problems are in the result.
    """
    fetched: dict[str, FetchResult] = {}
    if names:
        log = _load_leftovers(settings, archive, names)
        fetched = fetch.fetch_all(names, settings, archive, log, scope)
    sources = [source for source in EVERY_SOURCE.values() if _is_loadable(source, settings, fetched)]
    with build_file.connect(settings) as connection:
        added = _load(connection, settings, archive, sources, fetched)
        vintages.write(connection, archive)
        lake_update = lake.update(connection, settings, archive, fetched)
        current = connection.execute(CURRENT).fetchall()
        tables = _table_loads(connection, sources, added, current)
    return LoadResult(fetched, tables, lake_update, version(current))


def _load_leftovers(settings: Settings, archive: Archive, names: Sequence[str]) -> raw_tables.LoadLog:
    """Load what a killed run archived and did not load, and return the log of loads.

    Until a publisher's answer has been parsed, it isn't known whether it may be used in place of a new request.
    """
    with build_file.connect(settings) as connection:
        _load(connection, settings, archive, [SOURCES[name] for name in names if name in SOURCES], {})
        return raw_tables.log(connection)


def _is_loadable(source: Source, settings: Settings, fetched: Mapping[str, FetchResult]) -> bool:
    """Return True if what the archive has of a source may be loaded.

    A required source is loaded whole or not at all: only after all its payloads were accepted in this run, or when
    the past is built, for which the archive is the only source.
    """
    is_accepted = source.name in fetched and not fetched[source.name].problems
    return not source.is_required or is_accepted or settings.as_of is not None


def _load(
    connection: duckdb.DuckDBPyConnection,
    settings: Settings,
    archive: Archive,
    sources: Collection[Source],
    fetched: Mapping[str, FetchResult],
) -> Counter[str]:
    """Load the payloads of sources; return the rows added by table."""
    added: Counter[str] = Counter()
    logged = raw_tables.log(connection)
    retried = {key for key, entry in logged.items() if _is_retried(entry, settings)}
    sightings = list(archive.sightings())
    for source in sources:
        for table in source.tables:
            raw_tables.create(connection, table)
        of_source = (seen for seen in sightings if seen.source == source.name)
        frames = fetched[source.name].frames if source.name in fetched else {}
        parse = quarantine.Twins(sightings, logged).refusing(partial(parsed.frame, settings, source, archive, frames))
        accepted = {*frames, *(key[1:] for key in retried if key[0] == source.name)}
        added += raw_tables.load(connection, of_source, parse, source.raw_table, accepted)
    return added


def _is_retried(entry: LoadEntry, settings: Settings) -> bool:
    """Return True for a payload that made the parser fail within other limits than today's."""
    return bool(entry.refusal) and failures.is_worth_another_try(str(entry.refusal), settings)


def _table_loads(
    connection: duckdb.DuckDBPyConnection,
    sources: Collection[Source],
    added: Counter[str],
    current: Sequence[tuple[str, str, str, str]],
) -> dict[str, TableLoad]:
    """Return each raw table of the sources after the load; `current` are the rows of the query CURRENT."""
    payloads: dict[str, list[tuple[str, str, str]]] = {table.name: [] for source in sources for table in source.tables}
    by_name = {source.name: source for source in sources}
    for name, dataset, part, sha256 in current:
        table = by_name[name].raw_table(dataset) if name in by_name else None
        if table:
            payloads[table.name].append((dataset, part, sha256))
    return {
        name: TableLoad(raw_tables.count(connection, f"raw.{name}"), added[name], version(of_table))
        for name, of_table in payloads.items()
    }


def version(payloads: object) -> str:
    """Return a hash of a list of payloads, for use as a Dagster data version."""
    return hashlib.sha256(json.dumps(payloads).encode()).hexdigest()

"""Asking publishers and filling their raw tables: what the assets and the backfills of live sources have in common."""

import hashlib
import json
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import partial
from types import MappingProxyType

import duckdb

from orchestration.archive import Archive, Sighting
from orchestration.ingestion import fetch, lake
from orchestration.ingestion.fetch import FetchResult
from orchestration.ingestion.lake import LakeUpdate
from orchestration.settings import Settings
from orchestration.sources.connector import Refused, Source
from orchestration.sources.registry import EVERY_SOURCE
from orchestration.warehouse import build_file, raw_tables, vintages

CURRENT = """
select source, dataset, part, payload_sha256 from raw.archive__vintages where known_until is null order by all
"""


@dataclass(frozen=True)
class TableLoad:
    """A raw table after a load: its rows, those that are new, and a hash of the payloads that are current in it."""

    rows: int
    added: int
    version: str


@dataclass(frozen=True)
class LoadResult:
    """What fetching and loading did: by source, by raw table (its name without the schema), and in the lake."""

    fetched: dict[str, FetchResult]
    tables: dict[str, TableLoad]
    lake: LakeUpdate


def fetch_and_load(
    settings: Settings,
    archive: Archive,
    names: Sequence[str],
    months: tuple[date, date] | None = None,
    hs_codes: Mapping[str, tuple[str, ...]] = MappingProxyType({}),
) -> LoadResult:
    """Ask publishers, side by side, and load what the archive holds and raw tables lack, of all sources.

    What a run left in the archive that was killed before it could load comes first: until a payload is parsed, nobody
    knows whether it answers its question. Returns what asking came to, by source, the raw tables, by name, and what
    came of the lake. Nothing that a publisher does raises.
    """
    ingested: dict[str, FetchResult] = {}
    added: Counter[str] = Counter()
    if names:
        with build_file.connect(settings) as connection:
            added = _load(connection, archive, ingested)
            log = raw_tables.log(connection)
        ingested = fetch.fetch_all(names, settings, archive, log, months, hs_codes)
    with build_file.connect(settings) as connection:
        added += _load(connection, archive, ingested)
        vintages.write(connection, archive)
        filling = lake.fill(connection, settings, archive, ingested)
        versions = _versions(connection)
        tables = [table for source in EVERY_SOURCE.values() for table in source.tables]
        filled = {
            table.name: TableLoad(
                raw_tables.count(connection, f"raw.{table.name}"), added[table.name], versions[table.name]
            )
            for table in tables
        }
        return LoadResult(ingested, filled, filling)


def _load(connection: duckdb.DuckDBPyConnection, archive: Archive, ingested: Mapping[str, FetchResult]) -> Counter[str]:
    """Load every source's payloads; return the rows added by table."""
    added: Counter[str] = Counter()
    raw_tables.prepare(connection)
    every = list(archive.sightings())
    for source in EVERY_SOURCE.values():
        for table in source.tables:
            raw_tables.create(connection, f"raw.{table.name}", table.columns)
        frames = ingested[source.name].frames if source.name in ingested else {}
        sightings = (seen for seen in every if seen.source == source.name)
        read = partial(fetch.frame, source, archive, frames)
        table_of = partial(_table, source)
        loaded = raw_tables.restore(connection, sightings, read, Refused, table_of, source.lake)
        for dataset, count in loaded.items():
            added[source.table(dataset)] += count
    return added


def _table(source: Source, sighting: Sighting) -> tuple[str, Mapping[str, str]]:
    name = source.table(sighting.dataset)
    return f"raw.{name}", next(table.columns for table in source.tables if table.name == name)


def _versions(connection: duckdb.DuckDBPyConnection) -> dict[str, str]:
    """Return a hash of what is current in each raw table: a load that changes nothing leaves it as it was."""
    current: dict[str, list[tuple[str, ...]]] = {t.name: [] for source in EVERY_SOURCE.values() for t in source.tables}
    for name, *says in connection.execute(CURRENT).fetchall():
        if name in EVERY_SOURCE and says[0] not in EVERY_SOURCE[name].lake:
            current[EVERY_SOURCE[name].table(says[0])].append(tuple(says))
    return {table: version(says) for table, says in current.items()}


def version(says: object) -> str:
    return hashlib.sha256(json.dumps(says).encode()).hexdigest()

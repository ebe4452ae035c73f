"""The listing of `entrepot archive list`: every payload, and what became of it."""

from collections.abc import Iterable
from typing import Any

from orchestration.archive import Archive, Sighting
from orchestration.ingestion import load
from orchestration.lake.file_import import PROVIDER
from orchestration.lake.manifest import Manifest
from orchestration.lake.table_store import table_stores
from orchestration.settings import Settings
from orchestration.warehouse import build_file, raw_tables
from orchestration.warehouse.raw_tables import LoadLog

HAS_VINTAGES = "select 1 from duckdb_tables() where schema_name = 'raw' and table_name = 'archive__vintages'"
State = tuple[str, str | None]


def listed(settings: Settings) -> list[dict[str, Any]]:
    """Return each payload of each part of a dataset, in the order in which they were first seen.

    `state` is current, superseded, refused, quarantined, or not loaded; `reason` says why it is refused or quarantined.
    Raises WarehouseHeld if a run holds the warehouse.
    """
    with build_file.hold(settings, "entrepot archive list"):
        seen: dict[tuple[str, str, str, str], list[Sighting]] = {}
        for each in Archive.of(settings).sightings():
            seen.setdefault((each.source, each.dataset, each.part, each.sha256), []).append(each)
        states = _States(settings)
    return [_described(sightings, states) for sightings in seen.values()]


def _described(sightings: list[Sighting], states: "_States") -> dict[str, Any]:
    first, last = sightings[0], sightings[-1]
    state, reason = states.of(last)
    return {
        "source": first.source,
        "dataset": first.dataset,
        "part": first.part,
        "sha256": first.sha256,
        "bytes": first.bytes,
        "url": first.url,
        "first_seen": first.retrieved_at,
        "last_seen": last.retrieved_at,
        "state": state,
        "reason": reason,
    }


class _States:
    """What a home made of the payloads: its log of loads, its vintages, and the manifests of its lake."""

    def __init__(self, settings: Settings) -> None:
        self._log: LoadLog = {}
        self._current: set[tuple[str, ...]] = set()
        self._manifests = {table: store.manifest() for table, store in table_stores(settings).items()}
        if settings.build_file.exists():
            with build_file.connect(settings) as connection:
                self._log = raw_tables.log(connection)
                if connection.execute(HAS_VINTAGES).fetchone():
                    self._current = set(connection.execute(load.CURRENT).fetchall())

    def of(self, seen: Sighting) -> State:
        """Return the state of a payload, and the reason if it is not used."""
        if seen.problem:
            return "quarantined" if seen.is_quarantined else "refused", seen.problem
        if seen.source == PROVIDER and seen.dataset in self._manifests:  # a newer version may have more tables
            return _state_in_lake(seen, self._manifests[seen.dataset])
        entry = self._log.get((seen.source, seen.dataset, seen.sha256))
        if entry is None:
            return "not loaded", None
        if entry.refusal:
            return "refused", entry.refusal
        is_current = (seen.source, seen.dataset, seen.part, entry.same_as) in self._current
        return "current" if is_current else "superseded", None


def _state_in_lake(seen: Sighting, manifest: Manifest) -> State:
    """Return the state of an imported file, which is current while any of its months is."""
    if seen.sha256 in manifest.refused:
        return "refused", manifest.refused[seen.sha256]
    if seen.sha256 not in manifest.imported:
        return "not loaded", None
    return ("current" if seen.sha256 in _current_files(manifest.partitions.values()) else "superseded"), None


def _current_files(partitions: Iterable[list[Any]]) -> set[str]:
    return {payload for vintages in partitions for payload in vintages[-1].payloads}

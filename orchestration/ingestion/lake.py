"""Updates the lake from the archive: imported files, and publishers' answers, month by month."""

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import duckdb
import pandas as pd

from orchestration.archive import Archive, Sighting
from orchestration.ingestion import parsed
from orchestration.ingestion.fetch import FetchResult
from orchestration.lake import assemble, file_import, partitions_table
from orchestration.lake.manifest import PartitionKey
from orchestration.lake.table_store import table_stores
from orchestration.settings import Settings
from orchestration.sources.registry import SOURCES
from orchestration.warehouse import raw_tables

DATASETS = {(source.name, dataset): how for source in SOURCES.values() for dataset, how in source.lake.items()}


@dataclass(frozen=True)
class LakeUpdate:
    """The result of an update.

    Attributes:
        rows: Vintages in the lake, of all partitions.
        changed: The partitions that have a new vintage.
        refused: Why a file or a month was refused, by its name.
        version: A hash of what is current: an update that changes nothing leaves it unchanged.
    """

    rows: int
    changed: Sequence[partitions_table.Partition]
    refused: Mapping[str, str]
    version: str


def update(
    connection: duckdb.DuckDBPyConnection, settings: Settings, archive: Archive, fetched: Mapping[str, FetchResult]
) -> LakeUpdate:
    """Bring the lake up to date with the archive, and list its vintages in a raw table.

    A month that is refused stays as it was.
    """
    stores = table_stores(settings)
    imported = file_import.import_files(settings, connection, archive, stores)
    months = assemble.assemble(
        connection, DATASETS, stores, _reader(settings, archive, fetched), _parts(connection, archive)
    )
    changed = partitions_table.write(connection, stores, archive.released())
    current = connection.execute(partitions_table.CURRENT + " order by all").fetchall()
    files = {f"file {each.payload_sha256[:12]}": each.refusal for each in imported if each.refusal}
    return LakeUpdate(
        rows=raw_tables.count(connection, "raw.lake__partitions"),
        changed=changed,
        refused={**files, **{_name(key): reason for key, reason in months.items()}},
        version=hashlib.sha256(repr(current).encode()).hexdigest(),
    )


def _name(key: PartitionKey | str) -> str:
    return key if isinstance(key, str) else f"{key.month:%Y-%m} of {key.provider} {key.dataset}"


def _reader(
    settings: Settings, archive: Archive, fetched: Mapping[str, FetchResult]
) -> Callable[[str, str, str], pd.DataFrame]:
    """Return a function (source, dataset, sha256) -> rows, which parses what this run has not parsed yet."""
    seen: dict[tuple[str, str, str], Sighting] = {}

    def read(source: str, dataset: str, sha256: str) -> pd.DataFrame:
        if not seen:
            seen.update({(s.source, s.dataset, s.sha256): s for s in archive.sightings()})
        frames = fetched[source].frames if source in fetched else {}
        return parsed.frame(settings, SOURCES[source], archive, frames, seen[source, dataset, sha256])

    return read


def _parts(connection: duckdb.DuckDBPyConnection, archive: Archive) -> assemble.PartsByDataset:
    """Return, by dataset and part, True if any payload was accepted: it stays in use if a later one is refused."""
    log = raw_tables.log(connection)
    parts: dict[tuple[str, str], dict[str, bool]] = {dataset: {} for dataset in DATASETS}
    for seen in archive.sightings():
        logged = log.get((seen.source, seen.dataset, seen.sha256))
        if logged and not seen.problem and (seen.source, seen.dataset) in parts:
            of_dataset = parts[seen.source, seen.dataset]
            of_dataset[seen.part] = of_dataset.get(seen.part, False) or logged.refusal is None
    return parts

"""Imports files of trade detail from the archive into the lake: each file as a whole, in the order of arrival."""

import hashlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path

import duckdb

from orchestration.archive import Archive, Sighting
from orchestration.lake import files, partitions
from orchestration.lake.errors import InvalidRows
from orchestration.lake.manifest import FileVintage, Manifest, PartitionKey
from orchestration.lake.partitions import NewVintage
from orchestration.lake.table_store import TableStore
from orchestration.sources.lake_tables import TABLES, LakeTable
from orchestration.warehouse.sql import literal

PROVIDER = "files"
# Two files with the same rows, in any order, have the same count, xor and sum of their rows' hashes.
FIGURES_HASH = "select count(*), bit_xor(hash({columns})), sum(hash({columns})) from read_parquet({path})"
# Is called with the months done, the number of months, and the month that is being written.
OnProgress = Callable[[int, int, str], None]


@dataclass(frozen=True)
class ImportResult:
    """A file's months and rows, and how many months differ from what the lake had. All are 0 if it was refused."""

    payload_sha256: str
    months: int
    new_vintages: int
    rows: int
    refusal: str | None = None


def import_files(
    connection: duckdb.DuckDBPyConnection,
    archive: Archive,
    stores: Mapping[str, TableStore],
    spill: Path,
    on_progress: OnProgress = lambda *_: None,
) -> list[ImportResult]:
    """Import the archived files that are not in the lake yet; return a result for each.

    A table's manifest changes once per file, when all its months are written: after a kill the lake is as it was, and
    the next call uses the months that were finished. `spill` is a folder for temporary files.
    """
    importer = _Importer(connection, archive, spill, on_progress)
    results: list[ImportResult] = []
    for store in stores.values():
        manifest = store.manifest()
        pending = _not_imported(archive, store.table, manifest)
        results.extend(importer.import_file(store, manifest, seen) for seen in pending)
    return results


def _not_imported(archive: Archive, table: str, manifest: Manifest) -> Iterator[Sighting]:
    for seen in archive.sightings():
        is_known = seen.sha256 in manifest.imported or seen.sha256 in manifest.refused
        if (seen.source, seen.dataset) == (PROVIDER, table) and not is_known:
            yield seen


@dataclass(frozen=True)
class _Month:
    """A month of a file, written; `is_changed` is False if the lake has the same figures already."""

    key: PartitionKey
    vintage: FileVintage
    is_changed: bool


@dataclass(frozen=True)
class _Importer:
    connection: duckdb.DuckDBPyConnection
    archive: Archive
    spill: Path
    on_progress: OnProgress

    def import_file(self, store: TableStore, manifest: Manifest, seen: Sighting) -> ImportResult:
        """Import one file, and commit the manifest: with all months of the file, or with the reason for refusing it."""
        try:
            months = self._write_months(store, manifest, seen)
        except InvalidRows as refusal:
            manifest.refused[seen.sha256] = str(refusal)
            store.commit(manifest)
            return ImportResult(seen.sha256, 0, 0, 0, str(refusal))
        new = sum(manifest.add(month.key, month.vintage) for month in months if month.is_changed)
        manifest.imported.append(seen.sha256)
        store.commit(manifest)
        return ImportResult(seen.sha256, len(months), new, sum(month.vintage.rows for month in months))

    def _write_months(self, store: TableStore, manifest: Manifest, seen: Sighting) -> list[_Month]:
        """Write a partition file for each month of the archived file. Raises InvalidRows, naming the file."""
        table = TABLES[store.table]
        source = files.ImportedFile(
            table, self.archive.local_file(seen, self.spill / "payloads"), seen.url.removeprefix("file:"), seen.sha256
        )
        written = []
        with files.by_month(self.connection, source, self.spill) as months:
            for number, (month, query) in enumerate(months.items()):
                self.on_progress(number, len(months), f"{month:%Y-%m}")
                key = PartitionKey(month, PROVIDER, seen.part)
                new = NewVintage(key, short_hash(seen.sha256, str(month)), source_id=seen.part)
                vintage = _vintage(new, partitions.write(self.connection, store, new, query), seen)
                before = manifest.current(key)
                is_changed = not before or not have_same_figures(
                    self.connection, table, store.local_file(before), store.local_path(vintage)
                )
                written.append(_Month(key, vintage, is_changed))
        return written


def short_hash(*inputs: str) -> str:
    """Return twelve hexadecimal digits that identify these inputs, in this order."""
    return hashlib.sha256("\n".join(inputs).encode()).hexdigest()[:12]


def have_same_figures(connection: duckdb.DuckDBPyConnection, table: LakeTable, before: Path, now: Path) -> bool:
    """Return True if two partition files have the same rows, apart from the lines they were read from."""
    columns = ", ".join(column for column in table.columns if column != "line_number")
    queries = [FIGURES_HASH.format(columns=columns, path=literal(path)) for path in (before, now)]
    return before == now or connection.execute(queries[0]).fetchall() == connection.execute(queries[1]).fetchall()


def _vintage(new: NewVintage, written: partitions.WrittenFile, seen: Sighting) -> FileVintage:
    return FileVintage(
        id=new.id,
        **asdict(written),
        source_id=new.source_id,
        is_complete=True,
        payloads=(seen.sha256,),
        known_from=seen.retrieved_at,
    )

"""Imports files of trade detail from the archive into the lake: each file as a whole, in the order of arrival."""

import logging
from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict, dataclass
from datetime import date
from pathlib import Path
from typing import Any

import duckdb

from orchestration.archive import Archive, Sighting
from orchestration.lake import partitions
from orchestration.lake.errors import InvalidRows
from orchestration.lake.manifest import FileVintage, Manifest, PartitionKey, short_hash
from orchestration.lake.partitions import NewVintage, WrittenFile
from orchestration.lake.table_store import TableStore
from orchestration.parsing import failures
from orchestration.parsing.child import Child, ChildDied, ChildRaised, Limits, twice_if_killed
from orchestration.parsing.journal import Journal, TooManyKills
from orchestration.periods import hong_kong_day
from orchestration.settings import Settings
from orchestration.sources.lake_tables import TABLES, LakeTable
from orchestration.storage.memory import in_bytes
from orchestration.warehouse.sql import literal

PROVIDER = "files"
WRITE_MONTHS = "orchestration.lake.file_child:write_months"
# DuckDB keeps to its memory limit, but reserves more than it uses, and what reads a file is not all within it.
MEMORY_FACTOR = 4
SECONDS_PER_BYTE = 1e-6  # a slow machine imports some ten million bytes a second
log = logging.getLogger(__name__)
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
    settings: Settings,
    connection: duckdb.DuckDBPyConnection,
    archive: Archive,
    stores: Mapping[str, TableStore],
    on_progress: OnProgress = lambda *_: None,
) -> list[ImportResult]:
    """Import the archived files that are not in the lake yet; return a result for each.

    A table's manifest changes once per file, when all its months are written: after a kill the lake is as it was, and
    the next call writes all of them again. Files are read in a child process: one that makes it abort, hang or exhaust
    memory is refused like any other.
    """
    importer = _Importer(settings, connection, archive, on_progress)
    results: list[ImportResult] = []
    for store in stores.values():
        manifest = store.manifest()
        if manifest.drop(archive.quarantined()):
            store.commit(manifest)
        pending = list(_not_imported(settings, archive, store.table, manifest))
        results.extend(importer.import_file(store, manifest, seen) for seen in pending)
    return results


def _not_imported(settings: Settings, archive: Archive, table: str, manifest: Manifest) -> Iterator[Sighting]:
    """Yield the files that were never imported, or only made the parser fail within other limits than today's."""
    refused = (sha for sha, why in manifest.refused.items() if not failures.is_worth_another_try(why, settings))
    known = {*manifest.imported, *refused}
    for seen in archive.sightings():
        if (seen.source, seen.dataset) == (PROVIDER, table) and not seen.problem and seen.sha256 not in known:
            known.add(seen.sha256)
            yield seen


@dataclass(frozen=True)
class _Month:
    """A month of a file, written; `is_changed` is False if the lake has the same figures already."""

    key: PartitionKey
    vintage: FileVintage
    is_changed: bool


@dataclass(frozen=True)
class _Importer:
    settings: Settings
    connection: duckdb.DuckDBPyConnection
    archive: Archive
    on_progress: OnProgress

    def import_file(self, store: TableStore, manifest: Manifest, seen: Sighting) -> ImportResult:
        """Import one file, and commit the manifest: with all months of the file, or with the reason for refusing it."""
        try:
            months = self._write_months(store, manifest, seen)
        except InvalidRows as refusal:
            manifest.refused[seen.sha256] = str(refusal)
            store.commit(manifest)
            return ImportResult(seen.sha256, 0, 0, 0, str(refusal))
        new = sum(manifest.insert(month.key, month.vintage) for month in months if month.is_changed)
        manifest.imported.append(seen.sha256)
        manifest.refused.pop(seen.sha256, None)
        store.commit(manifest)
        return ImportResult(seen.sha256, len(months), new, sum(month.vintage.rows for month in months))

    def _write_months(self, store: TableStore, manifest: Manifest, seen: Sighting) -> list[_Month]:
        """Write a partition file for each month of the archived file. Raises InvalidRows, naming the file."""
        name, months = seen.url.removeprefix("file:"), list[_Month]()

        def on_report(report: dict[str, Any]) -> None:
            if "written" in report:
                months.append(self._keep(store, manifest, seen, report))
            else:
                self.on_progress(report["number"], report["of"], report["month"][:7])

        arguments = self._arguments(store, seen, name)

        def attempt() -> None:
            months.clear()
            with Child() as child:
                child.call(WRITE_MONTHS, arguments, limits=self._limits(seen), on_progress=on_report)

        journal = Journal(self.settings.parsing_dir)
        try:
            with journal.entry(failures.entry_name(PROVIDER, store.table, seen.sha256, self.settings)):
                twice_if_killed(attempt)
        except ChildRaised as error:
            raise _refusal(name, error) from None
        except (ChildDied, TooManyKills) as death:
            raise InvalidRows(f"{name}: {failures.sentence(death, self.settings)}") from None
        finally:
            for partial in store.folder.glob(f"*/*/{partitions.partial_of(Path(f'{PROVIDER}-*'))}"):
                partial.unlink()
        return months

    def _arguments(self, store: TableStore, seen: Sighting, name: str) -> dict[str, Any]:
        spill = self.settings.spill_dir
        return {
            "table": store.table,
            "path": str(self.archive.local_file(seen, spill / "payloads")),
            "name": name,
            "sha256": seen.sha256,
            "on": hong_kong_day(seen.retrieved_at).isoformat(),
            "provider": PROVIDER,
            "part": seen.part,
            "folder": str(store.folder),
            "spill": str(spill),
            "memory_limit": self.settings.memory_limit,
        }

    def _limits(self, seen: Sighting) -> Limits:
        """Return limits that let a file of any size through which is not much slower to read than others."""
        memory = MEMORY_FACTOR * in_bytes(self.settings.memory_limit) + in_bytes(self.settings.parser_memory_limit)
        return Limits(memory, self.settings.parser_seconds + seen.bytes * SECONDS_PER_BYTE)

    def _keep(self, store: TableStore, manifest: Manifest, seen: Sighting, report: dict[str, Any]) -> _Month:
        """Store a partition file that the child has written."""
        key = PartitionKey(date.fromisoformat(report["month"]), PROVIDER, seen.part)
        new = NewVintage(key, short_hash(seen.sha256, str(key.month)), source_id=seen.part)
        store.keep(partitions.partial_of(store.folder / new.file_name), new.file_name)
        vintage = _vintage(new, WrittenFile(**report["written"]), seen)
        before = manifest.before(key, seen.retrieved_at)
        is_changed = not before or not have_same_figures(
            self.connection, TABLES[store.table], store.local_file(before), store.local_path(vintage)
        )
        return _Month(key, vintage, is_changed)


def _refusal(name: str, error: ChildRaised) -> Exception:
    """Return why a file is refused, or the fault of this machine."""
    if fault := error.fault_of_this_machine():
        return fault
    if error.type == f"{InvalidRows.__module__}:{InvalidRows.__name__}":
        return InvalidRows(str(error))
    log.debug("%s can't be read:\n%s", name, error.traceback)
    return InvalidRows(f"{name}: it can't be read: {error.type.rpartition(':')[2]}: {error}")


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

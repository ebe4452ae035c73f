"""From the archive into the lake: files that came by hand, each as a whole, in the order in which they came."""

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path

import duckdb

from orchestration.archive import Archive, Sighting
from orchestration.lake import files, partitions
from orchestration.lake.errors import InvalidRows
from orchestration.lake.manifest import FileVintage, Manifest, PartitionKey
from orchestration.lake.table_store import TableStore
from orchestration.sources.lake_tables import TABLES, LakeTable
from orchestration.warehouse.sql import literal

PROVIDER = "files"
# The rows of a partition, each as a number, in any order: what two files must share to say the same.
SAYS = "select count(*), bit_xor(hash({columns})), sum(hash({columns})) from read_parquet({path})"
OnProgress = Callable[[int, int, str], None]


@dataclass(frozen=True)
class ImportResult:
    """What taking in a file came to: its months, those of them that say something new, and its rows."""

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
    """Take in the files of the archive that the lake has not; return what came of each.

    A file changes its table's manifest once, when all its months are written: a kill leaves what was there before, and
    the next call goes on where it ended. `on_progress` is called with: months done, of how many, and which.
    """
    results = []
    for table in TABLES.values():
        store = stores[table.name]
        state = store.manifest()
        for seen in archive.sightings():
            known = seen.sha256 in state.taken_in or seen.sha256 in state.refused
            if (seen.source, seen.dataset) == (PROVIDER, table.name) and not known:
                results.append(_take_in_one(connection, archive, table, store, spill, state, seen, on_progress))
    return results


def _take_in_one(
    connection: duckdb.DuckDBPyConnection,
    archive: Archive,
    table: LakeTable,
    store: TableStore,
    spill: Path,
    state: Manifest,
    seen: Sighting,
    on_progress: OnProgress,
) -> ImportResult:
    path = archive.local_file(seen, spill / "payloads")
    new, rows = 0, 0
    try:
        name = seen.url.removeprefix("file:")
        with files.by_month(connection, table, path, name, seen.sha256, spill) as months:
            coming = []
            for number, (month, query) in enumerate(months.items()):
                on_progress(number, len(months), f"{month:%Y-%m}")
                key = PartitionKey(month, PROVIDER, seen.part)
                vintage = identify(seen.sha256, str(month))
                written = partitions.write(connection, table, store, key, vintage, seen.part, query)
                rows += written.rows
                before = state.current(key)
                if not before or not says_the_same(connection, table, store.file(before), store.folder / written.file):
                    coming.append((key, _vintage(vintage, written, seen)))
    except InvalidRows as refusal:
        state.refused[seen.sha256] = str(refusal)
        store.commit(state)
        return ImportResult(seen.sha256, 0, 0, 0, str(refusal))
    for key, arrived in coming:
        new += state.add(key, arrived)
    state.taken_in.append(seen.sha256)
    store.commit(state)
    return ImportResult(seen.sha256, len(months), new, rows)


def identify(*made_of: str) -> str:
    """Return the name of what is made of these: twelve digits of a hash."""
    return hashlib.sha256("\n".join(made_of).encode()).hexdigest()[:12]


def says_the_same(connection: duckdb.DuckDBPyConnection, table: LakeTable, before: Path, now: Path) -> bool:
    """Say whether two files of a partition hold the same figures, wherever they were read from."""
    columns = ", ".join(column for column in table.columns if column != "line_number")
    said = [connection.execute(SAYS.format(columns=columns, path=literal(path))).fetchall() for path in (before, now)]
    return before == now or said[0] == said[1]


def _vintage(vintage_id: str, written: partitions.WrittenFile, seen: Sighting) -> FileVintage:
    return FileVintage(
        id=vintage_id,
        **asdict(written),
        source_id=seen.part,
        is_complete=True,
        payloads=(seen.sha256,),
        known_from=seen.retrieved_at,
    )

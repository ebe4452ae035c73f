"""Assembles months of the lake from the publishers' payloads that are current for them."""

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import asdict, dataclass
from datetime import UTC, date, datetime
from pathlib import Path

import duckdb
import pandas as pd

from orchestration.lake import partitions, subheadings
from orchestration.lake.errors import InvalidRows, reason_of
from orchestration.lake.file_import import have_same_figures
from orchestration.lake.manifest import FileVintage, Manifest, PartitionKey, short_hash
from orchestration.lake.partitions import NewVintage, WrittenFile
from orchestration.lake.table_store import TableStore
from orchestration.sources.connector import LakeRows
from orchestration.sources.lake_tables import TABLES

# The months of a payload never change: they are determined when it is first seen, because parsing it again is slow.
CREATE_MONTHS = """
create table if not exists raw.lake__payload_months (
    source varchar, dataset varchar, payload_sha256 varchar, month date
)
"""
UNREAD = """
select distinct source, dataset, payload_sha256
from raw.archive__vintages anti join raw.lake__payload_months using (source, dataset, payload_sha256)
where known_until is null
"""
CURRENT_PAYLOADS = """
select months.month, current.part, current.payload_sha256, current.since
from raw.archive__vintages as current
inner join raw.lake__payload_months as months using (source, dataset, payload_sha256)
where current.known_until is null and source = $source and dataset = $dataset
order by all
"""
# All rows of a month are in one edition of the HS.
EDITION = "select any_value(hs_edition) from read_parquet($file)"

Dataset = tuple[str, str]  # a source and one of its datasets
# Why a month, or by its name a payload, is refused.
Refusals = dict[PartitionKey | str, str]
# Returns the parsed frame of a payload, by source, dataset and SHA-256.
ReadPayload = Callable[[str, str, str], pd.DataFrame]
# For each part of a dataset that was requested: True if its answer was accepted, False if it was refused.
PartsByDataset = Mapping[Dataset, Mapping[str, bool]]


@dataclass(frozen=True)
class Answers:
    """The current payloads with rows of a month of a dataset, and when the latest of them became current."""

    payloads: tuple[str, ...]
    since: datetime


def assemble(
    connection: duckdb.DuckDBPyConnection,
    datasets: Mapping[Dataset, LakeRows],
    stores: Mapping[str, TableStore],
    read: ReadPayload,
    parts: PartsByDataset,
) -> Refusals:
    """Write the months whose current payloads changed.

    Returns:
        The months that were refused, now or before, each with the reason, and by name the payloads whose months can't
        be determined. The lake keeps the last good vintage of a month.

    Raises:
        LakeError: A manifest can't be read.
    """
    refused = _find_months(connection, datasets, read)
    codes = subheadings.known(connection)
    for (source, dataset), lake_rows in datasets.items():
        store = stores[lake_rows.table]
        assembler = _Assembler(connection, source, dataset, lake_rows, store, read, parts[source, dataset], codes)
        refused |= assembler.assemble()
    return refused


@dataclass(frozen=True)
class _Assembler:
    """Assembles the months of one dataset. `codes` has the HS subheadings of each edition."""

    connection: duckdb.DuckDBPyConnection
    source: str
    dataset: str
    lake_rows: LakeRows
    store: TableStore
    read: ReadPayload
    parts: Mapping[str, bool]
    codes: Mapping[str, Collection[str]]

    def assemble(self) -> Refusals:
        """Write the months that changed, commit the manifest once, and return the refused months with reasons."""
        manifest, is_changed = self.store.manifest(), False
        refused: Refusals = {}
        for month, answers in _current_answers(self.connection, self.source, self.dataset).items():
            key = PartitionKey(month, self.source, self.dataset)
            new = NewVintage(key, short_hash(*answers.payloads, str(month)), self.lake_rows.source_id)
            if new.id in manifest.refused:
                refused[key] = manifest.refused[new.id]
                continue
            try:
                is_changed |= self._update_month(manifest, new, answers)
            except InvalidRows as error:
                manifest.refused[new.id] = refused[key] = str(error)
                is_changed = True
            except Exception as error:  # noqa: BLE001 - whatever a payload makes happen concerns its month only
                refused[key] = reason_of(error)  # not recorded: other code may read it
        if is_changed:
            self.store.commit(manifest)
        return refused

    def _update_month(self, manifest: Manifest, new: NewVintage, answers: Answers) -> bool:
        """Make a month of the manifest agree with its payloads; return True if that changed the manifest."""
        before = manifest.current(new.key)
        if not before or before.id != new.id:
            earlier = manifest.with_id(new.key, new.id)
            # What publishers say may return to what it was. The file that is listed then stays as it is.
            if earlier and self.store.has(earlier):
                written = WrittenFile.of(earlier)
            else:
                written = self._write(new, answers.payloads)
            file = self.store.folder / written.file
            if not before or not self._have_same_figures(before, file):
                vintage = FileVintage(
                    id=new.id,
                    **asdict(written),
                    source_id=new.source_id,
                    is_complete=self._is_whole(new.key.month, file),
                    payloads=answers.payloads,
                    known_from=answers.since,
                )
                return manifest.add(new.key, vintage)
        # The same figures can become a complete month: when the last part is answered, and has no rows.
        if before.is_complete or not self._is_whole(new.key.month, self.store.local_file(before)):
            return False
        manifest.mark_complete(new.key)
        return True

    def _have_same_figures(self, before: FileVintage, file: Path) -> bool:
        table = TABLES[self.lake_rows.table]
        return have_same_figures(self.connection, table, self.store.local_file(before), file)

    def _write(self, new: NewVintage, payloads: Collection[str]) -> WrittenFile:
        frames = [
            self.lake_rows.rows(self.read(self.source, self.dataset, payload)).assign(payload_sha256=payload)
            for payload in payloads
        ]
        rows = pd.concat(frames, ignore_index=True)
        self.connection.register("lake_rows", rows[rows["month"] == new.key.month])
        try:
            return partitions.write(self.connection, self.store, new, "select * from lake_rows")
        finally:
            self.connection.unregister("lake_rows")

    def _is_whole(self, month: date, file: Path) -> bool:
        of_month = {part: is_accepted for part, is_accepted in self.parts.items() if _is_of(part, month)}
        accepted = [part for part, is_accepted in of_month.items() if is_accepted]
        refused = [part for part, is_accepted in of_month.items() if not is_accepted]
        [(edition,)] = self.connection.execute(EDITION, {"file": str(file)}).fetchall()
        return self.lake_rows.is_whole(accepted, refused, self.codes.get(edition, ()))


def _find_months(
    connection: duckdb.DuckDBPyConnection, datasets: Mapping[Dataset, LakeRows], read: ReadPayload
) -> Refusals:
    """Record which months each new payload has rows of; a payload without rows gets one row without a month.

    Returns the payloads that can't be read, each with the reason.
    """
    refused: Refusals = {}
    connection.execute(CREATE_MONTHS)
    for source, dataset, payload in connection.execute(UNREAD).fetchall():
        if (source, dataset) in datasets:
            try:
                rows = datasets[source, dataset].rows(read(source, dataset, payload))
            except Exception as error:  # noqa: BLE001 - it was accepted once, but by other rules or within other limits
                refused[f"payload {payload[:12]} of {source} {dataset}"] = reason_of(error)
                continue
            months: Iterable[date | None] = sorted(set(rows["month"])) or [None]
            values = [[source, dataset, payload, month] for month in months]
            connection.executemany("insert into raw.lake__payload_months values (?, ?, ?, ?)", values)
    return refused


def _current_answers(connection: duckdb.DuckDBPyConnection, source: str, dataset: str) -> dict[date, Answers]:
    rows = connection.execute(CURRENT_PAYLOADS, {"source": source, "dataset": dataset}).fetchall()
    found = [(month, part, payload, since.replace(tzinfo=UTC)) for month, part, payload, since in rows]
    payloads_of: dict[date, set[str]] = defaultdict(set)
    for month, _, payload, _ in found:
        if month:
            payloads_of[month].add(payload)
    return {
        month: Answers(
            tuple(sorted(payloads)),
            # A part of the month that was answered with no rows counts too: it may have had rows before.
            max(since for _, part, payload, since in found if payload in payloads or _is_of(part, month)),
        )
        for month, payloads in payloads_of.items()
    }


def _is_of(part: str, month: date) -> bool:
    """Return True if a part's name has the month, as 2026-03 or 202603. Such a part may have no rows."""
    return f"{month:%Y-%m}" in part or f"{month:%Y%m}" in part

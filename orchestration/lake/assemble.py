"""From publishers' answers into the lake: a month of a dataset is assembled from those that are current for it."""

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import asdict, dataclass
from datetime import UTC, date, datetime
from functools import partial
from pathlib import Path

import duckdb
import pandas as pd

from orchestration.lake import partitions, subheadings
from orchestration.lake.errors import InvalidRows
from orchestration.lake.file_import import identify, says_the_same
from orchestration.lake.manifest import FileVintage, Manifest, PartitionKey
from orchestration.lake.partitions import WrittenFile
from orchestration.lake.table_store import TableStore
from orchestration.sources.connector import LakeRows
from orchestration.sources.lake_tables import TABLES

# Which months a payload is of is found out once, when it is first seen.
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
ANSWERED = """
select months.month, current.part, current.payload_sha256, current.since
from raw.archive__vintages as current
inner join raw.lake__payload_months as months using (source, dataset, payload_sha256)
where current.known_until is null and source = $source and dataset = $dataset
order by all
"""
# A month is in one edition of the HS.
EDITION = "select any_value(hs_edition) from read_parquet($file)"
Read = Callable[[str, str, str], pd.DataFrame]
Parts = Mapping[tuple[str, str], Mapping[str, bool]]


@dataclass(frozen=True)
class Answers:
    """What is current for a month of a dataset: the payloads that hold rows of it, and since when all of it is."""

    payloads: tuple[str, ...]
    since: datetime


def assemble(
    connection: duckdb.DuckDBPyConnection,
    datasets: Mapping[tuple[str, str], LakeRows],
    stores: Mapping[str, TableStore],
    read: Read,
    parts: Parts,
) -> dict[PartitionKey, str]:
    """Write the months whose current answers changed; return those that are refused, each with the reason.

    `read` gives the frame of a payload, by source, dataset and hash; `parts` says of each part of a dataset that was
    asked for whether it was answered. Raises LakeError when a manifest can't be read.
    """
    _find_months(connection, datasets, read)
    refused: dict[PartitionKey, str] = {}
    codes = subheadings.known(connection)
    for (source, dataset), how in datasets.items():
        store = stores[how.table]
        state, is_changed = store.manifest(), False
        for month, answers in _answered(connection, source, dataset).items():
            key, vintage_id = PartitionKey(month, source, dataset), identify(*answers.payloads, str(month))
            if vintage_id in state.refused:
                refused[key] = state.refused[vintage_id]
                continue
            try:
                is_whole = partial(_is_whole, connection, how, month, parts[source, dataset], codes)
                is_changed |= _bring_up(connection, how, store, state, key, vintage_id, answers, read, is_whole)
            except InvalidRows as unfit:
                state.refused[vintage_id] = refused[key] = str(unfit)
                is_changed = True
        if is_changed:
            store.commit(state)
    return refused


def _bring_up(
    connection: duckdb.DuckDBPyConnection,
    how: LakeRows,
    store: TableStore,
    state: Manifest,
    key: PartitionKey,
    vintage_id: str,
    answers: Answers,
    read: Read,
    is_whole: Callable[[Path], bool],
) -> bool:
    """Bring a month in the manifest up to its answers; say whether that changed it.

    Rows that were held already may turn out to be all of the month when its last part is answered, with none.
    """
    before = state.current(key)
    if not before or before.id != vintage_id:
        written = _write(connection, how, store, key, vintage_id, answers.payloads, read)
        now = store.folder / written.file
        if not before or not says_the_same(connection, TABLES[how.table], store.file(before), now):
            vintage = FileVintage(
                id=vintage_id,
                **asdict(written),
                source_id=how.source_id,
                is_complete=is_whole(now),
                payloads=answers.payloads,
                known_from=answers.since,
            )
            return state.add(key, vintage)
    if before.is_complete or not is_whole(store.file(before)):
        return False
    state.complete(key)
    return True


def _find_months(
    connection: duckdb.DuckDBPyConnection, datasets: Mapping[tuple[str, str], LakeRows], read: Read
) -> None:
    connection.execute(CREATE_MONTHS)
    for source, dataset, payload in connection.execute(UNREAD).fetchall():
        if (source, dataset) in datasets:
            rows = datasets[source, dataset].rows(read(source, dataset, payload))
            months: Iterable[date | None] = sorted(set(rows["month"])) or [None]
            values = [[source, dataset, payload, month] for month in months]
            connection.executemany("insert into raw.lake__payload_months values (?, ?, ?, ?)", values)


def _answered(connection: duckdb.DuckDBPyConnection, source: str, dataset: str) -> dict[date, Answers]:
    rows = connection.execute(ANSWERED, {"source": source, "dataset": dataset}).fetchall()
    found = [(month, part, payload, since.replace(tzinfo=UTC)) for month, part, payload, since in rows]
    payloads: dict[date, set[str]] = defaultdict(set)
    for month, _, payload, _ in found:
        if month:
            payloads[month].add(payload)
    return {
        month: Answers(
            tuple(sorted(of_it)),
            max(since for _, part, payload, since in found if payload in of_it or _is_of(part, month)),
        )
        for month, of_it in payloads.items()
    }


def _write(
    connection: duckdb.DuckDBPyConnection,
    how: LakeRows,
    store: TableStore,
    key: PartitionKey,
    vintage_id: str,
    payloads: Collection[str],
    read: Read,
) -> WrittenFile:
    frames = [how.rows(read(key.provider, key.dataset, payload)).assign(payload_sha256=payload) for payload in payloads]
    rows = pd.concat(frames, ignore_index=True)
    connection.register("lake_rows", rows[rows["month"] == key.month])
    try:
        query = "select * from lake_rows"
        return partitions.write(connection, TABLES[how.table], store, key, vintage_id, how.source_id, query)
    finally:
        connection.unregister("lake_rows")


def _is_whole(
    connection: duckdb.DuckDBPyConnection,
    how: LakeRows,
    month: date,
    parts: Mapping[str, bool],
    codes: Mapping[str, Collection[str]],
    file: Path,
) -> bool:
    of_month = {part: is_good for part, is_good in parts.items() if _is_of(part, month)}
    answered, refused = ([part for part, is_good in of_month.items() if is_good is wanted] for wanted in (True, False))
    [(edition,)] = connection.execute(EDITION, {"file": str(file)}).fetchall()
    return how.is_whole(answered, refused, codes.get(edition, ()))


def _is_of(part: str, month: date) -> bool:
    """Say whether a part is of a month, which it names as its publisher writes months. It may have no rows."""
    return f"{month:%Y-%m}" in part or f"{month:%Y%m}" in part

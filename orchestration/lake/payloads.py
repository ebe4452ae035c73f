"""From publishers' answers into the lake: a month of a dataset is assembled from those that are current for it."""

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import asdict, dataclass
from datetime import UTC, date, datetime

import duckdb
import pandas as pd

from orchestration.lake import partitions, subheadings
from orchestration.lake.errors import Unfit
from orchestration.lake.intake import identify, says_the_same
from orchestration.lake.manifest import Key, Vintage
from orchestration.lake.place import Place
from orchestration.sources.detail import TABLES
from orchestration.sources.publisher import LakeRows

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
select months.month, current.part, current.payload_sha256, payloads.first_retrieved_at
from raw.archive__vintages as current
inner join raw.lake__payload_months as months using (source, dataset, payload_sha256)
inner join raw.archive__payloads as payloads using (source, dataset, payload_sha256)
where current.known_until is null and source = $source and dataset = $dataset and months.month is not null
order by all
"""
Read = Callable[[str, str, str], pd.DataFrame]
Parts = Mapping[tuple[str, str], Mapping[str, bool]]


@dataclass(frozen=True)
class Answer:
    """A current answer of a publisher: the part of its dataset that it is, and when its payload was first seen."""

    part: str
    payload_sha256: str
    first_seen: datetime


def assemble(
    connection: duckdb.DuckDBPyConnection,
    datasets: Mapping[tuple[str, str], LakeRows],
    places: Mapping[str, Place],
    read: Read,
    parts: Parts,
) -> dict[Key, str]:
    """Write the months whose current answers changed; return those that are refused, each with the reason.

    `read` gives the frame of a payload, by source, dataset and hash; `parts` says of each part of a dataset that was
    asked for whether it was answered. Raises LakeError when a manifest can't be read.
    """
    _find_months(connection, datasets, read)
    refused: dict[Key, str] = {}
    codes = subheadings.known(connection)
    for (source, dataset), how in datasets.items():
        place = places[how.table]
        state, is_changed = place.manifest(), False
        for month, answers in _answered(connection, source, dataset).items():
            key = Key(month, source, dataset)
            before = state.current(key)
            vintage_id = identify(*sorted({answer.payload_sha256 for answer in answers}))
            if vintage_id in state.refused:
                refused[key] = state.refused[vintage_id]
                continue
            if before and before.id == vintage_id:
                continue
            try:
                vintage = _write(connection, how, place, key, vintage_id, answers, read, parts[source, dataset], codes)
            except Unfit as unfit:
                state.refused[vintage_id] = refused[key] = str(unfit)
                is_changed = True
                continue
            table, now = TABLES[how.table], place.folder / vintage.file
            if not before or not says_the_same(connection, table, place.file(before), now):
                is_changed = state.add(key, vintage) or is_changed
        if is_changed:
            place.commit(state)
    return refused


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


def _answered(connection: duckdb.DuckDBPyConnection, source: str, dataset: str) -> dict[date, list[Answer]]:
    answers: dict[date, list[Answer]] = defaultdict(list)
    found = connection.execute(ANSWERED, {"source": source, "dataset": dataset}).fetchall()
    for month, part, payload, first_seen in found:
        answers[month].append(Answer(part, payload, first_seen.replace(tzinfo=UTC)))
    return answers


def _write(
    connection: duckdb.DuckDBPyConnection,
    how: LakeRows,
    place: Place,
    key: Key,
    vintage_id: str,
    answers: Collection[Answer],
    read: Read,
    parts: Mapping[str, bool],
    codes: Mapping[str, Collection[str]],
) -> Vintage:
    payloads = sorted({answer.payload_sha256 for answer in answers})
    frames = [how.rows(read(key.provider, key.dataset, payload)).assign(payload_sha256=payload) for payload in payloads]
    rows = pd.concat(frames, ignore_index=True)
    rows = rows[rows["month"] == key.month]
    edition = str(rows["hs_edition"].iloc[0])
    connection.register("lake_rows", rows)
    try:
        query = "select * from lake_rows"
        written = partitions.write(connection, TABLES[how.table], place, key, vintage_id, how.source_id, query)
    finally:
        connection.unregister("lake_rows")
    of_month = {part: is_good for part, is_good in parts.items() if _is_of(part, key.month)}
    answered, refused = ([part for part, is_good in of_month.items() if is_good is wanted] for wanted in (True, False))
    return Vintage(
        id=vintage_id,
        **asdict(written),
        source_id=how.source_id,
        is_complete=how.is_whole(answered, refused, codes.get(edition, ())),
        payloads=tuple(payloads),
        known_from=max(answer.first_seen for answer in answers),
    )


def _is_of(part: str, month: date) -> bool:
    """Say whether a part is of a month, which it names as its publisher writes months. It may have no rows."""
    return f"{month:%Y-%m}" in part or f"{month:%Y%m}" in part

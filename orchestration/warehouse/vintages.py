"""When each payload was current, and the vintages of each dataset.

A payload that replaces another makes a vintage. The same content again makes none; content that returns after another
makes one more. A payload that was replaced before it was in any release makes none, since it was never published.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime

import duckdb
import pandas as pd

from orchestration.archive import Archive, PayloadVintage, Released, Sighting
from orchestration.periods import HONG_KONG
from orchestration.warehouse import build_log, raw_tables

CREATE_PAYLOADS = """
create or replace table raw.archive__payloads (
    payload_sha256 varchar, source varchar, dataset varchar, url varchar, first_retrieved_at timestamp,
    last_retrieved_at timestamp, published_on date, bytes bigint, licence varchar, is_current boolean,
    known_from date, known_until date
)
"""
# A payload may have been current more than once.
SUMMARISE_PAYLOADS = """
insert into raw.archive__payloads
select
    payload_sha256, source, dataset, arg_min(url, since), min(since), max(last_seen), min(published_on),
    any_value(bytes), any_value(licence), bool_or(until is null), min(since_day),
    case when not bool_or(until is null) then max(until_day) end
from vintages
where rows > 0
group by source, dataset, payload_sha256
"""
CREATE_VINTAGES = """
create or replace table raw.archive__vintages as
select
    source, dataset, part, cast(number as integer) as vintage_number, payload_sha256,
    cast(previous_payload_sha256 as varchar) as previous_payload_sha256,
    cast(since_day as date) as known_from, cast(until_day as date) as known_until, cast(since as timestamp) as since
from vintages
"""


@dataclass
class Vintage:
    """A payload while it was the current one of its part of a dataset, from `since` to `until`, in UTC."""

    source: str
    dataset: str
    part: str
    number: int
    payload_sha256: str
    previous_payload_sha256: str | None
    url: str
    licence: str
    bytes: int
    rows: int
    published_on: date | None
    since: datetime
    last_seen: datetime
    until: datetime | None = None

    @property
    def identity(self) -> PayloadVintage:
        """Return what the archive's log of releases calls it."""
        return self.source, self.dataset, self.part, self.since


def vintages(sightings: Iterable[Sighting], log: raw_tables.LoadLog, released: Released) -> Iterator[Vintage]:
    """Yield the vintages of each part of each dataset that are current or were released, as if there were no others.

    `sightings` are in order; `log` says which were loaded.
    """
    of_part: dict[tuple[str, str, str], list[Vintage]] = defaultdict(list)
    for vintage in _all_vintages(sightings, log):
        of_part[vintage.source, vintage.dataset, vintage.part].append(vintage)
    for every in of_part.values():
        yield from _linked([each for each in every if each.until is None or released.has_payload(each.identity)])


def _linked(kept: Iterable[Vintage]) -> Iterator[Vintage]:
    """Yield what is left of the vintages of a part, each as the successor of the one before it."""
    before: Vintage | None = None
    for vintage in kept:
        if before and before.payload_sha256 == vintage.payload_sha256:  # what came between them was not released
            before.last_seen, before.until = vintage.last_seen, vintage.until
            continue
        if before:
            before.until = vintage.since
            yield before
        vintage.number = before.number + 1 if before else 1
        vintage.previous_payload_sha256 = before.payload_sha256 if before else None
        before = vintage
    if before:
        yield before


def _all_vintages(sightings: Iterable[Sighting], log: raw_tables.LoadLog) -> Iterator[Vintage]:
    """Yield every vintage, those of a part in order.

    Rows are accepted as the answer to one request only: if a publisher sends the first page again instead of the
    second, the earlier payload of the second page stays current.
    """
    current: dict[tuple[str, str, str], Vintage] = {}
    answered: dict[tuple[str, str, str], str] = {}
    for seen in sightings:
        logged = log.get((seen.source, seen.dataset, seen.sha256))
        if seen.problem or logged is None or logged.same_as is None:
            continue
        key = (seen.source, seen.dataset, seen.part)
        before = current.get(key)
        if before and before.payload_sha256 == logged.same_as:
            before.last_seen = seen.retrieved_at
            continue
        rows = (seen.source, seen.dataset, logged.same_as)
        if logged.rows and answered.get(rows, seen.part) != seen.part:
            continue
        if before:
            before.until = seen.retrieved_at
            answered.pop((seen.source, seen.dataset, before.payload_sha256), None)
            yield before
        answered[rows] = seen.part
        current[key] = Vintage(
            source=seen.source,
            dataset=seen.dataset,
            part=seen.part,
            number=0,
            payload_sha256=logged.same_as,
            previous_payload_sha256=None,
            url=seen.url,
            licence=seen.licence,
            bytes=seen.bytes,
            rows=logged.rows,
            published_on=seen.published_on,
            since=seen.retrieved_at,
            last_seen=seen.retrieved_at,
        )
    yield from current.values()


def write(connection: duckdb.DuckDBPyConnection, archive: Archive) -> None:
    """Write `raw.archive__payloads` and `raw.archive__vintages` for the payloads that were loaded.

    Refused payloads are in the archive only, so a bad payload never replaces a good one.
    """
    rows = list(vintages(archive.sightings(), raw_tables.log(connection), archive.released()))
    frame = pd.DataFrame(rows, columns=list(Vintage.__annotations__))
    for moment, day in (("since", "since_day"), ("until", "until_day"), ("last_seen", None)):
        utc = pd.to_datetime(frame[moment], utc=True)
        if day:
            frame[day] = utc.dt.tz_convert(HONG_KONG).dt.date
        # Timestamps in raw tables are UTC without a time zone, whatever the zone of this machine.
        frame[moment] = utc.dt.tz_localize(None)
    connection.register("vintages", frame)
    connection.begin()
    try:
        with build_log.logging_changes(connection, "archive__payloads", "archive__vintages"):
            connection.execute(CREATE_PAYLOADS)
            connection.execute(SUMMARISE_PAYLOADS)
            connection.execute(CREATE_VINTAGES)
        connection.commit()
    except BaseException:
        connection.rollback()
        raise
    connection.unregister("vintages")

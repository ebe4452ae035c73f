"""The archived payloads behind published figures: address, dates, and the line that each figure was read from."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from urllib.parse import urlencode

from orchestration.archive import Archive, ArchiveError, Sighting
from orchestration.periods import hong_kong_day
from orchestration.settings import get_settings
from orchestration.trace.observations import Observation


@dataclass(frozen=True)
class Payload:
    """Archived bytes that figures were read from. Their hash is verified when their lines are read."""

    sha256: str
    source: str
    dataset: str
    url: str
    bytes: int
    licence: str
    first_retrieved_on: date
    last_retrieved_on: date
    published_on: date | None


def payloads(archive: Archive, observations: Sequence[Observation]) -> list[Payload]:
    """Return the payloads of these figures, from the ledger. Raises ArchiveError if it does not list one."""
    sightings: dict[str, list[Sighting]] = {each.payload_sha256: [] for each in observations}
    for sighting in archive.sightings():
        if sighting.sha256 in sightings:
            sightings[sighting.sha256].append(sighting)
    if missing := [sha256 for sha256, seen in sightings.items() if not seen]:
        raise ArchiveError(f"{archive.ledger} does not list payload {missing[0]}; is this the archive of this release?")
    return [_payload(seen) for seen in sightings.values()]


def _payload(seen: Sequence[Sighting]) -> Payload:
    first = seen[0]
    return Payload(
        sha256=first.sha256,
        source=first.source,
        dataset=first.dataset,
        url=f"{first.url}?{urlencode(first.parameters)}" if first.parameters else first.url,
        bytes=first.bytes,
        licence=first.licence,
        first_retrieved_on=first.retrieved_at.date(),
        last_retrieved_on=seen[-1].retrieved_at.date(),
        published_on=first.published_on,
    )


def with_lines(archive: Archive, found: Sequence[Observation], sources: Sequence[Payload]) -> list[Observation]:
    """Return the figures with the line that each was read from. Raises ArchiveError if archived bytes were changed."""
    lines = {payload.sha256: _lines(archive, payload) for payload in sources}
    return [replace(each, line=lines[each.payload_sha256].get(each.line_number, "")) for each in found]


def _lines(archive: Archive, payload: Payload) -> dict[int, str]:
    """Return a payload's lines by number: verbatim for a file of the record, else its parsed rows."""
    from orchestration.parsing import payloads as parser  # imports pandas, which takes half a second
    from orchestration.sources import record
    from orchestration.sources.registry import EVERY_SOURCE

    content = archive.read(payload.source, payload.dataset, payload.sha256)
    if payload.source == record.NAME:
        return dict(enumerate((line.rstrip("\r") for line in content.decode("utf-8").split("\n")), start=1))
    # A payload that was accepted on the day it came is accepted on every later day, with no fewer rows.
    today = hong_kong_day(datetime.now(UTC))
    rows = parser.parse(get_settings(), EVERY_SOURCE[payload.source], payload.dataset, content, today).to_dict(
        "records"
    )
    return {row["line_number"]: ", ".join(f"{name} {value}" for name, value in row.items() if value) for row in rows}

"""The published figures behind a served one: which were used, which were held beside it, which lost, and why."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, fields, replace
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Literal
from urllib.parse import urlencode

import duckdb

from orchestration.archive import Archive, ArchiveError, Sighting
from orchestration.periods import Period, hong_kong_day
from orchestration.trace.mart_figures import Served
from orchestration.trace.measures import EXPORTS, Measure

Key = tuple[str, str]
Status = Literal["used", "beside", "not chosen"]


@dataclass(frozen=True)
class Observation:
    """One published figure: what was printed, where, and what became of it. `value` is in the unit of the marts."""

    series: str
    period_label: str
    value: Decimal
    rounding_unit: Decimal
    printed_value: Decimal
    printed_unit: str
    evidence: str
    source_id: str
    source_url: str
    published_on: date | None
    vintage: str | None
    flag: str | None
    note: str | None
    payload_sha256: str
    line_number: int
    is_current: bool
    is_usable: bool
    is_served: bool
    status: Status = "not chosen"
    reason: str = ""
    line: str = ""

    @property
    def key(self) -> Key:
        return self.series, self.period_label


COLUMNS = [field.name for field in fields(Observation) if field.name not in ("status", "reason", "line")]

OBSERVATIONS = f"""
select {", ".join(COLUMNS)}
from marts.fct_observations
where
    list_contains($series, series) and list_contains($labels, period_label)
    and classification = 'total' and member_code = 'total'
order by
    period_start, period_end desc, list_position($series, series), is_usable desc, selection_rank, observation_id
"""


def behind(
    connection: duckdb.DuckDBPyConnection, measure: Measure, period: Period, served: Sequence[Served]
) -> list[Observation]:
    """Return the published figures behind the served ones, with what became of each."""
    labels = {label for each in served for label in _labels(measure, period, each)}
    parameters = {"series": list(measure.series), "labels": sorted(labels)}
    found = [Observation(*row) for row in connection.execute(OBSERVATIONS, parameters).fetchall()]
    chosen = {each.key: each for each in found if each.is_served}
    used = {key for each in served for key in keys_used(measure, period, each, chosen.keys())}
    beside = {"balance", "total_exports", "imports"} if "balance" in measure.series else set()
    return [
        _with_status(each, chosen.get(each.key), used)
        for each in found
        if each.key in used or (each.series in beside and each.period_label == period.label)
    ]


def _labels(measure: Measure, period: Period, served: Served) -> list[str]:
    """Return the labels of the periods whose figures a served figure rests on, those it compares with included."""
    spans = [period, *([period.back(measure.months_back)] if measure.months_back else [])]
    if served.basis == "sum_of_months":
        spans = [month for span in spans for month in span.each_month]
    return [span.label for span in spans]


def keys_used(measure: Measure, period: Period, served: Served, held: Iterable[Key]) -> set[Key]:
    """Return the series and periods that a served figure was taken or worked out from."""
    held = set(held)
    own = (measure.series[0], period.label)
    if measure.kind == "rate" or (measure.kind in ("share", "growth") and own in held and served.basis == "published"):
        return {own}
    used = set()
    for label in _labels(measure, period, served):
        if served.is_balance_printed:
            used |= {("balance", label), *([("imports", label)] if measure.kind == "share" else [])}
        else:
            used |= {key for key in _levels(label, held) if key[0] in measure.series}
        if "hkd_per_usd" in measure.series:
            used.add(("hkd_per_usd", label))
    return used & held


def _levels(label: str, held: set[Key]) -> set[Key]:
    """Return the levels of a period: total exports where printed, else domestic exports and re-exports."""
    exports = EXPORTS[:1] if ("total_exports", label) in held else EXPORTS[1:]
    return {(series, label) for series in (*exports, "imports")}


def _with_status(each: Observation, chosen: Observation | None, used: set[Key]) -> Observation:
    if each.is_served and each.key in used:
        return replace(each, status="used")
    if each.is_served:
        instead = sorted(series for series, label in used if label == each.period_label)
        reason = f"not needed: {' and '.join(instead)} {'is' if len(instead) == 1 else 'are'} used" if instead else ""
        return replace(each, status="beside", reason=reason)
    return replace(each, reason=_why_not_chosen(each, chosen))


def _why_not_chosen(each: Observation, chosen: Observation | None) -> str:
    """Say at which step of the selection rule a figure lost. The steps are those of `int_observations`."""
    if not each.is_current:
        return "from an earlier payload of its file, which a newer one has replaced"
    if not each.is_usable or chosen is None:
        return f"flagged {each.flag}: never used"
    if each.rounding_unit > chosen.rounding_unit:
        units = f"{each.rounding_unit.normalize():f}", f"{chosen.rounding_unit.normalize():f}"
        return f"coarser: printed to {units[0]}, the figure used to {units[1]}"
    if each.evidence != chosen.evidence:
        return f"{each.evidence}; the figure used is {chosen.evidence}"
    if each.flag:
        return f"flagged {each.flag}"
    if (each.vintage, each.published_on) != (chosen.vintage, chosen.published_on):
        return "an earlier or less settled vintage"
    return "as good as the figure used; between equals the order of the addresses decides"


@dataclass(frozen=True)
class Payload:
    """Archived bytes that figures were read from, proved by their hash."""

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
    """Return the payloads of these figures, from the ledger. Raises ArchiveError for one that it does not list."""
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
    """Return the figures with the very line that each was read from. Raises ArchiveError when bytes were changed."""
    lines = {payload.sha256: _lines(archive, payload) for payload in sources}
    return [replace(each, line=lines[each.payload_sha256].get(each.line_number, "")) for each in found]


def _lines(archive: Archive, payload: Payload) -> dict[int, str]:
    """Return a payload's lines by number: of a file as they stand, of a publisher's answer the rows that were read."""
    from orchestration.ingestion import fetch  # parsers import pandas, which takes half a second
    from orchestration.sources import record
    from orchestration.sources.registry import EVERY_SOURCE

    content = archive.read(payload.source, payload.dataset, payload.sha256)
    if payload.source == record.SOURCE:
        return dict(enumerate((line.rstrip("\r") for line in content.decode("utf-8").split("\n")), start=1))
    # A payload that was accepted on the day it came is accepted on every later day, with no fewer rows.
    today = hong_kong_day(datetime.now(UTC))
    rows = fetch.parse(EVERY_SOURCE[payload.source], payload.dataset, content, today).to_dict("records")
    return {row["line_number"]: ", ".join(f"{name} {value}" for name, value in row.items() if value) for row in rows}

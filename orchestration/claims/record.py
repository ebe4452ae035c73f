"""The published figures, in memory: whole, as they were on a day, or without those of one page."""

from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from functools import cache, cached_property
from typing import Any, Literal, NamedTuple, TypeVar
from urllib.parse import urlsplit

import duckdb

from orchestration.periods import Period

Evidence = Literal["official", "derived", "reported"]
Value = TypeVar("Value")

# `selection_order` ranks all figures that may be used, `is_usable` marks those of current payloads.
OBSERVATIONS = """
select
    series, flow, classification, member_code,
    year(period_start) * 12 + month(period_start) - 1 as first_index,
    year(period_end) * 12 + month(period_end) - 1 as last_index,
    value, rounding_unit, evidence, source_url, source_id, flag, known_from, known_until, is_usable
from marts.fct_observations
where selection_order is not null
order by selection_order
"""
MEMBERS = """
select partner_code, partner_name, iso2 from marts.dim_partner order by partner_code
"""
CATEGORIES = """
select classification, category_code, category_name, printed_name from marts.dim_category order by all
"""


class Series(NamedTuple):
    """What names a series of published figures: columns of `fct_observations`."""

    series: str
    flow: str
    classification: str
    member_code: str


class Observation(NamedTuple):
    """One published figure: HK$ or US$ million, kg, percent, or a price; and where and when it stood."""

    value: Decimal
    rounding_unit: Decimal
    evidence: Evidence
    source_url: str
    source_id: str
    flag: str | None
    known_from: date | None
    known_until: date | None
    is_current: bool

    def is_known_on(self, day: date) -> bool:
        """Say whether the figure had been published, and not yet replaced, at the end of a day."""
        begun = self.known_from is not None and self.known_from <= day
        return begun and (self.known_until is None or self.known_until > day)


Figures = dict[Series, dict[Period, list[Observation]]]


@dataclass(frozen=True)
class Members:
    """The names by which partners and categories are known: name in lower case -> code, and code -> name."""

    codes: dict[str, frozenset[tuple[str, str]]]
    names: dict[tuple[str, str], str]


@dataclass(frozen=True)
class History:
    """Every figure that may be used, replaced ones too, in the order in which they are chosen.

    `replaced` tells, of each figure that was replaced, on which day, and its period.
    """

    figures: Figures
    members: Members
    replaced: tuple[tuple[date, Period], ...] = ()

    @cached_property
    def pages(self) -> dict[str, set[tuple[Series, Period]]]:
        """What stands on each page."""
        places: dict[str, set[tuple[Series, Period]]] = defaultdict(set)
        for series, found in self.figures.items():
            for period, observations in found.items():
                for each in observations:
                    places[page_of(each.source_url)].add((series, period))
        return dict(places)


@dataclass(frozen=True, eq=False)
class Record:
    """The figures as one day's reader has them, in the order in which they are chosen: finer, official, later.

    `cache` keeps what was worked out from them: a record never changes.
    """

    history: History
    figures: Figures
    on_day: date | None
    cache: dict[Any, Any]

    def observations(self, series: Series, period: Period) -> list[Observation]:
        """Return the published figures of a series and period, the best first."""
        return self.figures.get(series, {}).get(period, [])

    def remembered(self, key: Any, work_out: Callable[[], Value]) -> Value:
        """Return what is worked out under this key, once."""
        if key not in self.cache:
            self.cache[key] = work_out()
        found: Value = self.cache[key]
        return found

    def as_of(self, day: date) -> "Record":
        """Return the record as it stood at the end of a day."""
        return self.remembered(("as of", day), lambda: self._as_of(day))

    def _as_of(self, day: date) -> "Record":
        return _record(self.history, _filtered(self.history.figures, lambda each: each.is_known_on(day)), day)

    def without(self, page: str) -> "Record":
        """Return the record without the figures of one page: a page never confirms itself."""
        if page not in self.history.pages:
            return self
        return self.remembered(("without", page), lambda: self._without(page))

    def _without(self, page: str) -> "Record":
        places = self.history.pages[page]
        others = replace(self.history, figures=_left_out(self.history.figures, page, places))
        return _record(others, _left_out(self.figures, page, places), self.on_day)


def _record(history: History, figures: Figures, day: date | None) -> Record:
    return Record(history, figures, day, {})


def _filtered(figures: Figures, is_kept: Callable[[Observation], bool]) -> Figures:
    return {
        series: {
            period: kept for period, every in periods.items() if (kept := [each for each in every if is_kept(each)])
        }
        for series, periods in figures.items()
    }


def _left_out(figures: Figures, page: str, places: set[tuple[Series, Period]]) -> Figures:
    """Return figures without those of a page, which stand at these places; what is not of the page is not copied."""
    left = {**figures, **{series: dict(figures.get(series, {})) for series, _ in places}}
    for series, period in places:
        observations = left[series].get(period, [])
        left[series][period] = [each for each in observations if page_of(each.source_url) != page]
    return left


@cache
def page_of(url: str) -> str:
    """Return what names a page, however its address is written."""
    parts = urlsplit(url.strip())
    query = f"?{parts.query}" if parts.query else ""
    return f"{parts.netloc.lower().removeprefix('www.')}{parts.path.rstrip('/')}{query}"


def read(connection: duckdb.DuckDBPyConnection, as_of: date | None = None) -> Record:
    """Return the record of a build or a release: the latest figures, or those of a day."""
    figures: Figures = defaultdict(lambda: defaultdict(list))
    rows = connection.execute(OBSERVATIONS).fetchall()
    for series, flow, classification, member_code, first, last, *figure in rows:
        figures[Series(series, flow, classification, member_code)][Period(first, last)].append(Observation(*figure))
    latest = record_of({series: dict(found) for series, found in figures.items()}, members(connection))
    return latest.as_of(as_of) if as_of else latest


def record_of(figures: Figures, names: Members) -> Record:
    """Return the record of the latest of these figures."""
    replaced = {
        (each.known_until, period)
        for found in figures.values()
        for period, observations in found.items()
        for each in observations
        if each.known_until
    }
    history = History(figures, names, tuple(sorted(replaced, key=lambda each: each[0])))
    return _record(history, _filtered(figures, lambda each: each.is_current), None)


def members(connection: duckdb.DuckDBPyConnection) -> Members:
    """Return the names of partners and categories that a build or a release has."""
    codes: dict[str, set[tuple[str, str]]] = defaultdict(set)
    names: dict[tuple[str, str], str] = {}
    partners: Iterable[tuple[str, str, str | None]] = connection.execute(MEMBERS).fetchall()
    for code, name, iso2 in partners:
        names["partner", code] = name
        for spelling in (code, name, iso2):
            if spelling:
                codes[spelling.lower()].add(("partner", code))
    for classification, code, name, printed in connection.execute(CATEGORIES).fetchall():
        names[classification, code] = name
        for spelling in (code, name, printed):
            if spelling:
                codes[spelling.lower()].add((classification, code))
    return Members({name: frozenset(found) for name, found in codes.items()}, names)

"""The published figures, in memory: all of them, as known on a day, or without those of one web page."""

from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal
from functools import cache, cached_property, wraps
from typing import Any, Concatenate, Literal, NamedTuple, ParamSpec, Protocol, TypeVar
from urllib.parse import urlsplit

import duckdb

from orchestration.periods import Period

Evidence = Literal["official", "derived", "reported"]
# (classification, code) of a partner or category, such as ("partner", "704"); TOTAL for all goods and partners.
Member = tuple[str, str]
TOTAL: Member = ("", "")

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


class Cached(Protocol):
    """Something that keeps results computed from a record."""

    @property
    def cache(self) -> dict[Any, Any]:
        """Results by function and arguments."""
        ...


Owner = TypeVar("Owner", bound=Cached)
Arguments = ParamSpec("Arguments")
Result = TypeVar("Result")


def cached(
    function: Callable[Concatenate[Owner, Arguments], Result],
) -> Callable[Concatenate[Owner, Arguments], Result]:
    """Cache a function's results in the record that its first argument is, or belongs to.

    A record never changes. functools.cache would keep every record of a long-running process alive.
    """

    @wraps(function)
    def look_up(owner: Owner, /, *args: Arguments.args, **named: Arguments.kwargs) -> Result:
        key = (function, owner, args, *named.items())
        results = owner.cache
        if key not in results:
            results[key] = function(owner, *args, **named)
        found: Result = results[key]
        return found

    return look_up


class Series(NamedTuple):
    """The columns of `fct_observations` that identify a series of published figures."""

    series: str
    flow: str
    classification: str
    member_code: str


class Observation(NamedTuple):
    """One published figure in HK$ or US$ million, kg, percent or a price; `known_until` is None for a current one."""

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
        """Return True if the figure had been published, and not yet replaced, at the end of a day."""
        is_published = self.known_from is not None and self.known_from <= day
        return is_published and (self.known_until is None or self.known_until > day)


Figures = dict[Series, dict[Period, list[Observation]]]


@dataclass(frozen=True)
class Members:
    """Partners and categories: which a name in lower case may stand for, and the display name of each."""

    codes: dict[str, frozenset[Member]]
    names: dict[Member, str]


@dataclass(frozen=True)
class History:
    """Every figure that may be used, replaced ones too, the preferred one of a series and period first.

    `replaced` has the day and the period of each figure that a later edition replaced.
    """

    figures: Figures
    members: Members
    replaced: tuple[tuple[date, Period], ...] = ()

    @cached_property
    def pages(self) -> dict[str, set[tuple[Series, Period]]]:
        """The series and periods that each page prints."""
        places: dict[str, set[tuple[Series, Period]]] = defaultdict(set)
        for series, found in self.figures.items():
            for period, observations in found.items():
                for each in observations:
                    places[page_of(each.source_url)].add((series, period))
        return dict(places)


@dataclass(frozen=True, eq=False)
class Record:
    """The figures known on one day (None: now), the preferred one of a series and period first: finer, official, later.

    `cache` belongs to `cached`.
    """

    history: History
    figures: Figures
    on_day: date | None
    cache: dict[Any, Any] = field(default_factory=dict, repr=False)

    def observations(self, series: Series, period: Period) -> list[Observation]:
        """Return the published figures of a series and period, the preferred one first."""
        return self.figures.get(series, {}).get(period, [])

    @cached
    def as_of(self, day: date) -> "Record":
        """Return the record as it was known at the end of a day."""
        return Record(self.history, _filtered(self.history.figures, lambda each: each.is_known_on(day)), day)

    @cached
    def without(self, page: str) -> "Record":
        """Return the record without the figures of one page: a page never confirms itself."""
        places = self.history.pages.get(page)
        if not places:
            return self
        others = replace(self.history, figures=_without_page(self.history.figures, page, places))
        return Record(others, _without_page(self.figures, page, places), self.on_day)

    @cached
    def series_named(self, name: str) -> list[Series]:
        """Return every series of this name, of whatever flow, classification and member."""
        return sorted(series for series in self.figures if series.series == name)


def _filtered(figures: Figures, is_kept: Callable[[Observation], bool]) -> Figures:
    return {
        series: {
            period: kept for period, every in periods.items() if (kept := [each for each in every if is_kept(each)])
        }
        for series, periods in figures.items()
    }


def _without_page(figures: Figures, page: str, places: set[tuple[Series, Period]]) -> Figures:
    """Return figures without those of a page, which prints these series and periods. Other lists are shared."""
    kept = {**figures, **{series: dict(figures.get(series, {})) for series, _ in places}}
    for series, period in places:
        observations = kept[series].get(period, [])
        kept[series][period] = [each for each in observations if page_of(each.source_url) != page]
    return kept


@cache
def page_of(url: str) -> str:
    """Return host, path and query of an address: the same for http or https, with or without www and a last slash.

    An address without a possible host, such as `http://[`, is returned as it is: no page has it.
    """
    try:
        parts = urlsplit(url.strip())
    except ValueError:
        return url
    query = f"?{parts.query}" if parts.query else ""
    return f"{parts.netloc.lower().removeprefix('www.')}{parts.path.rstrip('/')}{query}"


def read(connection: duckdb.DuckDBPyConnection, as_of: date | None = None) -> Record:
    """Return the record of a build or a release: the latest figures, or those known at the end of a day."""
    figures: Figures = defaultdict(lambda: defaultdict(list))
    rows = connection.execute(OBSERVATIONS).fetchall()
    for series, flow, classification, member_code, first, last, *figure in rows:
        figures[Series(series, flow, classification, member_code)][Period(first, last)].append(Observation(*figure))
    latest = record_of({series: dict(found) for series, found in figures.items()}, members(connection))
    return latest.as_of(as_of) if as_of else latest


def record_of(figures: Figures, names: Members) -> Record:
    """Return the record of the current ones of these figures."""
    replaced = {
        (each.known_until, period)
        for found in figures.values()
        for period, observations in found.items()
        for each in observations
        if each.known_until
    }
    history = History(figures, names, tuple(sorted(replaced, key=lambda each: each[0])))
    return Record(history, _filtered(figures, lambda each: each.is_current), None)


def members(connection: duckdb.DuckDBPyConnection) -> Members:
    """Return the partners and categories of a build or a release."""
    codes: dict[str, set[Member]] = defaultdict(set)
    names: dict[Member, str] = {}
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

"""The months that a text means by "September", "last month", "the first eight months", "the same month last year"."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date

from orchestration.claims.articles.printed_numbers import count_of
from orchestration.claims.articles.tokens import Token
from orchestration.claims.record_spans import MONTHS
from orchestration.periods import Period

QUARTERS = {"first": 1, "second": 2, "third": 3, "fourth": 4, "final": 4}
YEAR = re.compile(r"(?:19|20)\d\d")


@dataclass(frozen=True)
class Calendar:
    """Resolves dates in an article.

    `limit` is the latest month that it can have figures of: the month before its day, or else the last month that it
    names with a year. `topic` is the period of sentences that name none.
    """

    limit: int | None
    is_dated: bool = False
    topic: Period | None = None

    def period(self, token: Token, main: Period | None) -> Period | None:
        """Return the period of a token in a sentence about `main`; None if its year is not known."""
        if token.kind in ("year_ago", "month_ago"):
            return _earlier(token.kind, main or self.topic)
        if token.kind == "last_month":
            return Period(self.limit, self.limit) if self.is_dated and self.limit else self.topic
        if token.kind == "last_year":
            return None if self.limit is None else _run((self.limit + 1) // 12 - 1, 1, 12)
        if token.kind == "year":
            year = next(iter(token.parts.values()))
            return _run(int(year), 1, 12)
        if token.kind in ("vague", "same_period"):
            return None
        bounds = _bounds(token)
        return self._placed(*bounds, token.parts.get("then") or token.parts.get("then2", "")) if bounds else None

    def before(self, period: Period) -> "Calendar":
        """Return the calendar for dates that lie before a period: "since September"."""
        return replace(self, limit=period.first_index - 1)

    def since(self, month: str, then: str) -> Period:
        """Return the month of a "since January", "since January last year"; `limit` is the last it can be."""
        number = _month(month)
        if "last year" in then.lower() and self.limit is not None:
            return _run((self.limit + 1) // 12 - 1, number, number)
        found = self._placed(number, number, then)
        assert found is not None
        return found

    def _placed(self, first: int, last: int, then: str) -> Period | None:
        """Return the months `first` to `last` (1 to 12; `first` may be before January) of the year that is meant."""
        if year := YEAR.search(then):
            return _run(int(year[0]), first, last)
        if self.limit is None:
            return None
        latest = self.limit - (self.limit - (last - 1)) % 12
        back = 1 if "last" in then and latest // 12 == self.limit // 12 else 0
        back = 1 if "earlier" in then or "ago" in then or "before" in then or "previous" in then else back
        return _run(latest // 12 - back, first, last)


def _run(year: int, first: int, last: int) -> Period:
    return Period(year * 12 + first - 1, year * 12 + last - 1)


def _earlier(kind: str, main: Period | None) -> Period | None:
    if main is None or (kind == "month_ago" and main.months > 1):
        return None
    return main.back(12 if kind == "year_ago" else 1)


def _bounds(token: Token) -> tuple[int, int] | None:
    """Return the first and last month, 1 to 12, that a token names."""
    parts = token.parts
    if token.kind == "month":
        return (number := _month(parts["name"])), number
    if token.kind == "rolling":
        return (number := _month(parts["month"])) - 2, number
    if token.kind == "quarter":
        quarter = QUARTERS.get(parts.get("which", "").lower()) or int(parts.get("q") or parts.get("q2") or 0)
        return (quarter * 3 - 2, quarter * 3) if quarter else None
    if token.kind == "half":
        half = QUARTERS[parts["which"].lower()]
        return half * 6 - 5, half * 6
    return _to_month(parts)


def _to_month(parts: Mapping[str, str]) -> tuple[int, int] | None:
    if "count" not in parts:
        first, last = _month(parts["first"]), _month(parts["last"])
        return (first, last) if first < last else None
    count = count_of(parts["count"])
    return (1, count) if count and count <= 12 else None


def _month(name: str) -> int:
    return MONTHS[name.lower()[:3]]


def limit_of(published: date | None, named: list[Period]) -> int | None:
    """Return the latest month of which an article can have figures."""
    if published:
        return published.year * 12 + published.month - 2
    return max((period.last_index for period in named), default=None)

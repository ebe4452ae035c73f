"""Comparisons of a figure with others: "the largest since May 2020", "for the 14th month in a row"."""

import re
from dataclasses import dataclass
from typing import NamedTuple

from orchestration.claims.articles.dates import Calendar
from orchestration.claims.articles.measures import metric_of
from orchestration.claims.articles.names import Names
from orchestration.claims.articles.printed_numbers import NotProposed, count_of
from orchestration.claims.articles.subjects import Subject
from orchestration.claims.articles.tokens import Token
from orchestration.periods import Period

GROWTH = re.compile(
    r"growth|increase|rise|gain|jump|pace|rate|advance|surge|expansion|drop|fall|decline|decrease|slump|plunge", re.I
)
DEFICIT = re.compile(r"deficit|gap|shortfall", re.IGNORECASE)
FLOW = re.compile(r"\b(export|import)s?\b", re.IGNORECASE)
STREAKING = ("exports", "imports", "re_exports", "domestic_exports")


class ClaimedFigure(NamedTuple):
    """The metric, value and unit of a row of a claims file."""

    metric: str
    value: str
    unit: str


def streak(token: Token, subject: Subject, names: Names) -> ClaimedFigure:
    """Return the figure of "the 14th month in a row". Raises NotProposed."""
    count = count_of(next(iter(token.parts.values())))
    if not count:
        raise NotProposed("nothing says how many months")
    if subject.flow not in STREAKING or subject.aspect:
        raise NotProposed(subject.blocked or "nothing says what went on for months")
    return ClaimedFigure(metric_of(subject, names, "_yoy_streak"), str(count), "months")


@dataclass(frozen=True)
class Extreme:
    """Words such as "the largest gap since 1952" in a sentence about a period; `last` is the figure before them."""

    token: Token
    subject: Subject
    period: Period
    last: ClaimedFigure | None
    sentence: str

    def figure(self, names: Names, calendar: Calendar) -> ClaimedFigure:
        """Return the figure that is claimed. Raises NotProposed."""
        metric, parts = self._metric(names), self.token.parts
        if "month" in parts:
            since = calendar.before(self.period).since(parts["month"], parts.get("then", ""))
            return ClaimedFigure(metric, since.label, "since_month")
        if "year" in parts:
            return ClaimedFigure(metric, parts["year"], "since_year")
        if "ever" in parts:
            return self._on_record(metric)
        if "about" in parts:
            raise NotProposed("the years are not exact")
        count = 1 if parts.get("years") == "a" else count_of(parts.get("high") or parts["years"])
        if not count:
            raise NotProposed("nothing says how many years")
        return ClaimedFigure(metric, str(count), "years")

    def _on_record(self, metric: str) -> ClaimedFigure:
        if self.last is None or f"{self.last.metric}_record" != metric:
            raise NotProposed("nothing says which figure is on record")
        return ClaimedFigure(metric, self.last.value, self.last.unit)

    def _metric(self, names: Names) -> str:
        """Return the metric of a record: of what it names, of the figure before it, or of the current subject."""
        between, subject = self.token.parts.get("of", ""), self.subject
        if found := FLOW.search(between):
            subject = Subject(f"{found[1].lower()}s")
        elif DEFICIT.search(between):
            subject = Subject("trade_deficit")
        if "performance" in between:
            raise NotProposed("a performance may be a level or a change")
        if GROWTH.search(between):
            return _recorded(subject, names, "_yoy_record")
        if FLOW.search(between) or DEFICIT.search(between) or subject.flow == "trade_deficit":
            return _recorded(subject, names, "_record")
        if self.last is None and GROWTH.search(self.sentence[: self.token.start].split(",")[-1]):
            return _recorded(subject, names, "_yoy_record")
        return self._of_last()

    def _of_last(self) -> str:
        if self.last is None or "_record" in self.last.metric or self.last.unit in ("months", "years"):
            raise NotProposed("nothing says what it is a record of")
        name, _, member = self.last.metric.partition(":")
        return f"{name}_record:{member}" if member else f"{name}_record"


def _recorded(subject: Subject, names: Names, suffix: str) -> str:
    if subject.flow not in (*STREAKING, "trade_deficit"):
        raise NotProposed(subject.blocked or "nothing says what it is a record of")
    return metric_of(subject, names, suffix)

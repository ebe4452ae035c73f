"""How a figure is said to stand among others: the largest since a month, for the 14th month in a row."""

import re
from dataclasses import dataclass

from orchestration.claims.articles.measures import named
from orchestration.claims.articles.mentions import Skip, count_of
from orchestration.claims.articles.names import Names
from orchestration.claims.articles.setting import Setting
from orchestration.claims.articles.subjects import Subject
from orchestration.claims.articles.tokens import Token
from orchestration.periods import Period

GROWTH = re.compile(
    r"growth|increase|rise|gain|jump|pace|rate|advance|surge|expansion|drop|fall|decline|decrease|slump|plunge", re.I
)
DEFICIT = re.compile(r"deficit|gap|shortfall", re.IGNORECASE)
FLOW = re.compile(r"\b(export|import)s?\b", re.IGNORECASE)
STREAKING = ("exports", "imports", "re_exports", "domestic_exports")

Placed = tuple[str, str, str]
"""Metric, value and unit of a row."""


def streak(token: Token, subject: Subject, names: Names) -> Placed:
    """Return metric, value and unit of "the 14th month in a row". Raises Skip."""
    count = count_of(next(iter(token.parts.values())))
    if not count:
        raise Skip("nothing says how many months")
    if subject.flow not in STREAKING or subject.aspect:
        raise Skip(subject.blocked or "nothing says what went on for months")
    return named(subject, names, "_yoy_streak"), str(count), "months"


@dataclass(frozen=True)
class Extreme:
    """Words such as "the largest gap since 1952" in a sentence about a period, and the row before them there."""

    token: Token
    subject: Subject
    period: Period
    last: Placed | None
    sentence: str

    def placed(self, setting: Setting) -> Placed:
        """Return metric, value and unit. Raises Skip."""
        metric, parts = self._metric(setting.names), self.token.parts
        if "month" in parts:
            since = setting.calendar.before(self.period).since(parts["month"], parts.get("then", ""))
            return metric, since.label, "since_month"
        if "year" in parts:
            return metric, parts["year"], "since_year"
        if "ever" in parts:
            return self._on_record(metric)
        if "about" in parts:
            raise Skip("the years are not exact")
        count = 1 if parts.get("years") == "a" else count_of(parts.get("high") or parts["years"])
        if not count:
            raise Skip("nothing says how many years")
        return metric, str(count), "years"

    def _on_record(self, metric: str) -> Placed:
        if self.last is None or f"{self.last[0]}_record" != metric:
            raise Skip("nothing says which figure is on record")
        return metric, self.last[1], self.last[2]

    def _metric(self, names: Names) -> str:
        """Return the metric of a record: of what it names, or else of the figure before it, or of what is spoken of."""
        between, subject = self.token.parts.get("of", ""), self.subject
        if found := FLOW.search(between):
            subject = Subject(f"{found[1].lower()}s")
        elif DEFICIT.search(between):
            subject = Subject("trade_deficit")
        if "performance" in between:
            raise Skip("a performance may be a level or a change")
        if GROWTH.search(between):
            return _recorded(subject, names, "_yoy_record")
        if FLOW.search(between) or DEFICIT.search(between) or subject.flow == "trade_deficit":
            return _recorded(subject, names, "_record")
        if self.last is None and GROWTH.search(self.sentence[: self.token.start].split(",")[-1]):
            return _recorded(subject, names, "_yoy_record")
        return self._of_last()

    def _of_last(self) -> str:
        if self.last is None or "_record" in self.last[0] or self.last[2] in ("months", "years"):
            raise Skip("nothing says what it is a record of")
        name, _, member = self.last[0].partition(":")
        return f"{name}_record:{member}" if member else f"{name}_record"


def _recorded(subject: Subject, names: Names, suffix: str) -> str:
    if subject.flow not in (*STREAKING, "trade_deficit"):
        raise Skip(subject.blocked or "nothing says what it is a record of")
    return named(subject, names, suffix)

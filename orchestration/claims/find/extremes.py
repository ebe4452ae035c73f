"""How a figure is said to stand among others: the largest since a month, for the 14th month in a row."""

import re

from orchestration.claims.find.dates import Calendar
from orchestration.claims.find.measures import named
from orchestration.claims.find.mentions import Skip, count_of
from orchestration.claims.find.names import Names
from orchestration.claims.find.subjects import Subject
from orchestration.claims.find.tokens import Token
from orchestration.periods import Period

GROWTH = re.compile(
    r"growth|increase|rise|gain|jump|pace|rate|advance|surge|expansion|drop|fall|decline|decrease|slump", re.I
)
DEFICIT = re.compile(r"deficit|gap|shortfall", re.IGNORECASE)
FLOW = re.compile(r"\b(export|import)s?\b", re.IGNORECASE)

Placed = tuple[str, str, str]
"""Metric, value and unit of a row."""


def streak(token: Token, subject: Subject, names: Names) -> Placed:
    """Return metric, value and unit of "the 14th month in a row". Raises Skip."""
    count = count_of(next(iter(token.parts.values())))
    if not count:
        raise Skip("nothing says how many months")
    if subject.flow not in ("exports", "imports", "re_exports", "domestic_exports") or subject.aspect:
        raise Skip(subject.blocked or "nothing says what went on for months")
    return named(subject, names, "_yoy_streak"), str(count), "months"


def record(
    token: Token, subject: Subject, names: Names, calendar: Calendar, period: Period, last: Placed | None
) -> Placed:
    """Return metric, value and unit of "the largest gap since 1952"; `last` is the row before in the sentence.

    Raises Skip.
    """
    metric = _of(token, subject, names, last)
    parts = token.parts
    if "month" in parts:
        since = calendar.before(period).since(parts["month"], parts.get("then", ""))
        return metric, since.label, "since_month"
    if "year" in parts:
        return metric, parts["year"], "since_year"
    if "ever" in parts:
        if last is None or f"{last[0]}_record" != metric:
            raise Skip("nothing says which figure is on record")
        return metric, last[1], last[2]
    if "about" in parts:
        raise Skip("the years are not exact")
    count = 1 if parts.get("years") == "a" else count_of(parts.get("high") or parts["years"])
    if not count:
        raise Skip("nothing says how many years")
    return metric, str(count), "years"


def _of(token: Token, subject: Subject, names: Names, last: Placed | None) -> str:
    """Return the metric of a record: of what it names, or else of the figure before it, or of the deficit spoken of."""
    between = token.parts.get("of", "")
    if found := FLOW.search(between):
        subject = Subject(f"{found[1].lower()}s")
    elif DEFICIT.search(between):
        subject = Subject("trade_deficit")
    if GROWTH.search(between):
        return _recorded(subject, names, "_yoy_record")
    if FLOW.search(between) or DEFICIT.search(between) or subject.flow == "trade_deficit":
        return _recorded(subject, names, "_record")
    if last is None or last[0].count("_record") or last[2] in ("months", "years"):
        raise Skip("nothing says what it is a record of")
    name, _, member = last[0].partition(":")
    return f"{name}_record:{member}" if member else f"{name}_record"


def _recorded(subject: Subject, names: Names, suffix: str) -> str:
    if subject.flow not in ("exports", "imports", "trade_deficit", "re_exports", "domestic_exports"):
        raise Skip(subject.blocked or "nothing says what it is a record of")
    return named(subject, names, suffix)

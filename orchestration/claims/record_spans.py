"""Read since when something is claimed to be a record, from a claim's unit or from its words."""

import re
from dataclasses import dataclass
from decimal import Decimal

from orchestration import periods
from orchestration.claims.claim import Claim
from orchestration.periods import MONTH_NAMES, Period

MONTHS = {name.lower(): number for number, name in enumerate(MONTH_NAMES, start=1)}
MONTHS |= {name[:3]: number for name, number in MONTHS.items()}
MONTH = rf"(?P<month>{'|'.join(sorted(MONTHS, key=len, reverse=True))})\.?"
SINCE_MONTH = re.compile(rf"\bsince (?:the )?{MONTH}(?:,? (?:of )?(?P<year>\d{{4}}))?\b", re.IGNORECASE)
SINCE_YEAR = re.compile(r"\bsince (?P<year>[12]\d{3})\b", re.IGNORECASE)
COUNTS = ("one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve")
NUMBER = rf"(?P<count>\d{{1,3}}|{'|'.join(COUNTS)}|a)"
IN_YEARS = re.compile(
    r"\b(?:in|for) (?P<about>almost |nearly |about |over |more than )?(?:the last )?"
    rf"{NUMBER} (?P<unit>years?|months?|decades?)",
    re.IGNORECASE,
)
LEAST = re.compile(r"\b(smallest|lowest|narrowest|slowest|weakest|least)\b", re.IGNORECASE)

# The press says "in almost two years" from about 22 months on.
ALMOST = Decimal("0.9")


@dataclass(frozen=True)
class Span:
    """The months that are claimed to have no larger figure: from `first` to the month before the claim's.

    `first` is None for the whole record. `named` is the month or year said to have had a larger one, if any.
    """

    first: Period | None
    named: Period | None = None


def span_of(claim: Claim) -> Span:
    """Return the span of a record claim: from its unit, else from its words, else the whole record."""
    if claim.unit.name == "since_month":
        return _since(Period(int(claim.printed.value), int(claim.printed.value)))
    if claim.unit.name == "since_year":
        return _since(periods.parse(claim.claimed_value))
    if claim.unit.name == "years":
        return _in_months(claim, claim.printed.value * 12)
    return _in_words(claim)


def _since(named: Period) -> Span:
    after = named.last_index + 1
    return Span(Period(after, after), named)


def _in_months(claim: Claim, months: Decimal) -> Span:
    first = claim.period.first_index - int(months) + 1
    return Span(Period(first, first))


def _in_words(claim: Claim) -> Span:
    if found := SINCE_MONTH.search(claim.text):
        return _since(_month(claim, MONTHS[found["month"].lower()], found["year"]))
    if found := SINCE_YEAR.search(claim.text):
        return _since(periods.parse(found["year"]))
    if found := IN_YEARS.search(claim.text):
        count = {"a": 1, **{word: number for number, word in enumerate(COUNTS, start=1)}}.get(found["count"].lower())
        unit = {"y": 12, "m": 1, "d": 120}[found["unit"][0].lower()]
        months = Decimal((count or int(found["count"])) * unit)
        return _in_months(claim, months * ALMOST if found["about"] else months)
    return Span(None)


def _month(claim: Claim, month: int, year: str | None) -> Period:
    """Return a named month; without its year, the last one of that name before the claim's own month."""
    if year:
        index = int(year) * 12 + month - 1
    else:
        index = claim.period.first_index - 1
        index -= (index % 12 + 1 - month) % 12
    return Period(index, index)


def is_of_least(claim: Claim, value: Decimal) -> bool:
    """Return True if the record is a minimum: by its words, or since it is a fall."""
    return bool(LEAST.search(claim.text)) or value < 0

"""Guesses at the label that a printed number should have had.

Each family of guesses was seen in the press: Hong Kong dollars printed as US dollars, a lost minus sign, millions for
billions, July's figure under August, a share printed as a rate of growth, three months for a calendar quarter.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from decimal import Decimal
from functools import cache

from orchestration.claims import metrics, units
from orchestration.claims.claim import Claim
from orchestration.claims.metrics import Metric
from orchestration.claims.units import Printed, Unit
from orchestration.periods import Period

# Currencies that the record can convert into each other.
RATES = ("HKD", "USD")
FACTORS = (Decimal(10), Decimal(100), Decimal("0.1"), Decimal("0.01"))


@dataclass(frozen=True)
class Relabelling:
    """One guess at what a printed number really is; `label` names the label that is wrong, `words` the correction."""

    label: str
    words: str
    metric: Metric
    period: Period
    unit: Unit
    printed: Printed
    allows_late_corrections: bool = False


def _own(claim: Claim) -> Relabelling:
    """Return a claim under its own label, without "approximately": to be explained, the digits must fit."""
    unit = units.parse(units.exact(claim.unit.name))
    return Relabelling("", "", claim.metric.measured, claim.period, unit, claim.printed)


def _currency(own: Relabelling) -> Iterator[Relabelling]:
    for unit in _currencies(own.unit):
        yield replace(own, label="currency", words=f"{unit.currency}, not {own.unit.currency}", unit=unit)


def _currency_and_late_corrections(own: Relabelling) -> Iterator[Relabelling]:
    for each in _currency(own):
        yield replace(each, words=f"{each.words}, and with late corrections", allows_late_corrections=True)


def _currency_and_scale(own: Relabelling) -> Iterator[Relabelling]:
    for currency in _currencies(own.unit):
        for unit in _scales(currency):
            yield replace(own, label="currency and scale", words=f"{unit.name}, not {own.unit.name}", unit=unit)


def _sign(own: Relabelling) -> Iterator[Relabelling]:
    value = own.printed.value
    if value:
        words = "a minus sign is lost" if value > 0 else "the minus sign is wrong"
        yield replace(own, label="sign", words=words, printed=replace(own.printed, value=-value))


def _scale(own: Relabelling) -> Iterator[Relabelling]:
    for unit in _scales(own.unit):
        words = f"{unit.scale or 'single dollars'}, not {own.unit.scale or 'single dollars'}"
        yield replace(own, label="scale", words=words, unit=unit)


def _factor(own: Relabelling) -> Iterator[Relabelling]:
    """Yield the number with its point moved: Chinese counts in units of 10^4 and 10^8, which are easily misread."""
    for factor in FACTORS if own.unit.kind == "money" else ():
        printed = Printed(own.printed.value * factor, own.printed.place * factor)
        yield replace(own, label="scale", words=f"{factor:f} times the printed number", printed=printed)


def _period(own: Relabelling) -> Iterator[Relabelling]:
    for period in neighbours(own.period):
        yield replace(own, label="period", words=f"{period.label}, not {own.period.label}", period=period)


def _overlap(own: Relabelling) -> Iterator[Relabelling]:
    for period in overlapping(own.period):
        if own.metric.measure != "mom" or period.months == 1:
            yield replace(own, label="period", words=f"{period.label}, not {own.period.label}", period=period)


def _metric(own: Relabelling) -> Iterator[Relabelling]:
    for name in siblings(own.metric.name):
        words = f"{name}, not {own.metric.name}"
        yield replace(own, label="metric", words=words, metric=metrics.parse(name))


Family = Callable[[Relabelling], Iterator[Relabelling]]
# In this order, the more common mistake first.
FAMILIES: tuple[Family, ...] = (_currency, _sign, _scale, _period, _metric, _overlap, _factor, _currency_and_scale)
# For a currency without a rate: the number may be of another currency; nothing else can be checked.
WITHOUT_RATE: tuple[Family, ...] = (_currency, _currency_and_late_corrections, _currency_and_scale)


def families(claim: Claim) -> Iterator[tuple[Relabelling, ...]]:
    """Yield the guesses at what a claim's number may be, a family at a time, the more common ones first."""
    own = _own(claim)
    for family in FAMILIES if claim.unit.currency in ("", *RATES) else WITHOUT_RATE:
        yield tuple(family(own))


def _currencies(unit: Unit) -> list[Unit]:
    if unit.kind != "money":
        return []
    return [units.money(other, unit.scale) for other in RATES if other != unit.currency]


def _scales(unit: Unit) -> list[Unit]:
    if unit.kind != "money":
        return []
    return [units.money(unit.currency, other) for other in ("mn", "bn", "tn", "k", "") if other != unit.scale]


@cache
def neighbours(period: Period) -> tuple[Period, ...]:
    """Return the period before and after, and the same one of the year before and after."""
    shifts = (period.months, -period.months, 12, -12)
    return tuple(period.back(months) for months in dict.fromkeys(shifts))


@cache
def overlapping(period: Period) -> tuple[Period, ...]:
    """Return the periods that share months with this one and that publishers print beside it."""
    last = period.last_index
    year, half, quarter = last - last % 12, last - last % 6, last - last % 3
    candidates = [
        Period(year, last),
        Period(last, last),
        Period(last - 2, last),
        Period(last - 11, last),
        Period(quarter, quarter + 2),
        Period(half, half + 5),
        Period(year, year + 11),
        *(period.back(shift) for shift in (1, -1) if period.months > 1),
    ]
    known = {period, *neighbours(period)}
    return tuple(dict.fromkeys(each for each in candidates if each not in known))


# Quantities in the same table or sentence as a flow.
BESIDE = {
    "imports": ("exports", "trade_deficit"),
    "exports": ("imports", "re_exports", "domestic_exports"),
    "re_exports": ("exports", "domestic_exports"),
    "domestic_exports": ("exports", "re_exports"),
    "balance": ("exports", "imports"),
    "trade_deficit": ("exports", "imports"),
}
# Measures that a measure is confused with.
TAKEN_FOR = {"level": ("change",), "yoy": ("mom", "share", "contribution"), "mom": ("yoy",), "share": ("yoy",)}
OTHER_GROWTH = ("volume_yoy", "price_yoy", "sa_change")


@cache
def siblings(name: str) -> tuple[str, ...]:
    """Return the metrics printed beside this one: other measures of its quantity, its measure of other quantities."""
    metric = metrics.parse(name)
    quantity = metric.quantity.name
    member = f"{metric.quantity.member_kind}_" if metric.quantity.member_kind else ""
    flow = quantity.removeprefix(member)
    wanted = [(quantity, measure) for measure in TAKEN_FOR.get(metric.measure, ("level",))]
    wanted += [(member + other, metric.measure) for other in BESIDE.get(flow, ())]
    if metric.measure == "yoy" and not member and flow in BESIDE:
        wanted.append(("trade_deficit", "share"))
        wanted += [(f"{flow}_{growth}", "level") for growth in OTHER_GROWTH]
    found = [
        other.name
        for wanted_quantity, measure in wanted
        for other in metrics.of_quantity(wanted_quantity)
        if other.measure == measure and not other.view and other.kind == metric.kind and other.name != name
    ]
    return tuple(dict.fromkeys(found))

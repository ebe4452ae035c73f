"""What the record holds for a metric and a period: levels, and what is measured on them."""

from collections.abc import Callable, Iterable, Iterator
from decimal import Decimal

from orchestration.claims.levels import (
    EXACT,
    TOTAL,
    Basis,
    Figure,
    Held,
    Subject,
    best,
    converted,
    quotient,
    worked_out,
)
from orchestration.claims.metrics import Measure, Metric
from orchestration.claims.record import Record
from orchestration.periods import Period

# Levels coarser than HK$ 100 mn say nothing about a change.
COMPARABLE = Decimal(100)
# A page that prints a whole number of HK$ bn can still be a denominator.
DENOMINATOR = Decimal(1_000)


def figures(
    record: Record, metric: Metric, period: Period, currency: str = "HKD", subject: Subject = TOTAL
) -> tuple[Figure, ...]:
    """Return the figures that a claim can be held against, the best first; amounts in HKD or USD.

    Figures as published come before what is worked out from published levels, and that before sums of months.
    """
    key = ("figures", metric.name, period, currency, subject)
    return record.remembered(key, lambda: tuple(_figures(record, metric, period, currency, subject)))


def _figures(record: Record, metric: Metric, period: Period, currency: str, subject: Subject) -> Iterator[Figure]:
    found = MEASURES[metric.measure](Held(record, metric.quantity, subject), period)
    own = metric.quantity.currency
    if metric.kind in ("money", "price") and currency != own:
        yield from converted(record, list(found), period, own, currency)
    else:
        yield from found


def _pairs(held: Held, period: Period, before: Period) -> Iterator[tuple[Figure, Figure]]:
    """Yield the levels of two periods on each basis on which both are held; of a partner, both of one source."""
    for basis in held.bases(period):
        this, that = best(held.levels(period), basis), best(held.levels(before), basis)
        if this and that and (not held.quantity.member or this.source_id == that.source_id):
            yield this, that


def _rates(held: Held, period: Period, before: Period) -> Iterator[Figure]:
    """Yield changes in percent. What was nothing, or of the other sign, has no rate of growth."""
    for this, that in _pairs(held, period, before):
        is_coarse = max(this.rounding_unit, that.rounding_unit) > COMPARABLE and held.quantity.classification == "total"
        if that.value > 0 and not is_coarse:
            growth = quotient(this, that, 100, this.basis)
            yield worked_out(growth.value - 100, growth.rounding_unit, this.basis, (this, that))


def _less(this: Figure, that: Figure) -> Figure:
    return worked_out(this.value - that.value, this.rounding_unit + that.rounding_unit, this.basis, (this, that))


def _level(held: Held, period: Period) -> Iterable[Figure]:
    return held.levels(period)


def _growth(held: Held, period: Period) -> Iterator[Figure]:
    yield from held.printed(held.quantity.growth, period)
    yield from _rates(held, period, period.back(12))


def _growth_on_month(held: Held, period: Period) -> Iterator[Figure]:
    if period.months == 1:
        yield from _rates(held, period, period.back(1))


def _change(held: Held, period: Period) -> Iterator[Figure]:
    yield from held.printed(held.quantity.change, period)
    for this, that in _pairs(held, period, period.back(12)):
        yield _less(this, that)


def _share(held: Held, period: Period) -> Iterator[Figure]:
    """Yield shares in percent: as printed, then worked out. A share is printed without the sign of its level."""
    part = held.levels(period)
    is_negative = bool(part) and part[0].value < 0
    for printed in held.printed(held.quantity.part, period):
        yield printed.times(-1 if is_negative else 1)
    whole = held.of(held.quantity.whole)
    for basis in whole.bases(period):
        numerator = _numerator(part, basis, period)
        denominator = best(whole.levels(period), basis, DENOMINATOR)
        if numerator and denominator and denominator.value > 0:
            yield quotient(numerator, denominator, 100, basis)


def _numerator(found: tuple[Figure, ...], basis: Basis, period: Period) -> Figure | None:
    """Return the level that a share is worked out from: of a month, what exact exports less exact imports give."""
    exact = [figure for figure in found if figure.basis == basis and figure.rounding_unit <= EXACT]
    return exact[-1] if exact and period.months == 1 else best(found, basis)


def _share_change(held: Held, period: Period) -> Iterator[Figure]:
    before = list(_share(held, period.back(12)))
    for this in _share(held, period):
        if that := best(before, this.basis):
            yield _less(this, that)


def _contribution(held: Held, period: Period) -> Iterator[Figure]:
    """Yield the change of a part in percent of the whole a year earlier."""
    wholes = held.of(held.quantity.whole).levels(period.back(12))
    for change in _change(held, period):
        if wholes and wholes[0].value > 0:
            yield quotient(change, wholes[0], 100, wholes[0].basis)


MEASURES: dict[Measure, Callable[[Held, Period], Iterable[Figure]]] = {
    "level": _level,
    "yoy": _growth,
    "mom": _growth_on_month,
    "change": _change,
    "share": _share,
    "share_change": _share_change,
    "contribution": _contribution,
}

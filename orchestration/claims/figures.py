"""The figures of the record for a metric and a period: levels, and the measures computed from them."""

from collections.abc import Callable, Iterable, Iterator
from decimal import Decimal

from orchestration.claims.levels import (
    EXACT,
    Basis,
    QuantityFigures,
    RecordFigure,
    best,
    computed,
    converted,
    quotient,
)
from orchestration.claims.measures import MEASURES
from orchestration.claims.metrics import MeasureName, Metric
from orchestration.claims.record import TOTAL, Member, Record, cached
from orchestration.periods import Period

# Growth of levels rounded to more than HK$ 100 mn would be off by whole points.
COMPARABLE = Decimal(100)
# As a denominator, a level rounded to HK$ 1 bn changes a share by 0.1 % of itself only.
DENOMINATOR = Decimal(1_000)


@cached
def figures(
    record: Record, metric: Metric, period: Period, currency: str = "HKD", member: Member = TOTAL
) -> tuple[RecordFigure, ...]:
    """Return the figures that a claim can be compared with, the preferred one first; amounts in HKD or USD.

    Printed figures come before what is computed from published levels, and that before sums of months.
    """
    found = READERS[metric.measure](QuantityFigures(record, metric.quantity, member), period)
    own = metric.quantity.currency
    if metric.kind in ("money", "price") and currency != own:
        return tuple(converted(record, list(found), period, own, currency))
    return tuple(found)


def _pairs(held: QuantityFigures, period: Period, before: Period) -> Iterator[tuple[RecordFigure, RecordFigure]]:
    """Yield the levels of two periods on each basis that both have; of a partner or category, of one source."""
    for basis in held.bases(period):
        this, that = best(held.levels(period), basis), best(held.levels(before), basis)
        if this and that and (not held.quantity.member_kind or this.source_id == that.source_id):
            yield this, that


def _growth(held: QuantityFigures, period: Period, measure: str) -> Iterator[RecordFigure]:
    """Yield changes in percent. There is no growth rate from zero or from a level of the other sign."""
    growth = MEASURES[measure]
    for this, that in _pairs(held, period, period.back(growth.months_back)):
        is_coarse = max(this.rounding_unit, that.rounding_unit) > COMPARABLE and held.quantity.classification == "total"
        if that.value > 0 and not is_coarse:
            yield quotient(growth, this, that, this.basis)


def _difference(measure: str, this: RecordFigure, that: RecordFigure) -> RecordFigure:
    value = MEASURES[measure].formula(this.value, that.value)
    return computed(value, this.rounding_unit + that.rounding_unit, this.basis, (this, that))


def _level(held: QuantityFigures, period: Period) -> Iterable[RecordFigure]:
    return held.levels(period)


def _yoy(held: QuantityFigures, period: Period) -> Iterator[RecordFigure]:
    yield from held.printed(held.quantity.growth, period)
    yield from _growth(held, period, "yoy")


def _mom(held: QuantityFigures, period: Period) -> Iterator[RecordFigure]:
    if period.months == 1:
        yield from _growth(held, period, "mom")


def _change(held: QuantityFigures, period: Period) -> Iterator[RecordFigure]:
    yield from held.printed(held.quantity.change, period)
    for this, that in _pairs(held, period, period.back(12)):
        yield _difference("change", this, that)


def _share(held: QuantityFigures, period: Period) -> Iterator[RecordFigure]:
    """Yield shares in percent: as printed, then computed. Publishers print a share without the sign of its level."""
    part = held.levels(period)
    is_negative = bool(part) and part[0].value < 0
    for printed in held.printed(held.quantity.part, period):
        yield printed.times(-1 if is_negative else 1)
    whole = held.of(held.quantity.whole)
    for basis in whole.bases(period):
        numerator = _numerator(part, basis, period)
        denominator = best(whole.levels(period), basis, DENOMINATOR)
        if numerator and denominator and denominator.value > 0:
            yield quotient(MEASURES["share"], numerator, denominator, basis)


def _numerator(found: tuple[RecordFigure, ...], basis: Basis, period: Period) -> RecordFigure | None:
    """Return the level to take the share of: of a month, exact exports less exact imports rather than a printed one."""
    exact = [figure for figure in found if figure.basis == basis and figure.rounding_unit <= EXACT]
    return exact[-1] if exact and period.months == 1 else best(found, basis)


def _share_change(held: QuantityFigures, period: Period) -> Iterator[RecordFigure]:
    before = list(_share(held, period.back(12)))
    for this in _share(held, period):
        if that := best(before, this.basis):
            yield _difference("share_change", this, that)


def _contribution(held: QuantityFigures, period: Period) -> Iterator[RecordFigure]:
    wholes = held.of(held.quantity.whole).levels(period.back(12))
    for change in _change(held, period):
        if wholes and wholes[0].value > 0:
            yield quotient(MEASURES["contribution"], change, wholes[0], wholes[0].basis)


READERS: dict[MeasureName, Callable[[QuantityFigures, Period], Iterable[RecordFigure]]] = {
    "level": _level,
    "yoy": _yoy,
    "mom": _mom,
    "change": _change,
    "share": _share,
    "share_change": _share_change,
    "contribution": _contribution,
}

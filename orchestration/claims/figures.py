"""What the record holds for a metric and a period: each figure with its basis, its evidence and its addresses."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Literal

from orchestration.claims.metrics import Metric
from orchestration.claims.quantities import QUANTITIES, Quantity
from orchestration.claims.record import Evidence, Record, Series
from orchestration.periods import Period

Basis = Literal["published", "sum_of_months", "average_of_months", "earlier_vintage"]
# What a subject is told by: no member, or classification and code of a partner or category.
Subject = tuple[str, str]
TOTAL: Subject = ("", "")

# Coarser levels than HK$ 100 mn say nothing about a change, those coarser than 1 nothing about a sum.
COMPARABLE = Decimal(100)
EXACT = Decimal(1)
# A page that prints a whole number of HK$ bn can still be a denominator.
DENOMINATOR = Decimal(1_000)


@dataclass(frozen=True)
class Figure:
    """One figure of the record, and why it may be believed.

    Unit: HK$ or US$ million, kg, percent or percentage points, or a price, as the metric has it. `rounding_unit` is the
    step in which it was printed, or that its rounded inputs leave.
    """

    value: Decimal
    rounding_unit: Decimal
    basis: Basis
    evidence: Evidence
    source_urls: tuple[str, ...]
    source_id: str = ""
    is_flagged: bool = False

    def times(self, factor: Decimal | int) -> "Figure":
        size = factor if factor >= 0 else -factor
        return replace(self, value=self.value * factor, rounding_unit=self.rounding_unit * size)


def figures(
    record: Record, metric: Metric, period: Period, currency: str = "HKD", subject: Subject = TOTAL
) -> tuple[Figure, ...]:
    """Return the figures that a claim can be held against, the best first; amounts in HKD or USD.

    Figures as published come before what is worked out from published levels, and that before sums of months.
    """
    key = ("figures", metric.name, period, currency, subject)
    return record.remembered(key, lambda: tuple(_figures(record, metric, period, currency, subject)))


def _figures(record: Record, metric: Metric, period: Period, currency: str, subject: Subject) -> list[Figure]:
    quantity = metric.quantity
    if metric.measure == "level":
        found = list(levels(record, quantity, period, subject))
    elif metric.measure == "change":
        found = [
            *_printed(record, quantity.change, quantity, period, subject),
            *_changes(record, quantity, period, subject),
        ]
    elif metric.measure == "yoy":
        found = [
            *_printed(record, quantity.growth, quantity, period, subject),
            *_growth(record, quantity, period, subject),
        ]
    elif metric.measure == "mom":
        found = list(_on_month_before(record, quantity, period, subject))
    elif metric.measure == "share":
        found = shares(record, quantity, period, subject)
    elif metric.measure == "share_change":
        before = shares(record, quantity, period.back(12), subject)
        found = list(_less(shares(record, quantity, period, subject), before))
    else:
        found = list(_contributions(record, quantity, period, subject))
    if metric.kind in ("money", "price") and currency != quantity.currency:
        return list(_converted(record, found, period, quantity.currency, currency))
    return found


def levels(record: Record, quantity: Quantity, period: Period, subject: Subject = TOTAL) -> tuple[Figure, ...]:
    """Return the levels of a quantity: as printed, from the published levels of its parts, and from its months."""
    key = ("levels", quantity.name, period, subject)
    return record.remembered(key, lambda: tuple(_levels(record, quantity, period, subject)))


def _levels(record: Record, quantity: Quantity, period: Period, subject: Subject) -> Iterator[Figure]:
    if quantity.name == "services_cover":
        yield from _services_cover(record, period)
        return
    for figure in _printed(record, quantity.series, quantity, period, subject):
        yield figure.times(Decimal(quantity.sign))
    for basis in _bases(quantity, period):
        # A balance has parts on every basis; total exports add up month by month, whether printed or from their parts.
        if quantity.minus or (quantity.plus and basis == "published"):
            if whole := _from_parts(record, quantity, period, basis, subject):
                yield whole.times(Decimal(quantity.sign))
        elif basis != "published":
            yield from _over_months(record, quantity, period, basis, subject)
    if quantity.classification == "gold_partner":
        yield from _from_subheadings(record, quantity, period, subject)


def _bases(quantity: Quantity, period: Period) -> tuple[Basis, ...]:
    if period.months == 1 or not quantity.months:
        return ("published",)
    return ("published", "sum_of_months" if quantity.months == "sum" else "average_of_months")


def _printed(record: Record, name: str, quantity: Quantity, period: Period, subject: Subject) -> Iterator[Figure]:
    if not name:
        return
    for series in _series(record, name, quantity, subject):
        for each in record.observations(series, period):
            yield Figure(
                *(each.value, each.rounding_unit, "published", each.evidence, (each.source_url,)),
                source_id=each.source_id,
                is_flagged=each.flag is not None,
            )


def _series(record: Record, name: str, quantity: Quantity, subject: Subject) -> Sequence[Series]:
    """Return the series of a printed measure; where the classification is open, those that the record holds."""
    classification, code = subject
    if quantity.classification == "gold_partner":
        return (Series(name, quantity.flow, "gold_partner", code or "0"),)
    if quantity.member:
        return (Series(name, quantity.flow, classification, code),)
    if not quantity.classification:
        known = record.remembered(
            ("classifications", name), lambda: [each for each in record.figures if each.series == name]
        )
        return tuple(sorted(known))
    flow = "not_applicable" if name == "deficit_pct_of_imports" else quantity.flow
    return (Series(name, flow, "total", "total"),)


def _best(found: Sequence[Figure], basis: Basis, at_most: Decimal | None = None) -> Figure | None:
    for figure in found:
        if figure.basis == basis and (at_most is None or figure.rounding_unit <= at_most):
            return figure
    return None


def _numerator(found: Sequence[Figure], basis: Basis, period: Period) -> Figure | None:
    """Return the level that a share is worked out from: of a month, what exact exports less exact imports give."""
    exact = [figure for figure in found if figure.basis == basis and figure.rounding_unit <= EXACT]
    return exact[-1] if exact and period.months == 1 else _best(found, basis)


def joined(figures: Sequence[Figure]) -> tuple[Evidence, tuple[str, ...]]:
    """Return what evidence several figures make of what is worked out from them, and their addresses."""
    urls = dict.fromkeys(url for figure in figures for url in figure.source_urls)
    is_official = all(figure.evidence != "reported" for figure in figures)
    return "derived" if is_official else "reported", tuple(urls)


def _worked_out(value: Decimal, rounding_unit: Decimal, basis: Basis, *inputs: Figure) -> Figure:
    evidence, urls = joined(inputs)
    sources = {figure.source_id for figure in inputs}
    return Figure(
        *(value, rounding_unit, basis, evidence, urls),
        source_id=sources.pop() if len(sources) == 1 else "",
        is_flagged=any(figure.is_flagged for figure in inputs),
    )


def _from_parts(record: Record, quantity: Quantity, period: Period, basis: Basis, subject: Subject) -> Figure | None:
    parts = []
    for sign, names in ((1, quantity.plus), (-1, quantity.minus)):
        for name in names:
            figure = _best(levels(record, QUANTITIES[name], period, subject), basis)
            if figure is None:
                return None
            parts.append(figure.times(sign))
    value = sum((part.value for part in parts), Decimal(0))
    return _worked_out(value, max(part.rounding_unit for part in parts), basis, *parts)


def _over_months(
    record: Record, quantity: Quantity, period: Period, basis: Basis, subject: Subject
) -> Iterator[Figure]:
    """Yield the sum or average of a period's months, if each is held exactly enough."""
    at_most = EXACT if quantity.months == "sum" and quantity.kind == "money" else None
    months = []
    for month in period.each_month:
        figure = _best(levels(record, quantity, month, subject), "published", at_most)
        if figure is None:
            return
        months.append(figure)
    total = sum((month.value for month in months), Decimal(0))
    value = total / period.months if basis == "average_of_months" else total
    yield _worked_out(value, max(month.rounding_unit for month in months), basis, *months)


def _from_subheadings(record: Record, quantity: Quantity, period: Period, subject: Subject) -> Iterator[Figure]:
    """Yield gold as the sum of its subheadings of six digits, which is how Trade IDDS has it."""
    code = subject[1] or "0"
    name = "gold_value_hkd" if quantity.kind == "money" else quantity.series
    parts = []
    for series in record.remembered(
        ("subheadings", name),
        lambda: [each for each in record.figures if each.series == name and each.classification == "gold_partner_hs6"],
    ):
        if series.flow == quantity.flow and series.member_code.rpartition(":")[0] == code:
            parts += [
                Figure(each.value, each.rounding_unit, "published", each.evidence, (each.source_url,), each.source_id)
                for each in record.observations(series, period)[:1]
            ]
    if not parts:
        return
    whole = _worked_out(
        sum((part.value for part in parts), Decimal(0)), max(part.rounding_unit for part in parts), "published", *parts
    )
    if quantity.kind == "money":
        yield from _converted(record, [whole], period, "HKD", "USD")
    else:
        yield whole


def _services_cover(record: Record, period: Period) -> Iterator[Figure]:
    services = levels(record, QUANTITIES["services_balance"], period)
    deficits = levels(record, QUANTITIES["trade_deficit"], period)
    if services and deficits and deficits[0].value > 0:
        ratio = services[0].value / deficits[0].value
        unit = (services[0].rounding_unit + deficits[0].rounding_unit * abs(ratio)) / deficits[0].value
        yield _worked_out(ratio, unit, deficits[0].basis, services[0], deficits[0])


def _pairs(
    record: Record, quantity: Quantity, period: Period, before: Period, subject: Subject
) -> Iterator[tuple[Figure, Figure]]:
    """Yield the levels of two periods on each basis on which both are held."""
    for basis in _bases(quantity, period):
        this = _best(levels(record, quantity, period, subject), basis)
        that = _best(levels(record, quantity, before, subject), basis)
        if this and that and (not quantity.member or this.source_id == that.source_id):
            yield this, that


def _growth(record: Record, quantity: Quantity, period: Period, subject: Subject) -> Iterator[Figure]:
    for this, that in _pairs(record, quantity, period, period.back(12), subject):
        yield from _rate(quantity, this, that)


def _on_month_before(record: Record, quantity: Quantity, period: Period, subject: Subject) -> Iterator[Figure]:
    if period.months == 1:
        for this, that in _pairs(record, quantity, period, period.back(1), subject):
            yield from _rate(quantity, this, that)


def _rate(quantity: Quantity, this: Figure, that: Figure) -> Iterator[Figure]:
    """Yield the change in percent. What was nothing, or of the other sign, has no rate of growth."""
    is_coarse = quantity.classification == "total" and max(this.rounding_unit, that.rounding_unit) > COMPARABLE
    if that.value > 0 and not is_coarse:
        ratio = this.value / that.value
        unit = 100 * (this.rounding_unit + that.rounding_unit * abs(ratio)) / that.value
        yield _worked_out(100 * (this.value - that.value) / that.value, unit, this.basis, this, that)


def _changes(record: Record, quantity: Quantity, period: Period, subject: Subject) -> Iterator[Figure]:
    for this, that in _pairs(record, quantity, period, period.back(12), subject):
        yield _worked_out(this.value - that.value, this.rounding_unit + that.rounding_unit, this.basis, this, that)


def shares(record: Record, quantity: Quantity, period: Period, subject: Subject = TOTAL) -> list[Figure]:
    """Return shares in percent: as printed, and worked out on each basis. A printed share has the sign of its level."""
    whole = QUANTITIES[quantity.whole]
    found = []
    sign = 1
    for basis in _bases(whole, period):
        part = _numerator(levels(record, quantity, period, subject), basis, period)
        total = _best(levels(record, whole, period), basis, DENOMINATOR)
        if part:
            sign = -1 if part.value < 0 else 1
        if part and total and total.value > 0:
            unit = 100 * (part.rounding_unit + total.rounding_unit * abs(part.value) / total.value) / total.value
            found.append(_worked_out(100 * part.value / total.value, unit, basis, part, total))
    printed = [figure.times(sign) for figure in _printed(record, quantity.part, quantity, period, subject)]
    return [*printed, *found]


def _less(these: Sequence[Figure], those: Sequence[Figure]) -> Iterator[Figure]:
    for this in these:
        that = _best(those, this.basis)
        if that:
            yield _worked_out(this.value - that.value, this.rounding_unit + that.rounding_unit, this.basis, this, that)


def _contributions(record: Record, quantity: Quantity, period: Period, subject: Subject) -> Iterator[Figure]:
    """Yield the change of a part in percent of the whole a year earlier."""
    changes = [
        *_printed(record, quantity.change, quantity, period, subject),
        *_changes(record, quantity, period, subject),
    ]
    wholes = levels(record, QUANTITIES[quantity.whole], period.back(12))
    if changes and wholes and wholes[0].value > 0:
        unit = 100 * changes[0].rounding_unit / wholes[0].value
        yield _worked_out(100 * changes[0].value / wholes[0].value, unit, wholes[0].basis, changes[0], wholes[0])


def _converted(record: Record, found: Sequence[Figure], period: Period, own: str, currency: str) -> Iterator[Figure]:
    """Convert at the average rate of the period's months; without a rate for each of them there is no figure."""
    rate = _best(levels(record, QUANTITIES["hkd_per_usd"], period), _bases(QUANTITIES["hkd_per_usd"], period)[-1])
    if rate is None or {own, currency} != {"HKD", "USD"}:
        return
    factor = rate.value if currency == "HKD" else 1 / rate.value
    for figure in found:
        evidence, urls = joined([figure, rate])
        yield replace(figure.times(factor), evidence=evidence, source_urls=urls)

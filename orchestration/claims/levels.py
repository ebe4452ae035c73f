"""Levels: what the record holds of a quantity for a period, as printed or worked out, with basis and evidence."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Literal

from orchestration.claims.quantities import QUANTITIES, Quantity
from orchestration.claims.record import Evidence, Observation, Record, Series
from orchestration.periods import Period

Basis = Literal["published", "sum_of_months", "average_of_months", "earlier_vintage"]
# Whom or what a figure is of: classification and code of a partner or category, or nobody in particular.
Subject = tuple[str, str]
TOTAL: Subject = ("", "")

# Levels coarser than HK$ million say nothing about a sum.
EXACT = Decimal(1)


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

    def times(self, factor: Decimal | int) -> "Figure":
        size = Decimal(factor)
        return replace(self, value=self.value * size, rounding_unit=self.rounding_unit * abs(size))


@dataclass(frozen=True)
class Held:
    """What a record holds of one quantity, of one partner or category or of none."""

    record: Record
    quantity: Quantity
    subject: Subject = TOTAL

    def of(self, name: str) -> "Held":
        """Return what is held of another quantity of the same partner or category; of nobody, if it has none."""
        other = QUANTITIES[name]
        same = other.member == self.quantity.member and other.classification == self.quantity.classification
        return Held(self.record, other, self.subject if same else TOTAL)

    def levels(self, period: Period) -> tuple[Figure, ...]:
        """Return the levels of a period: as printed, from the published levels of its parts, from its months."""
        key = ("levels", self.quantity.name, period, self.subject)
        return self.record.remembered(key, lambda: tuple(self._levels(period)))

    def _levels(self, period: Period) -> Iterator[Figure]:
        quantity = self.quantity
        if quantity.name == "services_cover":
            yield from self._services_cover(period)
            return
        for figure in self.printed(quantity.series, period):
            yield figure.times(quantity.sign)
        for basis in self.bases(period):
            # A balance has parts on every basis. Total exports add up month by month, printed or from their parts.
            if quantity.minus or (quantity.plus and basis == "published"):
                yield from self._from_parts(period, basis)
            elif basis != "published":
                yield from self._over_months(period, basis)
        if quantity.classification == "gold_partner":
            yield from self._from_subheadings(period)

    def bases(self, period: Period) -> tuple[Basis, ...]:
        """Return the bases on which a level of the period may be held."""
        if period.months == 1 or not self.quantity.months:
            return ("published",)
        return ("published", "sum_of_months" if self.quantity.months == "sum" else "average_of_months")

    def printed(self, name: str, period: Period) -> list[Figure]:
        """Return what is printed of a series beside the quantity: its level, growth, share or change; "" is none."""
        return [
            printed_figure(each)
            for series in (self._series(name) if name else ())
            for each in self.record.observations(series, period)
        ]

    def _series(self, name: str) -> Sequence[Series]:
        """Return the series of what is printed; where its classification is open, those that the record holds."""
        quantity, (classification, code) = self.quantity, self.subject
        if quantity.classification == "gold_partner":
            return (Series(name, quantity.flow, "gold_partner", code or "0"),)
        if quantity.member:
            return (Series(name, quantity.flow, classification, code),)
        if not quantity.classification:
            return self._known(name)
        flow = "not_applicable" if name == "deficit_pct_of_imports" else quantity.flow
        return (Series(name, flow, "total", "total"),)

    def _known(self, name: str) -> list[Series]:
        return self.record.remembered(
            ("series", name), lambda: sorted(each for each in self.record.figures if each.series == name)
        )

    def _from_parts(self, period: Period, basis: Basis) -> Iterator[Figure]:
        """Yield what the parts add up to, if each of them is held on this basis."""
        parts = []
        for sign, names in ((1, self.quantity.plus), (-1, self.quantity.minus)):
            for name in names:
                figure = best(self.of(name).levels(period), basis)
                if figure is None:
                    return
                parts.append(figure.times(sign))
        yield total(parts, basis).times(self.quantity.sign)

    def _over_months(self, period: Period, basis: Basis) -> Iterator[Figure]:
        """Yield the sum or average of a period's months, if each is held exactly enough."""
        at_most = EXACT if self.quantity.months == "sum" and self.quantity.kind == "money" else None
        months = []
        for month in period.each_month:
            figure = best(self.levels(month), "published", at_most)
            if figure is None:
                return
            months.append(figure)
        summed = total(months, basis)
        yield replace(summed, value=summed.value / period.months) if basis == "average_of_months" else summed

    def _from_subheadings(self, period: Period) -> Iterator[Figure]:
        """Yield gold as the sum of its subheadings of six digits, which is how Trade IDDS has it."""
        is_money = self.quantity.kind == "money"
        parts = [
            printed_figure(each)
            for series in self._known("gold_value_hkd" if is_money else self.quantity.series)
            if series.classification == "gold_partner_hs6" and series.flow == self.quantity.flow
            if series.member_code.rpartition(":")[0] == (self.subject[1] or "0")
            for each in self.record.observations(series, period)[:1]
        ]
        if parts:
            whole = total(parts, "published")
            yield from converted(self.record, [whole], period, "HKD", "USD") if is_money else [whole]

    def _services_cover(self, period: Period) -> Iterator[Figure]:
        services, deficits = self.of("services_balance").levels(period), self.of("trade_deficit").levels(period)
        if services and deficits and deficits[0].value > 0:
            yield quotient(services[0], deficits[0], 1, deficits[0].basis)


def printed_figure(observation: Observation) -> Figure:
    """Return a published figure as one that a claim can be held against."""
    return Figure(
        value=observation.value,
        rounding_unit=observation.rounding_unit,
        basis="published",
        evidence=observation.evidence,
        source_urls=(observation.source_url,),
        source_id=observation.source_id,
    )


def best(found: Sequence[Figure], basis: Basis, at_most: Decimal | None = None) -> Figure | None:
    """Return the first figure on a basis that is rounded to a unit of this size at most."""
    for figure in found:
        if figure.basis == basis and (at_most is None or figure.rounding_unit <= at_most):
            return figure
    return None


def joined(figures: Sequence[Figure]) -> tuple[Evidence, tuple[str, ...]]:
    """Return what evidence several figures make of what is worked out from them, and their addresses."""
    urls = dict.fromkeys(url for figure in figures for url in figure.source_urls)
    is_official = all(figure.evidence != "reported" for figure in figures)
    return "derived" if is_official else "reported", tuple(urls)


def worked_out(value: Decimal, rounding_unit: Decimal, basis: Basis, inputs: Sequence[Figure]) -> Figure:
    """Return what is worked out from figures, with their addresses and the evidence that they make together."""
    evidence, urls = joined(inputs)
    sources = {figure.source_id for figure in inputs}
    return Figure(value, rounding_unit, basis, evidence, urls, sources.pop() if len(sources) == 1 else "")


def total(parts: Sequence[Figure], basis: Basis) -> Figure:
    """Return a sum, as coarse as its coarsest part."""
    value = sum((part.value for part in parts), Decimal(0))
    return worked_out(value, max(part.rounding_unit for part in parts), basis, parts)


def quotient(part: Figure, whole: Figure, size: int, basis: Basis) -> Figure:
    """Return a ratio, times its size (100 for percent); both its numbers may be off by their rounding."""
    ratio = part.value / whole.value
    unit = size * (part.rounding_unit + whole.rounding_unit * abs(ratio)) / whole.value
    return worked_out(size * ratio, unit, basis, (part, whole))


def converted(record: Record, found: Sequence[Figure], period: Period, own: str, currency: str) -> Iterator[Figure]:
    """Convert at the average rate of the period's months; without a rate for each of them there is no figure."""
    rates = Held(record, QUANTITIES["hkd_per_usd"])
    rate = best(rates.levels(period), rates.bases(period)[-1])
    if rate is None or {own, currency} != {"HKD", "USD"}:
        return
    factor = rate.value if currency == "HKD" else 1 / rate.value
    for figure in found:
        evidence, urls = joined([figure, rate])
        yield replace(figure.times(factor), evidence=evidence, source_urls=urls)

"""Levels: what the record holds of a quantity in a period, as printed or computed, with basis and evidence."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any, Literal

from orchestration.claims.measures import MEASURES, Measure, hkd_to_usd, usd_to_hkd
from orchestration.claims.quantities import QUANTITIES, Quantity
from orchestration.claims.record import TOTAL, Evidence, Member, Observation, Record, Series, cached
from orchestration.periods import Period

Basis = Literal["published", "sum_of_months", "average_of_months", "earlier_vintage"]

# Months coarser than HK$ 1 mn are not added up: the sum would be off by several of their units.
EXACT = Decimal(1)


@dataclass(frozen=True)
class RecordFigure:
    """One figure of the record that a claim can be compared with, and its evidence.

    The value is in the unit of its metric: HK$ or US$ million, kg, percent or percentage points, or a price.
    `rounding_unit` is the step in which it was printed, or the step that rounding of its inputs leaves.
    """

    value: Decimal
    rounding_unit: Decimal
    basis: Basis
    evidence: Evidence
    source_urls: tuple[str, ...]
    source_id: str = ""

    def times(self, factor: Decimal | int) -> "RecordFigure":
        """Return the figure and its rounding unit, multiplied."""
        size = Decimal(factor)
        return replace(self, value=self.value * size, rounding_unit=self.rounding_unit * abs(size))


@dataclass(frozen=True)
class QuantityFigures:
    """The figures that a record holds of one quantity, of one partner or category or of the total."""

    record: Record
    quantity: Quantity
    member: Member = TOTAL

    @property
    def cache(self) -> dict[Any, Any]:
        """The cache of the record, for `cached`."""
        return self.record.cache

    def of(self, name: str) -> "QuantityFigures":
        """Return the figures of another quantity, of the same partner or category if it has those, else in total."""
        other = QUANTITIES[name]
        same = other.member_kind == self.quantity.member_kind and other.classification == self.quantity.classification
        return QuantityFigures(self.record, other, self.member if same else TOTAL)

    @cached
    def levels(self, period: Period) -> tuple[RecordFigure, ...]:
        """Return the levels of a period: as printed, computed from published levels of its parts, from its months."""
        return tuple(self._services_cover(period) if self.quantity.name == "services_cover" else self._levels(period))

    def _levels(self, period: Period) -> Iterator[RecordFigure]:
        quantity = self.quantity
        if quantity.classification == "gold_partner":
            yield from self._from_subheadings(period)
        for figure in self.printed(quantity.series, period):
            yield figure.times(quantity.sign)
        for basis in self.bases(period):
            # A balance is exports less imports on every basis; exports add up over months, however each was known.
            if quantity.parts and (basis == "published" or quantity.measure != "total_exports"):
                yield from self._from_parts(period, basis)
            elif basis != "published":
                yield from self._over_months(period, basis)

    def bases(self, period: Period) -> tuple[Basis, ...]:
        """Return the bases on which a level of the period may exist."""
        if period.months == 1 or not self.quantity.months:
            return ("published",)
        return ("published", "sum_of_months" if self.quantity.months == "sum" else "average_of_months")

    def printed(self, name: str, period: Period) -> list[RecordFigure]:
        """Return what is printed of a series of the quantity: its level, growth, share or change; nothing for ""."""
        return [
            printed_figure(each)
            for series in (self._series(name) if name else ())
            for each in self.record.observations(series, period)
        ]

    def _series(self, name: str) -> Sequence[Series]:
        quantity, (classification, code) = self.quantity, self.member
        if quantity.classification == "gold_partner":
            return (Series(name, quantity.flow, "gold_partner", code or "0"),)
        if quantity.member_kind:
            return (Series(name, quantity.flow, classification, code),)
        if not quantity.classification:  # services: the balance of payments has several bases
            return self.record.series_named(name)
        flow = "not_applicable" if name == "deficit_pct_of_imports" else quantity.flow
        return (Series(name, flow, "total", "total"),)

    def _from_parts(self, period: Period, basis: Basis) -> Iterator[RecordFigure]:
        """Yield what the quantity's formula gives, if each of its parts exists on this basis."""
        parts = [best(self.of(name).levels(period), basis) for name in self.quantity.parts]
        known = [part for part in parts if part]
        if len(known) == len(parts):
            value = MEASURES[self.quantity.measure].formula(*(part.value for part in known))
            yield computed(value, coarsest(known), basis, known).times(self.quantity.sign)

    def _over_months(self, period: Period, basis: Basis) -> Iterator[RecordFigure]:
        """Yield the sum or average of a period's months, if each of them is held exactly enough."""
        at_most = EXACT if self.quantity.months == "sum" and self.quantity.kind == "money" else None
        months = []
        for month in period.each_month:
            figure = best(self.levels(month), "published", at_most)
            if figure is None:
                return
            months.append(figure)
        summed = total(months, basis)
        yield replace(summed, value=summed.value / period.months) if basis == "average_of_months" else summed

    def _from_subheadings(self, period: Period) -> Iterator[RecordFigure]:
        """Yield gold as the sum of its six-digit subheadings (Trade IDDS), which `fct_gold_trade` prefers too.

        The member code of a subheading is partner and HS code: `757 710812`.
        """
        is_money = self.quantity.kind == "money"
        parts = [
            printed_figure(each)
            for series in self.record.series_named("gold_value_hkd" if is_money else self.quantity.series)
            if series.classification == "gold_partner_hs6" and series.flow == self.quantity.flow
            if series.member_code.rpartition(" ")[0] == (self.member[1] or "0")
            for each in self.record.observations(series, period)[:1]
        ]
        if parts:
            whole = total(parts, "published")
            yield from converted(self.record, [whole], period, "HKD", "USD") if is_money else [whole]

    def _services_cover(self, period: Period) -> Iterator[RecordFigure]:
        services, deficits = self.of("services_balance").levels(period), self.of("trade_deficit").levels(period)
        if services and deficits and deficits[0].value > 0:
            yield quotient(MEASURES["services_cover"], services[0], deficits[0], deficits[0].basis)


def printed_figure(observation: Observation) -> RecordFigure:
    """Return a published figure as one that a claim can be compared with."""
    return RecordFigure(
        value=observation.value,
        rounding_unit=observation.rounding_unit,
        basis="published",
        evidence=observation.evidence,
        source_urls=(observation.source_url,),
        source_id=observation.source_id,
    )


def best(found: Sequence[RecordFigure], basis: Basis, at_most: Decimal | None = None) -> RecordFigure | None:
    """Return the first figure on a basis whose rounding unit is not above `at_most`."""
    for figure in found:
        if figure.basis == basis and (at_most is None or figure.rounding_unit <= at_most):
            return figure
    return None


def evidence_of(figures: Sequence[RecordFigure]) -> tuple[Evidence, tuple[str, ...]]:
    """Return evidence and addresses of what is computed from figures: `reported` if one is from the press."""
    urls = dict.fromkeys(url for figure in figures for url in figure.source_urls)
    is_official = all(figure.evidence != "reported" for figure in figures)
    return "derived" if is_official else "reported", tuple(urls)


def computed(value: Decimal, rounding_unit: Decimal, basis: Basis, inputs: Sequence[RecordFigure]) -> RecordFigure:
    """Return a value computed from figures, with their addresses and evidence."""
    evidence, urls = evidence_of(inputs)
    sources = {figure.source_id for figure in inputs}
    return RecordFigure(value, rounding_unit, basis, evidence, urls, sources.pop() if len(sources) == 1 else "")


def coarsest(figures: Sequence[RecordFigure]) -> Decimal:
    """Return the largest rounding unit of several figures."""
    return max(figure.rounding_unit for figure in figures)


def total(parts: Sequence[RecordFigure], basis: Basis) -> RecordFigure:
    """Return a sum, as coarse as its coarsest part."""
    return computed(sum((part.value for part in parts), Decimal(0)), coarsest(parts), basis, parts)


def quotient(measure: Measure, part: RecordFigure, whole: RecordFigure, basis: Basis) -> RecordFigure:
    """Return a measure of two figures that divides one by the other; each may be off by its rounding."""
    error = part.rounding_unit + whole.rounding_unit * abs(part.value / whole.value)
    rounding_unit = measure.scale * error / whole.value
    return computed(measure.formula(part.value, whole.value), rounding_unit, basis, (part, whole))


def converted(
    record: Record, found: Sequence[RecordFigure], period: Period, own: str, currency: str
) -> Iterator[RecordFigure]:
    """Yield amounts or prices in another currency, at the average rate of the period; none if a month has no rate."""
    rates = QuantityFigures(record, QUANTITIES["hkd_per_usd"])
    rate = best(rates.levels(period), rates.bases(period)[-1])
    if rate is None or {own, currency} != {"HKD", "USD"}:
        return
    convert = hkd_to_usd if currency == "USD" else usd_to_hkd
    for figure in found:
        evidence, urls = evidence_of([figure, rate])
        yield replace(
            figure,
            value=convert(figure.value, rate.value),
            rounding_unit=convert(figure.rounding_unit, rate.value),
            evidence=evidence,
            source_urls=urls,
        )

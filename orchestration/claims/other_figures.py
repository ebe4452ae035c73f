"""The figures that a claim is compared with: current ones, earlier vintages, and other periods to check its scale."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal

from orchestration.claims import wording
from orchestration.claims.claim import Claim
from orchestration.claims.figures import figures
from orchestration.claims.levels import QuantityFigures, RecordFigure, evidence_of
from orchestration.claims.record import Member, Record, Series
from orchestration.claims.verdicts import Comparison, Outcome, Verdict
from orchestration.periods import Period

# Millions printed for billions, or the other way round.
SCALE_SLIP = Decimal(1_000)
# Months of one partner or category lie within a factor of 3 of its other months, and never at a factor of 30.
USUAL_SPREAD = Decimal(3)
WIDEST_SPREAD = Decimal(30)


def compared(record: Record, claim: Claim, member: Member) -> list[Comparison]:
    """Return a comparison of the claim with each figure of the record under its label, the preferred one first."""
    found = figures(record, claim.metric.measured, claim.period, claim.unit.currency or "HKD", member)
    return [Comparison(claim.printed, claim.unit, figure) for figure in found]


def earlier_vintage(record: Record, claim: Claim, member: Member) -> tuple[date, Comparison] | None:
    """Return the last day on which the record gave the claimed figure, before it was replaced, and that figure."""
    for day in reversed(_last_days(record, claim.period)):
        for comparison in compared(record.as_of(day), claim, member):
            if comparison.is_equal and comparison.figure.basis == "published":
                return day, replace(comparison, figure=replace(comparison.figure, basis="earlier_vintage"))
    return None


def _last_days(record: Record, period: Period) -> list[date]:
    """Return the last day of each figure that was replaced, in a period or in the one its growth is measured from."""
    first, last = period.back(12).first_index, period.last_index
    days = {
        day - timedelta(days=1)
        for day, each in record.history.replaced
        if first <= each.last_index and each.first_index <= last
    }
    return sorted(day for day in days if record.on_day is None or day < record.on_day)


def scale_slip(record: Record, claim: Claim, member: Member) -> Verdict | None:
    """Return the verdict on an amount a thousand times too small or too large for its partner or category, if it is.

    For when the record has no figure for the period itself: monthly averages of its other periods show the scale.
    """
    if claim.metric.measure != "level" or claim.unit.kind != "money" or claim.printed.value <= 0:
        return None
    held = _months_of_other_periods(record, claim, member)
    if not held:
        return None
    smallest, largest = min(each.value for each in held), max(each.value for each in held)
    printed = claim.printed.value * claim.unit.size / claim.period.months
    if smallest / WIDEST_SPREAD <= printed <= largest * WIDEST_SPREAD:
        return None
    for factor, words in ((SCALE_SLIP, "a thousand times too small"), (1 / SCALE_SLIP, "a thousand times too large")):
        if smallest / USUAL_SPREAD <= printed * factor <= largest * USUAL_SPREAD:
            evidence, urls = evidence_of(held)
            what = wording.what(record, claim.metric, member)
            sentence = (
                f"The record holds no figure for {what} in {claim.period.words}, but in {len(held)} other"
                f" period{'s' if len(held) > 1 else ''} a month came to"
                f" {f'HK${smallest:,.0f} mn to ' if smallest < largest else ''}HK${largest:,.0f} mn:"
                f" {wording.claimed(claim)} is {words}."
            )
            return Verdict(claim, Outcome.MISLABELLED, sentence, f"scale: {words}", evidence=evidence, source_urls=urls)
    return None


def _months_of_other_periods(record: Record, claim: Claim, member: Member) -> Sequence[RecordFigure]:
    """Return the figures of other periods of a partner or category, as monthly averages in HK$ million."""
    quantity = claim.metric.quantity
    if not quantity.member_kind or claim.unit.currency != "HKD":
        return []
    series = Series(quantity.series, quantity.flow, *member)
    return [
        QuantityFigures(record, quantity, member).levels(period)[0].times(Decimal(1) / period.months)
        for period, observations in record.figures.get(series, {}).items()
        if observations and observations[0].value > 0
    ]

"""What the record has for a claim beside the figure it is held against: as it was before, and in other periods."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal

from orchestration.claims import wording
from orchestration.claims.claim import Claim
from orchestration.claims.figures import figures
from orchestration.claims.levels import Figure, Held, Subject, joined
from orchestration.claims.record import Record, Series
from orchestration.claims.verdicts import Comparison, Outcome, Verdict
from orchestration.periods import Period

# A figure that is printed with the wrong scale is a thousand times too small or too large.
SCALE_SLIP = Decimal(1_000)
# Months of one partner or category lie within a factor of 3 of those that are held, and never 30 beside them.
USUAL_SPREAD = Decimal(3)
WIDEST_SPREAD = Decimal(30)


def compared(record: Record, claim: Claim, subject: Subject) -> list[Comparison]:
    """Return a claim beside each figure that it can be held against, the best first."""
    found = figures(record, claim.metric.measured, claim.period, claim.unit.currency or "HKD", subject)
    return [Comparison(claim.printed, claim.unit, figure) for figure in found]


def earlier_vintage(record: Record, claim: Claim, subject: Subject) -> tuple[date, Comparison] | None:
    """Return the last day on which the record gave the claimed figure, before it was replaced, and that figure."""
    for day in reversed(_last_days(record, claim.period)):
        for comparison in compared(record.as_of(day), claim, subject):
            if comparison.is_equal and comparison.figure.basis == "published":
                return day, replace(comparison, figure=replace(comparison.figure, basis="earlier_vintage"))
    return None


def _last_days(record: Record, period: Period) -> list[date]:
    """Return the last days of figures that were replaced later, of a period and of what its growth is measured from."""
    first, last = period.back(12).first_index, period.last_index
    days = {
        day - timedelta(days=1)
        for day, each in record.history.replaced
        if first <= each.last_index and each.first_index <= last
    }
    return sorted(day for day in days if record.on_day is None or day < record.on_day)


def scale_slip(record: Record, claim: Claim, subject: Subject) -> Verdict | None:
    """Return the verdict on an amount that is a thousand times beside every month that the record has of it.

    No figure is held for the period itself. But where the printed number lies a thousand times beside what is held for
    other periods, a month's average for a month's average, its scale can't be right.
    """
    if claim.metric.measure != "level" or claim.unit.kind != "money" or claim.printed.value <= 0:
        return None
    held = _months_of_other_periods(record, claim, subject)
    if not held:
        return None
    smallest, largest = min(each.value for each in held), max(each.value for each in held)
    printed = claim.printed.value * claim.unit.size / claim.period.months
    if smallest / WIDEST_SPREAD <= printed <= largest * WIDEST_SPREAD:
        return None
    for factor, words in ((SCALE_SLIP, "a thousand times too small"), (1 / SCALE_SLIP, "a thousand times too large")):
        if smallest / USUAL_SPREAD <= printed * factor <= largest * USUAL_SPREAD:
            evidence, urls = joined(held)
            what = wording.what(record, claim.metric, subject)
            sentence = (
                f"The record holds no figure for {what} in {claim.period.words}, but in {len(held)} other"
                f" period{'s' if len(held) > 1 else ''} a month came to"
                f" {f'HK${smallest:,.0f} mn to ' if smallest < largest else ''}HK${largest:,.0f} mn:"
                f" {wording.claimed(claim)} is {words}."
            )
            return Verdict(claim, Outcome.MISLABELLED, sentence, f"scale: {words}", evidence=evidence, source_urls=urls)
    return None


def _months_of_other_periods(record: Record, claim: Claim, subject: Subject) -> Sequence[Figure]:
    """Return what the record has of a partner or category, HK$ million for an average month."""
    quantity = claim.metric.quantity
    if not quantity.member or claim.unit.currency != "HKD":
        return []
    series = Series(quantity.series, quantity.flow, *subject)
    return [
        Held(record, quantity, subject).levels(period)[0].times(Decimal(1) / period.months)
        for period, observations in record.figures.get(series, {}).items()
        if observations and observations[0].value > 0
    ]

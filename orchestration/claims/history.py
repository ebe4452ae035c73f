"""Claims about a month's place among all months that the record holds: records, ranks and streaks."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from functools import cache
from typing import NamedTuple

from orchestration import periods
from orchestration.claims import metrics, wording
from orchestration.claims.claim import Claim
from orchestration.claims.figures import figures
from orchestration.claims.levels import RecordFigure
from orchestration.claims.metrics import Metric
from orchestration.claims.quantities import QUANTITIES
from orchestration.claims.record import Member, Record, cached
from orchestration.claims.record_spans import is_of_least, span_of
from orchestration.claims.verdicts import SOUND, Outcome, Verdict
from orchestration.periods import Period, ordinal

# C&SD's monthly series begins in January 1952, so "since 1952" means "on record".
SERIES_START = periods.parse("1952-01")
# If a month of the claimed span is missing, at least this many before the claim must be there without a gap.
UNBROKEN_MONTHS = 60


class Month(NamedTuple):
    """One month of a series: its figure, in the unit of the metric."""

    period: Period
    figure: RecordFigure


@dataclass(frozen=True)
class Coverage:
    """How many of a span's months the record holds, and since when without a gap."""

    since: Period
    held: int
    months: int
    unbroken: int
    unbroken_since: Period

    @property
    def is_whole(self) -> bool:
        """True if no month of the span is missing."""
        return self.held == self.months

    @property
    def is_enough(self) -> bool:
        """True if the months held are enough to confirm a claim about the span."""
        return self.is_whole or self.unbroken >= UNBROKEN_MONTHS

    @property
    def words(self) -> str:
        """The coverage, for the end of a sentence."""
        if self.is_whole:
            return f"all {self.months} since {self.since.words}, which proves it"
        gapless = f"without a gap since {self.unbroken_since.words}"
        return f"{self.held} of the {self.months} since {self.since.words}, {gapless}, which says nothing of the others"


def judge(record: Record, claim: Claim, member: Member, number: Verdict | None = None) -> Verdict:
    """Return the verdict on a record, rank or streak; `record` must not hold figures of the claim's own page.

    `number` is the verdict on the month's own number, if the claim prints one.
    """
    if number and number.outcome not in SOUND:
        return number
    months = months_of(record, _counted(claim.metric), member, claim.period)
    if not months or months[-1].period != claim.period:
        what = wording.what(record, claim.metric, member)
        sentence = f"The record holds no figure for {what} in {claim.period.words} to hold the claim against."
        return Verdict(claim, Outcome.UNVERIFIABLE, sentence)
    if claim.metric.view == "record":
        return _record(claim, months, number)
    return (_rank if claim.metric.view == "rank" else _streak)(claim, months)


def _counted(metric: Metric) -> Metric:
    """Return the metric that is compared: "rose for the 21st month" counts growth, a deficit streak counts levels."""
    is_signed = metric.quantity.name in ("balance", "trade_deficit", "services_balance", "bop_goods_balance")
    if metric.view == "streak" and metric.measure == "level" and not is_signed:
        return metrics.parse(f"{metric.quantity.name}_yoy")
    return metric.measured


def months_of(record: Record, metric: Metric, member: Member, last: Period) -> list[Month]:
    """Return every month held, up to and including one, each with its finest figure."""
    return [month for month in _months(record, metric, member) if month.period.first_index <= last.first_index]


@cached
def _months(record: Record, metric: Metric, member: Member) -> list[Month]:
    measured = (
        (period, figures(record, metric, period, "HKD", member))
        for period in _held(record, _series(metric.quantity.name))
    )
    return [Month(period, min(found, key=lambda each: each.rounding_unit)) for period, found in measured if found]


@cache
def _series(name: str) -> frozenset[str]:
    """Return the series that a quantity may be known from, those of its parts included."""
    quantity = QUANTITIES[name]
    parts = [_series(part) for part in quantity.parts]
    return frozenset({quantity.series, quantity.growth, quantity.part}).union(*parts)


def _held(record: Record, names: frozenset[str]) -> list[Period]:
    """Return the months that have a figure in one of these series, in order."""
    held = {
        period
        for series, found in record.figures.items()
        if series.series in names
        for period in found
        if period.months == 1
    }
    return sorted(held, key=lambda period: period.first_index)


def coverage(since: Period, months: Sequence[Month]) -> Coverage:
    """Return how many months from `since` to the last one the record holds."""
    last = months[-1].period
    held = {month.period.first_index for month in months}
    first = last.first_index
    while first - 1 in held:
        first -= 1
    start = max(since, SERIES_START, key=lambda period: period.first_index)
    return Coverage(
        since=start,
        held=sum(index >= start.first_index for index in held),
        months=last.last_index - start.first_index + 1,
        unbroken=last.first_index - first + 1,
        unbroken_since=Period(first, first),
    )


def _record(claim: Claim, months: Sequence[Month], number: Verdict | None) -> Verdict:
    this, earlier = months[-1], months[:-1]
    is_least = is_of_least(claim, this.figure.value)
    as_large = [month for month in earlier if _is_as_large(month, this, is_least=is_least)]
    span = span_of(claim)
    within = [month for month in as_large if span.first is None or month.period.first_index >= span.first.first_index]
    if within:
        outcome = Outcome.CONTRADICTED
        sentence = f"{_amount(claim, this)} was no record: {_amount(claim, within[-1])} was {_as_large(is_least)}."
    else:
        since = span.named or span.first or SERIES_START
        covered = coverage(Period(since.first_index, since.first_index), months)
        outcome = Outcome.CONFIRMED if covered.is_enough else Outcome.UNVERIFIABLE
        extreme = _extreme(claim, is_least)
        sentence = f"{_amount(claim, this)} is the {extreme} of the months held: {covered.words}."
        if as_large and outcome is Outcome.CONFIRMED:
            sentence += f" The last one {_as_large(is_least)}: {_amount(claim, as_large[-1])}."
    if number:
        return replace(
            number,
            outcome=number.outcome if outcome is Outcome.CONFIRMED else outcome,
            sentence=f"{number.sentence} {sentence}",
        )
    official = as_large[-1].period if as_large else SERIES_START
    return _verdict(claim, this, outcome, sentence, *_since_shown(claim, official))


def _as_large(is_least: bool) -> str:
    return "no larger" if is_least else "at least as large"


def _extreme(claim: Claim, is_least: bool) -> str:
    if claim.metric.kind == "pct":
        return "lowest rate" if is_least else "highest rate"
    noun = {"trade_deficit": "deficit", "balance": "balance"}.get(claim.metric.quantity.name, "figure")
    return f"{'smallest' if is_least else 'largest'} {noun}"


def _is_as_large(month: Month, this: Month, *, is_least: bool) -> bool:
    """Compare two months by the digits that both have: 18.49 equals 18.5 if 18.5 is all that was printed of one."""
    slack = max(month.figure.rounding_unit, this.figure.rounding_unit) / 2
    slack = slack if month.figure.rounding_unit != this.figure.rounding_unit else Decimal(0)
    difference = month.figure.value - this.figure.value
    return difference <= -slack if is_least else difference >= slack


def _since_shown(claim: Claim, official: Period) -> tuple[str, Decimal]:
    index = official.first_index
    if claim.unit.name == "since_month":
        return official.label, claim.printed.value - index
    if claim.unit.name == "years":
        years = Decimal(claim.period.first_index - index) / 12
        return f"{years:.1f}", claim.printed.value - round(years, 1)
    return str(index // 12), Decimal(int(claim.claimed_value) - index // 12)


def _rank(claim: Claim, months: Sequence[Month]) -> Verdict:
    this = months[-1]
    is_least = is_of_least(claim, this.figure.value)
    larger = [month for month in months[:-1] if _is_as_large(month, this, is_least=is_least)]
    rank = 1 + sum(month.figure.value != this.figure.value for month in larger)
    covered = coverage(SERIES_START, months)
    sentence = f"{_amount(claim, this)} is number {rank} of the {len(months)} months held: {covered.words}."
    claimed = int(claim.printed.value)
    # Missing months can only lower the rank.
    if claimed < rank or (claimed > rank and covered.is_whole):
        outcome = Outcome.CONTRADICTED
    elif claimed == rank and covered.is_enough:
        outcome = Outcome.CONFIRMED
    else:
        outcome = Outcome.UNVERIFIABLE
    return _verdict(claim, this, outcome, sentence, str(rank), claim.printed.value - rank)


def _streak(claim: Claim, months: Sequence[Month]) -> Verdict:
    this = months[-1]
    sign = _sign(this)
    count, index = 0, this.period.first_index
    held = {month.period.first_index: month for month in months}
    while index in held and _sign(held[index]) == sign:
        count, index = count + 1, index - 1
    ends_in_gap = index not in held
    before = Period(index, index).words
    why = f"{before} is not held" if ends_in_gap else f"{_amount(claim, held[index])} was not so"
    least = "at least " if ends_in_gap else ""
    direction = "above" if sign > 0 else "below"
    sentence = f"{_amount(claim, this)} is {least}the {ordinal(count)} month in a row {direction} zero: {why}."
    claimed = int(claim.printed.value)
    if claimed == count and not ends_in_gap:
        outcome = Outcome.CONFIRMED
    elif claimed < count or not ends_in_gap:
        outcome = Outcome.CONTRADICTED
    else:
        outcome = Outcome.UNVERIFIABLE
    return _verdict(claim, this, outcome, sentence, str(count), claim.printed.value - count)


def _sign(month: Month) -> int:
    return (month.figure.value > 0) - (month.figure.value < 0)


def _amount(claim: Claim, month: Month) -> str:
    value = month.figure.value
    kind = claim.metric.kind if claim.metric.measure != "level" else claim.metric.quantity.kind
    if claim.metric.view == "streak" and claim.metric.measure == "level" and _counted(claim.metric).measure == "yoy":
        kind = "pct"
    if kind == "money":
        shown = f"{'-' if value < 0 else ''}HK${abs(value) / 1000:,.3f} bn"
    elif kind == "pct":
        shown = f"{value:,.1f} %"
    else:
        shown = f"{value:,.2f}"
    return f"{shown} in {month.period.words}"


def _verdict(claim: Claim, this: Month, outcome: Outcome, sentence: str, official: str, difference: Decimal) -> Verdict:
    return Verdict(
        claim=claim,
        outcome=outcome,
        sentence=sentence,
        official_value=official,
        official_unit=claim.unit.name,
        difference=difference,
        basis="published",
        evidence="derived" if this.figure.evidence != "reported" else "reported",
        source_urls=this.figure.source_urls,
    )

"""Late corrections: the difference between published cumulative figures and the sum of their months.

C&SD never restates a single month; what is declared late enters only the cumulative figures. These corrections are
small: in 2022, by far the largest, they moved the balance by 0.13 % of exports, and in every other period by less than
0.1 %.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal

from orchestration.claims.levels import QuantityFigures, RecordFigure, best
from orchestration.claims.measures import MEASURES, share
from orchestration.claims.quantities import QUANTITIES
from orchestration.claims.record import Record, Series, cached
from orchestration.periods import Period

# 2022 was 1.4 times as wide as the next widest period: another such year must not be called an error.
SLACK = Decimal("1.5")
# With fewer other periods their maximum says little.
ENOUGH_PERIODS = 3
CORRECTED = ("balance", "exports", "imports")


@dataclass(frozen=True)
class Correction:
    """One published cumulative figure and the sum of its months, in HK$ million."""

    series: str
    period: Period
    published: Decimal
    sum_of_months: Decimal
    exports: Decimal
    rounding_unit: Decimal
    source_url: str

    @property
    def difference(self) -> Decimal:
        """The late correction in HK$ million."""
        return MEASURES["late_corrections"].formula(self.published, self.sum_of_months)

    @property
    def pct(self) -> Decimal:
        """The size of the correction in percent of the period's exports, beyond what rounding alone may cause."""
        beyond_rounding = max(abs(self.difference) - self.rounding_unit / 2, Decimal(0))
        return share(beyond_rounding, self.exports)


@dataclass(frozen=True)
class Envelope:
    """The late corrections of other periods: how many, the widest, and the limit that follows from it."""

    periods: int
    widest: Correction

    @property
    def limit_pct(self) -> Decimal:
        """How far a published figure may lie from the sum of its months, in percent of exports."""
        return SLACK * self.widest.pct


@dataclass(frozen=True)
class Allowance:
    """How far a published figure may lie from the sum of its months, as a share of that sum."""

    share: Decimal
    envelope: Envelope


@cached
def corrections(record: Record) -> list[Correction]:
    """Return every published cumulative figure whose months are all held, in order of time; flagged ones left out."""
    return sorted(_corrections(record), key=lambda each: (each.period.last_index, each.period.label, each.series))


def _corrections(record: Record) -> Iterator[Correction]:
    for name in CORRECTED:
        series = QUANTITIES[name].series
        flow = QUANTITIES[name].flow
        for period, observations in record.figures.get(Series(series, flow, "total", "total"), {}).items():
            if period.months == 1 or not observations or observations[0].flag is not None:
                continue
            sum_of_months, exports = _sum(record, name, period), _sum(record, "exports", period)
            if sum_of_months and exports:
                published = observations[0]
                yield Correction(
                    *(series, period, published.value, sum_of_months.value, exports.value),
                    rounding_unit=published.rounding_unit,
                    source_url=published.source_url,
                )


def _sum(record: Record, name: str, period: Period) -> RecordFigure | None:
    return best(QuantityFigures(record, QUANTITIES[name]).levels(period), "sum_of_months")


def envelope(history: list[Correction], series: str, leaving_out: Period) -> Envelope | None:
    """Return the envelope of a series from all periods but one, the one it is used for; None with too few of them."""
    others = [each for each in history if each.series == series and each.period != leaving_out]
    if len(others) < ENOUGH_PERIODS:
        return None
    return Envelope(len(others), max(others, key=lambda each: each.pct))


@cached
def allowance(record: Record, name: str, period: Period) -> Allowance | None:
    """Return what late corrections may explain of a period's figure; None if one of its months is missing."""
    # A deficit is a balance. Its share in imports moves as it does, since imports move by 0.1 % at most.
    corrected = {"trade_deficit": "balance"}.get(name, name)
    if corrected not in CORRECTED or period.months == 1:
        return None
    sum_of_months, exports = _sum(record, corrected, period), _sum(record, "exports", period)
    past = envelope(corrections(record), QUANTITIES[corrected].series, leaving_out=period)
    if sum_of_months is None or exports is None or past is None or not sum_of_months.value:
        return None
    return Allowance(past.limit_pct / 100 * exports.value / abs(sum_of_months.value), past)

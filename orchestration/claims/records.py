"""Claims of a record ("the largest deficit since 1952"), judged by every month that is held."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

import duckdb

from orchestration import periods
from orchestration.claims import verdicts
from orchestration.claims.register import Claim
from orchestration.claims.verdicts import Outcome, Verdict
from orchestration.periods import Period

# C&SD's monthly series begins in January 1952: "since 1952" means "on record".
SERIES_START = periods.parse("1952-01")
# Unless every month of the claimed span is held, this many months before the claim must be: five years, without a gap.
UNBROKEN_MONTHS = 60

DEFICITS = """
select strftime(month, '%Y-%m'), -balance_hkd_mn, source_url, evidence
from marts.fct_trade_balance_monthly
where balance_hkd_mn is not null and month <= $month
order by month
"""


@dataclass(frozen=True)
class Month:
    """One month of a series: its size in HK$ million, and where it was published."""

    period: Period
    size: Decimal
    source_url: str
    evidence: str


def deficits(connection: duckdb.DuckDBPyConnection, claim: Claim) -> list[Month]:
    """Return the deficits of every month held up to the claim's, without those read from the claim's own page."""
    rows = connection.execute(DEFICITS, {"month": claim.period.start}).fetchall()
    months = [Month(periods.parse(label), size, url, evidence) for label, size, url, evidence in rows]
    return [month for month in months if month.source_url != claim.source_url]


def judge_record(claim: Claim, months: Sequence[Month]) -> Verdict:
    """Return the verdict on a claim that its month's figure is the largest since January of the claimed year.

    The official value is the year of the latest month that was at least as large, or the start of the series.
    """
    since = periods.parse(f"{int(claim.printed.value)}-01")
    if not months or months[-1].period != claim.period:
        return verdicts.unverifiable(claim, held_from_own_page=False)
    this, earlier = months[-1], months[:-1]
    larger = [month for month in earlier if month.size >= this.size]
    official = larger[-1].period if larger else SERIES_START
    span = [month for month in months if month.period.start >= since.start]
    coverage = _coverage(since, months, span)
    if larger and larger[-1].period.start >= since.start:
        outcome = Outcome.CONTRADICTED
        sentence = f"{_amount(this)} was no record: {_amount(larger[-1])} was at least as large."
    else:
        is_covered = coverage.is_whole or coverage.unbroken >= UNBROKEN_MONTHS
        outcome = Outcome.CONFIRMED if is_covered else Outcome.UNVERIFIABLE
        sentence = f"{_amount(this)} is the largest deficit of the months held: {coverage.words}."
    year = Decimal(official.start.year)
    return Verdict(
        claim=claim,
        outcome=outcome,
        sentence=sentence,
        official_value=year,
        difference=claim.printed.value - year,
        basis="published",
        evidence="derived" if this.evidence == "official" else "reported",
        source_urls=(this.source_url,),
    )


def _amount(month: Month) -> str:
    return f"HK${month.size / 1000:.3f} bn in {month.period.words}"


@dataclass(frozen=True)
class Coverage:
    """How many of a span's months are held, and since when there is no gap."""

    since: Period
    held: int
    months: int
    unbroken: int
    unbroken_since: Period

    @property
    def is_whole(self) -> bool:
        return self.held == self.months

    @property
    def words(self) -> str:
        if self.is_whole:
            return f"all {self.months} since {self.since.words}"
        gapless = f"without a gap since {self.unbroken_since.words}"
        return f"{self.held} of the {self.months} since {self.since.words}, {gapless}"


def _coverage(since: Period, months: Sequence[Month], span: Sequence[Month]) -> Coverage:
    last = months[-1].period
    held = {month.period.first_index for month in months}
    first = last.first_index
    while first - 1 in held:
        first -= 1
    start = max(since, SERIES_START, key=lambda period: period.first_index)
    return Coverage(
        since=start,
        held=len(span),
        months=last.last_index - start.first_index + 1,
        unbroken=last.first_index - first + 1,
        unbroken_since=Period(first, first),
    )

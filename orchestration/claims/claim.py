"""A claim: a number that somebody printed about Hong Kong's trade, read from a row of text."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal

from orchestration import periods
from orchestration.claims import metrics, units
from orchestration.claims.metrics import Metric
from orchestration.claims.units import NumberError, Printed, Unit, parse_number
from orchestration.periods import Period

COLUMNS = ("claim_id", "claim", "metric", "period", "claimed_value", "claimed_unit", "source_url")
# No real sentence or address is longer; a longer cell comes from a broken file.
LONGEST_CELL = 2_000


class ClaimError(ValueError):
    """A claim can't be read; the message says why."""


@dataclass(frozen=True)
class Claim:
    """A printed number about the trade, and the address of its page.

    `member` is the partner or category that the metric names after a colon, or "". For units that are a month or year
    (`since_month`), `printed` is the index of that month as in Period.
    """

    claim_id: str
    text: str
    metric: Metric
    member: str
    period: Period
    printed: Printed
    unit: Unit
    source_url: str
    claimed_value: str

    @property
    def metric_name(self) -> str:
        """The metric as claims files write it: `partner_exports_yoy:Vietnam`."""
        return f"{self.metric.name}:{self.member}" if self.member else self.metric.name


def parse_claim(row: Mapping[str, str]) -> Claim:
    """Return the claim of a row with all of COLUMNS. Raises ClaimError that says which cell is wrong and why."""
    for name in COLUMNS:
        if len(row[name]) > LONGEST_CELL:
            raise ClaimError(f"{name} has {len(row[name]):,} characters; at most {LONGEST_CELL:,} are read")
    name, _, member = row["metric"].strip().partition(":")
    try:
        metric = metrics.parse(name.strip())
        unit = units.parse(row["claimed_unit"])
        period = periods.parse(row["period"].strip())
        printed = _printed(row["claimed_value"].strip(), unit)
    except ValueError as error:  # units, metrics, periods: each message says what was expected
        raise ClaimError(str(error)) from None
    if unit.kind not in metric.kinds:
        raise ClaimError(
            f"{metric.name} is not claimed in {unit.name}; it is in {' or '.join(units.examples(metric.kinds))}"
        )
    if (metric.view or metric.measure == "mom") and period.months != 1:
        raise ClaimError(f"{metric.name} is claimed of one month, not of {period.label}")
    if unit.kind == "record" and unit.name != "years" and printed.value > period.last_index:
        raise ClaimError(f"{row['claimed_value']!r} is not a {unit.name.removeprefix('since_')} before {period.label}")
    return Claim(
        claim_id=row["claim_id"],
        text=row["claim"],
        metric=metric,
        member=member.strip(),
        period=period,
        printed=printed,
        unit=unit,
        source_url=row["source_url"],
        claimed_value=row["claimed_value"].strip(),
    )


def _printed(text: str, unit: Unit) -> Printed:
    if unit.name == "since_year":
        if not re.fullmatch(r"[12]\d{3}", text):
            raise NumberError(f"{text!r} is not a year such as 1952")
        return Printed(Decimal(periods.parse(text).first_index), Decimal(1))
    if unit.name == "since_month":
        since = periods.parse(text)
        if since.months != 1:
            raise NumberError(f"{text!r} is not a month such as 2024-09")
        return Printed(Decimal(since.first_index), Decimal(1))
    printed = parse_number(text)
    if unit.kind in ("record", "rank", "streak") and (printed.place != 1 or printed.value < 1):
        raise NumberError(f"{text!r} is not a whole number, which the unit {unit.name} needs")
    return printed

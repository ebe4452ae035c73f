"""The claims register: a row a claim, read into typed claims."""

import csv
import re
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path

from orchestration import periods
from orchestration.claims.metrics import METRICS, UNITS, Metric, Unit
from orchestration.periods import Period

REGISTER = Path(__file__).with_name("register.csv")
COLUMNS = ("claim_id", "claim", "metric", "period", "claimed_value", "claimed_unit", "source_url")


class ClaimError(ValueError):
    """A claim can't be read; the message says why."""


@dataclass(frozen=True)
class Printed:
    """A number as printed: its value, and the place of its last digit (0.1 for `89.1`, 1 for `446`)."""

    value: Decimal
    place: Decimal


@dataclass(frozen=True)
class Claim:
    """Somebody's number about the trade, and the address where it stands."""

    claim_id: str
    text: str
    metric: Metric
    period: Period
    printed: Printed
    unit: Unit
    source_url: str


def parse_number(text: str) -> Printed:
    """Return a printed number with the precision that its digits claim. Raises ClaimError."""
    if not re.fullmatch(r"[-+]?\d{1,15}(?:\.\d{1,9})?", text, re.ASCII):
        raise ClaimError(f"{text!r} is no plain decimal number, such as 89.1")
    decimals = len(text.partition(".")[2])
    return Printed(Decimal(text), Decimal(1).scaleb(-decimals))


def parse_claim(row: dict[str, str]) -> Claim:
    """Return the claim of a row. Raises ClaimError that says which cell is wrong and what it may be."""
    metric, unit = METRICS.get(row["metric"]), UNITS.get(row["claimed_unit"])
    if metric is None:
        raise ClaimError(f"unknown metric {row['metric']!r}; the metrics are {', '.join(METRICS)}")
    if unit is None:
        raise ClaimError(f"unknown unit {row['claimed_unit']!r}; the units are {', '.join(UNITS)}")
    if unit.kind != metric.kind:
        fitting = [name for name, other in UNITS.items() if other.kind == metric.kind]
        raise ClaimError(f"{metric.name} is not claimed in {unit.name}; it is in {', '.join(fitting)}")
    try:
        period = periods.parse(row["period"])
    except ValueError as error:
        raise ClaimError(str(error)) from None
    if metric.kind == "since":
        _check_since(row, period)
    return Claim(
        claim_id=row["claim_id"],
        text=row["claim"],
        metric=metric,
        period=period,
        printed=parse_number(row["claimed_value"]),
        unit=unit,
        source_url=row["source_url"],
    )


def _check_since(row: dict[str, str], period: Period) -> None:
    if period.months != 1:
        raise ClaimError(f"{row['metric']} is claimed of one month, not of {period.label}")
    if not re.fullmatch(r"[12]\d{3}", row["claimed_value"]) or int(row["claimed_value"]) > period.start.year:
        raise ClaimError(f"{row['claimed_value']!r} is no year up to {period.start.year}")


def read(path: Path = REGISTER) -> list[Claim]:
    """Return the claims of a register. Raises ClaimError that names the file, the line and the reason."""
    claims: dict[str, Claim] = {}
    with path.open(encoding="utf-8", newline="") as file:
        rows = csv.DictReader(file, strict=True, restkey="too many cells", restval="")
        if tuple(rows.fieldnames or ()) != COLUMNS:
            raise ClaimError(f"{path.name}, line 1: the header must be {','.join(COLUMNS)}")
        for row in rows:
            try:
                claim = parse_claim(row)
                if claim.claim_id in claims:
                    raise ClaimError(f"claim_id {claim.claim_id!r} stands on more than one line")
            except ClaimError as error:
                raise ClaimError(f"{path.name}, line {rows.line_num}: {error}") from None
            claims[claim.claim_id] = claim
    return list(claims.values())

"""Synthetic claims, made from a record: true ones, ones with a lost label, and random numbers."""

import random
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import ROUND_HALF_EVEN, Decimal

from orchestration import periods
from orchestration.claims import metrics, units
from orchestration.claims.claim import COLUMNS, Claim, parse_claim
from orchestration.claims.figures import figures
from orchestration.claims.record import Record
from orchestration.claims.units import Unit
from orchestration.periods import Period

AMOUNTS = ("imports", "exports", "trade_deficit")
RATES = ("imports_yoy", "exports_yoy", "imports_mom", "exports_mom")
HKD_BN, PERCENT = units.parse("HKD bn"), units.parse("pct")
MONTHS = Period(periods.parse("2019-01").first_index, periods.parse("2026-08").last_index).each_month
LONGER = [
    periods.parse(label)
    for year in range(2019, 2026)
    for label in (str(year), f"{year}-H1", *(f"{year}-Q{quarter}" for quarter in range(1, 5)), f"{year}-01..{year}-08")
]
# With fewer digits a number fits too many figures to tell which one it is.
ENOUGH_DIGITS = 3


@dataclass(frozen=True)
class Lost:
    """A claim with one label lost, and what its diagnosis has to begin with."""

    label: str
    claim: Claim
    diagnosis: str

    def names(self, diagnosis: str | None) -> bool:
        """Say whether a diagnosis names the lost label, alone or among equally good ones."""
        label, _, change = self.diagnosis.partition(": ")
        return diagnosis is not None and label in diagnosis and change in diagnosis


def claim_of(metric: str, period: Period, value: Decimal, unit: Unit) -> Claim:
    cells = ("S1", "synthetic", metric, period.label, f"{value:f}", unit.name, "https://synthetic.example")
    return parse_claim(dict(zip(COLUMNS, cells, strict=True)))


def printed(record: Record, metric: str, period: Period, unit: Unit, decimals: int) -> Decimal | None:
    """Return the record's figure as somebody may print it; None where it holds none."""
    found = figures(record, metrics.parse(metric), period, unit.currency or "HKD")
    if not found:
        return None
    return (found[0].value / unit.size).quantize(Decimal(1).scaleb(-decimals), ROUND_HALF_EVEN)


def digits(value: Decimal) -> int:
    return len(f"{abs(value):f}".replace(".", "").lstrip("0"))


def true_claims(record: Record) -> Iterator[Claim]:
    """Yield claims that the record confirms, at each precision from none to three decimals."""
    for metric in (*AMOUNTS, *RATES, "deficit_pct_of_imports"):
        unit = HKD_BN if metric in AMOUNTS else PERCENT
        for period in MONTHS if metric.endswith("_mom") else [*MONTHS, *LONGER]:
            for decimals in range(4):
                value = printed(record, metric, period, unit, decimals)
                if value is not None:
                    yield claim_of(metric, period, value, unit)


def with_a_lost_label(record: Record) -> Iterator[Lost]:
    """Yield claims of which one label is lost, with enough digits to tell which, one decimal as the press prints."""
    for metric in (*AMOUNTS, *RATES):
        unit = HKD_BN if metric in AMOUNTS else PERCENT
        for period in MONTHS:
            value = printed(record, metric, period, unit, 1)
            if value is not None and digits(value) >= ENOUGH_DIGITS:
                yield from _lost(metric, period, value, unit)


def _lost(metric: str, period: Period, value: Decimal, unit: Unit) -> Iterator[Lost]:
    if metric in RATES or metric == "trade_deficit":
        yield Lost("sign", claim_of(metric, period, -value, unit), "sign: ")
    if metric in AMOUNTS:
        in_usd, in_mn = units.money("USD", "bn"), units.money("HKD", "mn")
        yield Lost("currency", claim_of(metric, period, value, in_usd), "currency: HKD, not USD")
        yield Lost("scale", claim_of(metric, period, value, in_mn), "scale: bn, not mn")
    for months in (1, -1, 12):
        other = period.back(-months)
        if other.first_index <= MONTHS[-1].first_index:
            words = f"{period.label}, not {other.label}"
            yield Lost("neighbouring month", claim_of(metric, other, value, unit), f"period: {words}")


def random_claims(count: int, seed: int = 1952) -> Iterator[Claim]:
    """Yield claims whose numbers mean nothing: amounts over two orders of magnitude, rates within 40 points of zero."""
    chance = random.Random(seed)  # noqa: S311
    for _ in range(count):
        period = chance.choice(MONTHS)
        if chance.random() < 0.5:
            amount = Decimal(f"{10 ** chance.uniform(1, 3):.1f}")
            yield claim_of(chance.choice(AMOUNTS), period, amount, chance.choice([HKD_BN, units.money("USD", "bn")]))
        else:
            yield claim_of(chance.choice(RATES), period, Decimal(f"{chance.uniform(-40, 40):.1f}"), PERCENT)


def near_misses(record: Record, count: int, seed: int = 1952) -> Iterator[Claim]:
    """Yield claims whose numbers are wrong by up to a fifth of an amount, or 10 points of a rate."""
    chance = random.Random(seed)  # noqa: S311
    made = 0
    while made < count:
        metric, period = chance.choice((*AMOUNTS, *RATES)), chance.choice(MONTHS)
        unit = HKD_BN if metric in AMOUNTS else PERCENT
        value = printed(record, metric, period, unit, 1)
        if value is not None:
            made += 1
            wrong = (
                float(value) * chance.uniform(0.8, 1.2) if metric in AMOUNTS else float(value) + chance.uniform(-10, 10)
            )
            yield claim_of(metric, period, Decimal(f"{wrong:.1f}"), unit)

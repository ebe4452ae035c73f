"""Verdicts, and the comparison behind each: exact decimals, at the precision that a claim prints."""

from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

from orchestration.claims import units
from orchestration.claims.claim import Claim
from orchestration.claims.levels import Basis, RecordFigure
from orchestration.claims.record import Evidence
from orchestration.claims.units import Printed, Unit


class Outcome(StrEnum):
    """The kinds of verdict."""

    CONFIRMED = "confirmed"
    ROUNDING = "rounding"
    BASIS_DIFFERENCE = "basis_difference"
    MISLABELLED = "mislabelled"
    CONTRADICTED = "contradicted"
    UNVERIFIABLE = "unverifiable"

    @property
    def label(self) -> str:
        """The verdict with its sign: `✓ confirmed`."""
        return f"{SIGNS[self]} {self.value.replace('_', ' ')}"


# Every page and table shows these signs, so that no reader depends on colours. The worst verdict comes first.
SIGNS = {
    Outcome.CONTRADICTED: "✗",
    Outcome.MISLABELLED: "↔",
    Outcome.UNVERIFIABLE: "?",
    Outcome.BASIS_DIFFERENCE: "≠",
    Outcome.ROUNDING: "≈",
    Outcome.CONFIRMED: "✓",
}
WORST_FIRST = tuple(SIGNS)

# Verdicts of a registered claim that need no warning.
SOUND = (Outcome.CONFIRMED, Outcome.ROUNDING, Outcome.BASIS_DIFFERENCE)


@dataclass(frozen=True)
class Verdict:
    """What the record says about a claim.

    `official_value` is as printed, in `official_unit`: a number, a month or a year. `difference` is claimed less
    official in that unit, in years since a year, in months since a month.
    """

    claim: Claim
    outcome: Outcome
    sentence: str
    diagnosis: str | None = None
    official_value: str | None = None
    official_unit: str | None = None
    difference: Decimal | None = None
    basis: Basis | None = None
    evidence: Evidence | None = None
    source_urls: tuple[str, ...] = ()


@dataclass(frozen=True)
class Comparison:
    """A printed number and one figure of the record, compared in the unit of the claim."""

    printed: Printed
    unit: Unit
    figure: RecordFigure

    @property
    def official(self) -> Decimal:
        """The figure of the record in the unit of the claim."""
        return self.figure.value / self.unit.size

    @property
    def shown(self) -> Decimal:
        """The official value with as many digits as it has to give, at most two more than the claim prints."""
        held = Decimal(1).scaleb((self.figure.rounding_unit / self.unit.size).adjusted())
        return self.official.quantize(max(held, self.printed.place / 100))

    @property
    def precision(self) -> Decimal:
        """The coarser of the two printed precisions, to which the numbers can be compared."""
        return max(self.printed.place, self.figure.rounding_unit / self.unit.size)

    @property
    def difference(self) -> Decimal:
        """Claimed less official, as shown."""
        return self.printed.value - self.shown

    @property
    def distance(self) -> Decimal:
        """The absolute difference, unrounded."""
        return abs(self.printed.value - self.official)

    @property
    def is_equal(self) -> bool:
        """True if the two are equal at the coarser precision, or near enough for an approximate claim."""
        tolerance = abs(self.printed.value) * self.unit.tolerance_pct / 100
        return self.distance <= max(self.precision / 2, tolerance)

    @property
    def is_off_by_one(self) -> bool:
        """True if the last printed place is off by one at most: truncated, or rounded twice."""
        return self.distance <= self.precision * 3 / 2

    def is_within(self, share: Decimal) -> bool:
        """Return True if the two differ by at most this share of the official value, beyond rounding."""
        return self.distance <= self.precision / 2 + share * abs(self.official)

    def verdict(self, claim: Claim, outcome: Outcome, sentence: str, diagnosis: str | None = None) -> Verdict:
        """Return a verdict with this figure as its official value."""
        return Verdict(
            claim=claim,
            outcome=outcome,
            sentence=sentence,
            diagnosis=diagnosis,
            official_value=f"{self.shown:f}",
            official_unit=units.exact(self.unit.name),
            difference=self.difference,
            basis=self.figure.basis,
            evidence=self.figure.evidence,
            source_urls=self.figure.source_urls,
        )

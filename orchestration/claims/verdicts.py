"""A verdict, and the comparison that it rests on: exact decimals, at the precision that a claim prints."""

from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

from orchestration.claims import units
from orchestration.claims.claim import Claim
from orchestration.claims.levels import Basis, Figure
from orchestration.claims.printed import Printed
from orchestration.claims.record import Evidence
from orchestration.claims.units import Unit


class Outcome(StrEnum):
    """What a claim turns out to be."""

    CONFIRMED = "confirmed"
    ROUNDING = "rounding"
    BASIS_DIFFERENCE = "basis_difference"
    MISLABELLED = "mislabelled"
    CONTRADICTED = "contradicted"
    UNVERIFIABLE = "unverifiable"

    @property
    def label(self) -> str:
        """The verdict as people see it everywhere: `✓ confirmed`."""
        return f"{SIGNS[self]} {self.value.replace('_', ' ')}"


# A sign beside each word: colours only repeat them. In the order in which a reader wants them, the wrong ones first.
SIGNS = {
    Outcome.CONTRADICTED: "✗",
    Outcome.MISLABELLED: "↔",
    Outcome.UNVERIFIABLE: "?",
    Outcome.BASIS_DIFFERENCE: "≠",
    Outcome.ROUNDING: "≈",
    Outcome.CONFIRMED: "✓",
}
WORST_FIRST = tuple(SIGNS)

# What a registered claim may turn out to be without a word of warning.
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
    """A printed number beside one figure of the record, both in one unit."""

    printed: Printed
    unit: Unit
    figure: Figure

    @property
    def official(self) -> Decimal:
        return self.figure.value / self.unit.size

    @property
    def shown(self) -> Decimal:
        """The official value with as many digits as it has to give, at most two more than the claim prints."""
        held = Decimal(1).scaleb((self.figure.rounding_unit / self.unit.size).adjusted())
        return self.official.quantize(max(held, self.printed.place / 100))

    @property
    def precision(self) -> Decimal:
        """The coarser of the two printed precisions: neither number says more than that."""
        return max(self.printed.place, self.figure.rounding_unit / self.unit.size)

    @property
    def difference(self) -> Decimal:
        return self.printed.value - self.shown

    @property
    def distance(self) -> Decimal:
        return abs(self.printed.value - self.official)

    @property
    def is_equal(self) -> bool:
        tolerance = abs(self.printed.value) * self.unit.tolerance_pct / 100
        return self.distance <= max(self.precision / 2, tolerance)

    @property
    def is_off_by_one(self) -> bool:
        """Truncated, or rounded elsewhere: the last printed place is off by one."""
        return self.distance <= self.precision * 3 / 2

    def is_within(self, share: Decimal) -> bool:
        """Say whether a published figure may lie this far from a sum of months, as a share of the sum."""
        return self.distance <= self.precision / 2 + share * abs(self.official)

    def verdict(self, claim: Claim, outcome: Outcome, sentence: str, diagnosis: str | None = None) -> Verdict:
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

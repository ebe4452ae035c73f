"""From a claim and the record's figures to a verdict: exact decimals, at the precision that the claim prints."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

from orchestration.claims.evidence import Basis, Evidence, Figure
from orchestration.claims.late_corrections import Allowance
from orchestration.claims.register import Claim

BASIS_WORDS: dict[Basis, str] = {"published": "the figure as published", "sum_of_months": "the sum of the months"}
EVIDENCE_WORDS: dict[Evidence, str] = {
    "official": "an official figure",
    "derived": "worked out from official figures",
    "reported": "as the press reports it",
}


class Outcome(StrEnum):
    """What a claim turns out to be."""

    CONFIRMED = "confirmed"
    ROUNDING = "rounding"
    BASIS_DIFFERENCE = "basis_difference"
    CONTRADICTED = "contradicted"
    UNVERIFIABLE = "unverifiable"


@dataclass(frozen=True)
class Verdict:
    """What the record says about a claim: values in the claim's own unit, the difference claimed less official."""

    claim: Claim
    outcome: Outcome
    sentence: str
    official_value: Decimal | None = None
    difference: Decimal | None = None
    basis: Basis | None = None
    evidence: Evidence | None = None
    source_urls: tuple[str, ...] = ()


@dataclass(frozen=True)
class Comparison:
    """A claim beside one figure of the record, both in the claim's unit."""

    claim: Claim
    figure: Figure

    @property
    def official(self) -> Decimal:
        return self.figure.value / self.claim.unit.size

    @property
    def shown(self) -> Decimal:
        """The official value with as many digits as it has to give, at most two more than the claim prints."""
        held = Decimal(1).scaleb((self.figure.rounding_unit / self.claim.unit.size).adjusted())
        return self.official.quantize(max(held, self.claim.printed.place / 100))

    @property
    def precision(self) -> Decimal:
        """The coarser of the two printed precisions: neither number says more than that."""
        return max(self.claim.printed.place, self.figure.rounding_unit / self.claim.unit.size)

    @property
    def distance(self) -> Decimal:
        return abs(self.claim.printed.value - self.official)

    @property
    def is_equal(self) -> bool:
        tolerance = abs(self.claim.printed.value) * self.claim.unit.tolerance_pct / 100
        return self.distance <= max(self.precision / 2, tolerance)

    @property
    def is_off_by_one(self) -> bool:
        """Truncated, or rounded elsewhere: the last printed place is off by one."""
        return self.distance <= self.precision * 3 / 2

    def is_late_correction(self, allowance: Allowance | None) -> bool:
        """Say whether a published figure may lie this far from a sum of months."""
        if self.figure.basis == "published" or allowance is None:
            return False
        return self.distance <= self.precision / 2 + allowance.share * abs(self.official)

    def verdict(self, outcome: Outcome, sentence: str) -> Verdict:
        return Verdict(
            claim=self.claim,
            outcome=outcome,
            sentence=sentence,
            official_value=self.shown,
            difference=self.claim.printed.value - self.shown,
            basis=self.figure.basis,
            evidence=self.figure.evidence,
            source_urls=self.figure.source_urls,
        )


def judge(claim: Claim, figures: Sequence[Figure], allowance: Allowance | None) -> Verdict:
    """Return the verdict by the record's figures, the best first, and by what late corrections may explain."""
    compared = [Comparison(claim, figure) for figure in figures]
    independent = [each for each in compared if not each.figure.stands_on(claim.source_url)]
    own = [each for each in compared if each.figure.stands_on(claim.source_url)]
    if not independent:
        return unverifiable(claim, held_from_own_page=bool(own))
    best = independent[0]
    if best.is_equal:
        return best.verdict(Outcome.CONFIRMED, f"{_held(best)}{_agreement(claim)}.")
    for other in independent[1:]:
        if other.is_equal and other.figure.basis != best.figure.basis:
            return other.verdict(Outcome.BASIS_DIFFERENCE, _equals_other_basis(best, other))
    is_late_correction = best.is_late_correction(allowance)
    if best.is_off_by_one and not (is_late_correction and any(each.is_equal for each in own)):
        sentence = f"{_held(best)}; the claim's {_claimed(claim)} is off by one in its last digit."
        return best.verdict(Outcome.ROUNDING, sentence)
    if allowance and is_late_correction:
        return best.verdict(Outcome.BASIS_DIFFERENCE, _late_correction(best, allowance, bool(own)))
    return best.verdict(Outcome.CONTRADICTED, f"{_held(best)}; the claim's {_claimed(claim)} is {_off(best)}.")


def _claimed(claim: Claim) -> str:
    return ("about " if claim.unit.tolerance_pct else "") + claim.unit.write(claim.printed.value)


def _held(comparison: Comparison) -> str:
    claim, figure = comparison.claim, comparison.figure
    basis = f"{BASIS_WORDS[figure.basis]}, " if claim.period.months > 1 else ""
    return (
        f"The record has {claim.metric.words} in {claim.period.words} at {claim.unit.write(comparison.shown)}"
        f" ({basis}{EVIDENCE_WORDS[figure.evidence]})"
    )


def _agreement(claim: Claim) -> str:
    if claim.unit.tolerance_pct:
        return f", within {claim.unit.tolerance_pct} % of the {claim.unit.write(claim.printed.value)} claimed"
    return f", which is {_claimed(claim)} at the precision printed"


def _off(comparison: Comparison) -> str:
    difference = comparison.claim.printed.value - comparison.shown
    return f"{comparison.claim.unit.write_difference(abs(difference))} {'above' if difference > 0 else 'below'} that"


def _equals_other_basis(best: Comparison, other: Comparison) -> str:
    return (
        f"{_held(other)}, which is the {_claimed(best.claim)} claimed; {BASIS_WORDS[best.figure.basis]} is"
        f" {best.claim.unit.write(best.shown)}, since late corrections enter only cumulative figures."
    )


def _late_correction(best: Comparison, allowance: Allowance, held_from_own_page: bool) -> str:
    past = allowance.envelope
    own_page = "; the published figure is held only from the claim's own page, which can't confirm itself"
    return (
        f"{_held(best)}; the claim's {_claimed(best.claim)} is {_off(best)}, as late corrections may put a published"
        f" figure: in {past.periods} other periods they came to {past.widest.pct:.2f} % of exports at most"
        f" ({past.widest.period_label}), which allows {past.limit_pct:.2f} %{own_page if held_from_own_page else ''}."
    )


def unverifiable(claim: Claim, *, held_from_own_page: bool) -> Verdict:
    what = f"{claim.metric.words} in {claim.period.words}"
    sentence = f"The record holds no figure for {what} to hold the claim against."
    if held_from_own_page:
        sentence = f"The record has {what} only from the claim's own page, which can't confirm itself."
    return Verdict(claim, Outcome.UNVERIFIABLE, sentence)

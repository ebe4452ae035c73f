"""Phrases for the sentences of verdicts."""

from orchestration.claims.claim import Claim
from orchestration.claims.levels import Basis
from orchestration.claims.metrics import Metric
from orchestration.claims.record import Evidence, Member, Record
from orchestration.claims.units import Unit, parse_number
from orchestration.claims.verdicts import Comparison
from orchestration.periods import Period

BASIS_WORDS: dict[Basis, str] = {
    "published": "the figure as published",
    "sum_of_months": "the sum of the months",
    "average_of_months": "the average of the months",
    "earlier_vintage": "the figure as it was first published",
}
EVIDENCE_WORDS: dict[Evidence, str] = {
    "official": "an official figure",
    "derived": "worked out from official figures",
    "reported": "as the press reports it",
}


def what(record: Record, metric: Metric, member: Member) -> str:
    """Return what a metric measures, with its partner or category: `total exports to Vietnam`."""
    words = metric.measured.words
    if member in (("", ""), ("partner", "0")):
        return words
    name = record.history.members.names.get(member, member[1])
    if member[0] != "partner":
        return words.replace(metric.quantity.words, f"{metric.quantity.words} of {name}")
    joint = "from" if "imports" in metric.quantity.words else "to"
    return words.replace(metric.quantity.words, f"{metric.quantity.words} {joint} {name}")


def claimed(claim: Claim) -> str:
    """Return the claimed number for a sentence: `about 10 %`, `HK$89.1 bn`, `since 1952`."""
    return written(claim.claimed_value, claim.unit)


def written(value: str, unit: Unit) -> str:
    """Return a printed number with its unit, for a sentence."""
    if unit.name in ("since_year", "since_month"):
        return unit.template.format(value)
    return ("about " if unit.is_approximate else "") + unit.write(parse_number(value).value)


def record_has(what_words: str, comparison: Comparison, period: Period) -> str:
    """Return the figure of the record, for the beginning of a sentence."""
    figure = comparison.figure
    basis = f"{BASIS_WORDS[figure.basis]}, " if period.months > 1 or figure.basis == "earlier_vintage" else ""
    return (
        f"The record has {what_words} in {period.words} at {comparison.unit.write(comparison.shown)}"
        f" ({basis}{EVIDENCE_WORDS[figure.evidence]})"
    )


def agreement(claim: Claim) -> str:
    """Return how a confirmed claim agrees, for the end of a sentence."""
    if claim.unit.is_approximate:
        return f", within {claim.unit.tolerance_pct} % of the {claim.unit.write(claim.printed.value)} claimed"
    return f", which is {claimed(claim)} at the precision printed"


def off(comparison: Comparison) -> str:
    """Return how far a claim lies from the record: `HK$1.071 bn above that`."""
    difference = comparison.difference
    return f"{comparison.unit.write_difference(abs(difference))} {'above' if difference > 0 else 'below'} that"


def listed(words: list[str], conjunction: str = "or") -> str:
    """Return words as a list in a sentence: `a, b or c`."""
    return f" {conjunction} ".join([", ".join(words[:-1]), words[-1]]) if len(words) > 1 else words[0]

"""Judge a claim by a record."""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import date

from orchestration.claims import diagnosis, history, wording
from orchestration.claims.claim import Claim, ClaimError
from orchestration.claims.late_corrections import Allowance, allowance
from orchestration.claims.members import member_of
from orchestration.claims.metrics import MetricError
from orchestration.claims.other_figures import compared, earlier_vintage, scale_slip
from orchestration.claims.reading import BadRow, BadRows
from orchestration.claims.record import Member, Record, page_of
from orchestration.claims.relabellings import RATES
from orchestration.claims.verdicts import Comparison, Outcome, Verdict


@dataclass
class Judged:
    """The verdicts on a batch of claims, in its order, and the rows that could not be judged."""

    verdicts: list[Verdict] = field(default_factory=list)
    bad: BadRows = field(default_factory=BadRows)


def judge_all(record: Record, claims: Iterable[tuple[str, Claim]], bad: BadRows | None = None) -> Judged:
    """Return a verdict on each claim of (place, claim) pairs, as `reading.Batch` has them.

    A claim whose words name no partner or category, or several, is added to the bad rows, and so is one whose months
    are counted by a metric that does not exist.
    """
    judged = Judged(bad=bad or BadRows())
    for place, claim in claims:
        try:
            judged.verdicts.append(judge(record, claim))
        except (ClaimError, MetricError) as error:
            judged.bad.add(BadRow(place, str(error)))
    return judged


def judge(record: Record, claim: Claim) -> Verdict:
    """Return the verdict on a claim. Raises ClaimError if its words name no partner or category, or several.

    Figures that the record holds from the claim's own page are no evidence: they are left out before any computing.
    """
    verdict = _judge(record, claim)
    if record.on_day is None:
        return verdict
    return replace(verdict, sentence=f"By what had been published on {record.on_day}: {verdict.sentence}")


def _judge(record: Record, claim: Claim) -> Verdict:
    member = member_of(claim, record)
    independent = record.without(page_of(claim.source_url)) if claim.source_url else record
    if not claim.metric.view:
        return _judge_value(record, independent, claim, member)
    number = _judge_value(record, independent, claim, member) if claim.unit.kind == claim.metric.kind else None
    return history.judge(independent, claim, member, number)


def _judge_value(record: Record, independent: Record, claim: Claim, member: Member) -> Verdict:
    found = compared(independent, claim, member)
    what = wording.what(record, claim.metric, member)
    if not found:
        return _without_figure(record, independent, claim, member)
    best = found[0]
    if best.is_equal:
        sentence = f"{wording.record_has(what, best, claim.period)}{wording.agreement(claim)}."
        return best.verdict(claim, Outcome.CONFIRMED, sentence)
    for other in found[1:]:
        if other.is_equal and other.figure.basis != best.figure.basis:
            return other.verdict(claim, Outcome.BASIS_DIFFERENCE, _equals_other_basis(what, claim, best, other))
    if earlier := earlier_vintage(independent, claim, member):
        sentence = _equals_earlier_vintage(what, claim, best, *earlier)
        return earlier[1].verdict(claim, Outcome.BASIS_DIFFERENCE, sentence)
    return _judge_difference(record, independent, claim, member, best)


def _judge_difference(record: Record, independent: Record, claim: Claim, member: Member, best: Comparison) -> Verdict:
    """Return the verdict on a number that equals no figure under the claim's own label."""
    held = wording.record_has(wording.what(record, claim.metric, member), best, claim.period)
    known = {each.figure for each in compared(independent, claim, member)}
    own = [each for each in compared(record, claim, member) if each.figure not in known]
    allowed = _late_corrections(record, claim, best)
    if best.is_off_by_one and not (allowed and any(each.is_equal for each in own)):
        sentence = f"{held}; the claim's {wording.claimed(claim)} is off by one in its last digit."
        return best.verdict(claim, Outcome.ROUNDING, sentence)
    if allowed:
        sentence = _late_correction(held, claim, best, allowed, bool(own))
        return best.verdict(claim, Outcome.BASIS_DIFFERENCE, sentence)
    found = diagnosis.diagnose(independent, claim, member)
    outcome = Outcome.MISLABELLED if found.explanations else Outcome.CONTRADICTED
    sentence = f"{held}; the claim's {wording.claimed(claim)} is {wording.off(best)}."
    return best.verdict(claim, outcome, f"{sentence} {found.sentence(record, member)}".strip(), found.text)


def _late_corrections(record: Record, claim: Claim, best: Comparison) -> Allowance | None:
    """Return what late corrections allow, if that explains the claim's distance from a sum of months.

    It comes from other periods, so figures of the claim's own page may take part.
    """
    if best.figure.basis != "sum_of_months" or claim.metric.measure not in ("level", "share"):
        return None
    allowed = allowance(record, claim.metric.quantity.name, claim.period)
    return allowed if allowed and best.is_within(allowed.share) else None


def _without_figure(record: Record, independent: Record, claim: Claim, member: Member) -> Verdict:
    """Return the verdict if the record holds nothing under the claim's own label; its digits may still fit another."""
    if claim.unit.currency not in ("", *RATES):
        found = diagnosis.diagnose(independent, claim, member)
        if found.explanations:
            best = found.explanations[0].comparison
            return best.verdict(claim, Outcome.MISLABELLED, found.sentence(record, member), found.text)
    if slip := scale_slip(independent, claim, member):
        return slip
    of = f"{wording.what(record, claim.metric, member)} in {claim.period.words}"
    sentence = f"The record holds no figure for {of} to hold the claim against."
    if compared(record, claim, member):
        sentence = f"The record has {of} only from the claim's own page, which can't confirm itself."
    return Verdict(claim, Outcome.UNVERIFIABLE, sentence)


def _equals_other_basis(what: str, claim: Claim, best: Comparison, other: Comparison) -> str:
    return (
        f"{wording.record_has(what, other, claim.period)}, which is the {wording.claimed(claim)} claimed;"
        f" {wording.BASIS_WORDS[best.figure.basis]} is {best.unit.write(best.shown)}, since late corrections enter only"
        " cumulative figures."
    )


def _equals_earlier_vintage(what: str, claim: Claim, best: Comparison, day: date, earlier: Comparison) -> str:
    return (
        f"Until {day} the record had {what} in {claim.period.words} at {earlier.unit.write(earlier.shown)}, which is"
        f" the {wording.claimed(claim)} claimed; since then it is {best.unit.write(best.shown)}."
    )


def _late_correction(held: str, claim: Claim, best: Comparison, allowed: Allowance, held_from_own_page: bool) -> str:
    past = allowed.envelope
    own_page = "; the published figure is held only from the claim's own page, which can't confirm itself"
    return (
        f"{held}; the claim's {wording.claimed(claim)} is {wording.off(best)}, as late corrections may put a published"
        f" figure: in {past.periods} other periods they came to {past.widest.pct:.2f} % of exports at most"
        f" ({past.widest.period.label}), which allows {past.limit_pct:.2f} %{own_page if held_from_own_page else ''}."
    )

"""From a claim and a record to a verdict."""

from dataclasses import replace
from datetime import date

from orchestration.claims import diagnosis, history, wording
from orchestration.claims.claim import Claim
from orchestration.claims.late_corrections import Allowance, allowance
from orchestration.claims.levels import Subject
from orchestration.claims.members import subject_of
from orchestration.claims.other_figures import compared, earlier_vintage, scale_slip
from orchestration.claims.record import Record, page_of
from orchestration.claims.relabellings import RATES
from orchestration.claims.verdicts import Comparison, Outcome, Verdict


def judge(record: Record, claim: Claim) -> Verdict:
    """Return the verdict on a claim. Raises ClaimError where its words name no partner or category, or several.

    The page of the claim is no evidence: what the record holds from there is left out before anything is worked out.
    """
    verdict = _judge(record, claim)
    if record.on_day is None:
        return verdict
    return replace(verdict, sentence=f"By what had been published on {record.on_day}: {verdict.sentence}")


def _judge(record: Record, claim: Claim) -> Verdict:
    subject = subject_of(claim, record)
    independent = record.without(page_of(claim.source_url)) if claim.source_url else record
    if not claim.metric.view:
        return _judge_value(record, independent, claim, subject)
    number = _judge_value(record, independent, claim, subject) if claim.unit.kind == claim.metric.kind else None
    return history.judge(independent, claim, subject, number)


def _judge_value(record: Record, independent: Record, claim: Claim, subject: Subject) -> Verdict:
    found = compared(independent, claim, subject)
    what = wording.what(record, claim.metric, subject)
    if not found:
        return _without_figure(record, independent, claim, subject)
    best = found[0]
    if best.is_equal:
        sentence = f"{wording.held(what, best, claim.period)}{wording.agreement(claim)}."
        return best.verdict(claim, Outcome.CONFIRMED, sentence)
    for other in found[1:]:
        if other.is_equal and other.figure.basis != best.figure.basis:
            return other.verdict(claim, Outcome.BASIS_DIFFERENCE, _equals_other_basis(what, claim, best, other))
    if earlier := earlier_vintage(independent, claim, subject):
        sentence = _equals_earlier_vintage(what, claim, best, *earlier)
        return earlier[1].verdict(claim, Outcome.BASIS_DIFFERENCE, sentence)
    return _judge_difference(record, independent, claim, subject, best)


def _judge_difference(record: Record, independent: Record, claim: Claim, subject: Subject, best: Comparison) -> Verdict:
    """Return the verdict on a number that no figure equals under the claim's own label."""
    held = wording.held(wording.what(record, claim.metric, subject), best, claim.period)
    known = {each.figure for each in compared(independent, claim, subject)}
    own = [each for each in compared(record, claim, subject) if each.figure not in known]
    allowed = _late_corrections(record, claim, best)
    if best.is_off_by_one and not (allowed and any(each.is_equal for each in own)):
        sentence = f"{held}; the claim's {wording.claimed(claim)} is off by one in its last digit."
        return best.verdict(claim, Outcome.ROUNDING, sentence)
    if allowed:
        sentence = _late_correction(held, claim, best, allowed, bool(own))
        return best.verdict(claim, Outcome.BASIS_DIFFERENCE, sentence)
    found = diagnosis.diagnose(independent, claim, subject)
    outcome = Outcome.MISLABELLED if found.explanations else Outcome.CONTRADICTED
    sentence = f"{held}; the claim's {wording.claimed(claim)} is {wording.off(best)}."
    return best.verdict(claim, outcome, f"{sentence} {found.sentence(record, subject)}".strip(), found.text)


def _late_corrections(record: Record, claim: Claim, best: Comparison) -> Allowance | None:
    """Return the envelope of late corrections if they explain the claim's distance from a sum of months.

    It is that of the whole record: of other periods, whatever their page.
    """
    if best.figure.basis != "sum_of_months" or claim.metric.measure not in ("level", "share"):
        return None
    allowed = allowance(record, claim.metric.quantity.name, claim.period)
    return allowed if allowed and best.is_within(allowed.share) else None


def _without_figure(record: Record, independent: Record, claim: Claim, subject: Subject) -> Verdict:
    """Return the verdict where the record holds nothing under the claim's own label: it may still fit another."""
    if claim.unit.currency not in ("", *RATES):
        found = diagnosis.diagnose(independent, claim, subject)
        if found.explanations:
            best = found.explanations[0].comparison
            return best.verdict(claim, Outcome.MISLABELLED, found.sentence(record, subject), found.text)
    if slip := scale_slip(independent, claim, subject):
        return slip
    of = f"{wording.what(record, claim.metric, subject)} in {claim.period.words}"
    sentence = f"The record holds no figure for {of} to hold the claim against."
    if compared(record, claim, subject):
        sentence = f"The record has {of} only from the claim's own page, which can't confirm itself."
    return Verdict(claim, Outcome.UNVERIFIABLE, sentence)


def _equals_other_basis(what: str, claim: Claim, best: Comparison, other: Comparison) -> str:
    return (
        f"{wording.held(what, other, claim.period)}, which is the {wording.claimed(claim)} claimed;"
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

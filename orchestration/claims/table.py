"""Verdicts as rows of text: for `fct_claim_verdicts` and for the files that `entrepot claims check` writes."""

from collections.abc import Iterator

from orchestration.claims import register, units, wording
from orchestration.claims.claim import ClaimError
from orchestration.claims.judge import judge
from orchestration.claims.record import Record
from orchestration.claims.verdicts import WORST_FIRST, Verdict

COLUMNS = (
    "claim_id",
    "claim",
    "metric",
    "period_label",
    "claimed_value",
    "claimed_unit",
    "verdict",
    "diagnosis",
    "official_value",
    "official_unit",
    "difference",
    "basis",
    "evidence",
    "sentence",
    "source_url",
    "evidence_urls",
)
# For display: numbers with their units, the verdict with its sign, and its severity (1 is the worst).
SHOWN_COLUMNS = ("claimed", "official", "verdict_label", "severity")
REGISTERED_COLUMNS = (*COLUMNS, *SHOWN_COLUMNS, "settled_verdict", "is_gate")

Row = dict[str, str | None]


def row_of(verdict: Verdict) -> Row:
    """Return a verdict as text by column, None for an empty one. `evidence_urls` has one address per line."""
    claim = verdict.claim
    cells = (
        claim.claim_id,
        claim.text,
        claim.metric_name,
        claim.period.label,
        claim.claimed_value,
        claim.unit.name,
        verdict.outcome.value,
        verdict.diagnosis,
        verdict.official_value,
        verdict.official_unit,
        None if verdict.difference is None else f"{verdict.difference:f}",
        verdict.basis,
        verdict.evidence,
        verdict.sentence,
        claim.source_url,
        "\n".join(verdict.source_urls) or None,
    )
    return dict(zip(COLUMNS, cells, strict=True))


def registered(record: Record) -> Iterator[Row]:
    """Yield the verdicts on the registered claims: a row with REGISTERED_COLUMNS for each.

    Raises ClaimError that names the claim if its words name no partner or category, or several.
    """
    for each in register.read():
        settled = {"settled_verdict": each.settled and each.settled.value, "is_gate": str(each.gates).lower()}
        try:
            verdict = judge(record, each.claim)
        except ClaimError as error:
            raise ClaimError(f"{register.REGISTER.name}, claim {each.claim.claim_id}: {error}") from None
        yield row_of(verdict) | _shown(verdict) | settled


def _shown(verdict: Verdict) -> Row:
    official = None
    if verdict.official_value and verdict.official_unit:
        official = wording.written(verdict.official_value, units.parse(verdict.official_unit))
    severity = str(WORST_FIRST.index(verdict.outcome) + 1)
    cells = (wording.claimed(verdict.claim), official, verdict.outcome.label, severity)
    return dict(zip(SHOWN_COLUMNS, cells, strict=True))

"""The registered claims, held against the figures of this very release."""

from urllib.parse import urlsplit

from duckdb import DuckDBPyConnection

from orchestration.claims import register
from orchestration.claims.judge import judge
from orchestration.claims.verdicts import Outcome, Verdict
from orchestration.report.document import Cell, Column, Section, Table, Tone, nothing_held
from orchestration.report.wording import listed, text_cell

# A word and a sign for each: the colour only repeats them.
SIGNS: dict[Outcome, tuple[str, Tone]] = {
    Outcome.CONFIRMED: ("✓", "good"),
    Outcome.ROUNDING: ("≈", "good"),
    Outcome.BASIS_DIFFERENCE: ("≠", "warn"),
    Outcome.CONTRADICTED: ("✗", "bad"),
    Outcome.UNVERIFIABLE: ("?", "warn"),
}


def claims(connection: DuckDBPyConnection) -> Section:
    """Return each registered claim with its verdict and the sentence that explains it."""
    verdicts = [judge(connection, claim) for claim in register.read()]
    if not verdicts:
        return nothing_held("claims", "Claims held against the record", "registered claim")
    counts = [
        f"{count} {_word(outcome)}"
        for outcome in Outcome
        if (count := sum(verdict.outcome is outcome for verdict in verdicts))
    ]
    table = Table(
        "Registered claims and their verdicts",
        [
            Column("Claim"),
            Column("Verdict"),
            Column("What was claimed", "prose"),
            Column("What the record says", "prose"),
            Column("Claimed by"),
        ],
        [_row(verdict) for verdict in verdicts],
    )
    sentence = f"{len(verdicts)} numbers that the press printed: {listed(counts)}. A page never confirms itself."
    return Section("claims", "Claims held against the record", sentences=[sentence], tables=[table])


def _word(outcome: Outcome) -> str:
    return outcome.value.replace("_", " ")


def _row(verdict: Verdict) -> list[Cell]:
    sign, tone = SIGNS.get(verdict.outcome, ("!", "bad"))
    claim = verdict.claim
    return [
        Cell(claim.claim_id),
        Cell(f"{sign} {_word(verdict.outcome)}", _word(verdict.outcome), tone=tone),
        text_cell(f"{claim.text}: {claim.unit.write(claim.printed.value)}"),
        text_cell(verdict.sentence),
        Cell(urlsplit(claim.source_url).hostname or claim.source_url, url=claim.source_url),
    ]

"""The registered claims, held against the figures of this very release."""

from typing import Any
from urllib.parse import urlsplit

from duckdb import DuckDBPyConnection

from orchestration.claims import units
from orchestration.claims.printed import parse_number
from orchestration.claims.verdicts import SIGNS, Outcome
from orchestration.report.document import Cell, Column, Section, Table, Tone, nothing_held
from orchestration.report.wording import listed, text_cell

TONES: dict[Outcome, Tone] = {
    Outcome.CONFIRMED: "good",
    Outcome.ROUNDING: "good",
    Outcome.BASIS_DIFFERENCE: "warn",
    Outcome.MISLABELLED: "bad",
    Outcome.CONTRADICTED: "bad",
    Outcome.UNVERIFIABLE: "warn",
}
VERDICTS = """
select claim_id, claim, claimed_value, claimed_unit, verdict, sentence, source_url
from marts.fct_claim_verdicts
order by claim_id
"""


def claims(connection: DuckDBPyConnection) -> Section:
    """Return each registered claim with its verdict and the sentence that explains it."""
    result = connection.execute(VERDICTS)
    names = [name for name, *_ in result.description]
    rows = [dict(zip(names, row, strict=True)) for row in result.fetchall()]
    if not rows:
        return nothing_held("claims", "Claims held against the record", "registered claim")
    counts = [
        f"{count} {_word(outcome)}" for outcome in Outcome if (count := sum(row["verdict"] == outcome for row in rows))
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
        [_row(row) for row in rows],
    )
    sentence = f"{len(rows)} numbers that the press printed: {listed(counts)}. A page never confirms itself."
    return Section("claims", "Claims held against the record", sentences=[sentence], tables=[table])


def _word(outcome: Outcome) -> str:
    return outcome.value.replace("_", " ")


def _row(row: dict[str, Any]) -> list[Cell]:
    outcome = Outcome(row["verdict"])
    return [
        Cell(row["claim_id"]),
        Cell(f"{SIGNS[outcome]} {_word(outcome)}", _word(outcome), tone=TONES[outcome]),
        text_cell(f"{row['claim']}: {_claimed(row['claimed_value'], row['claimed_unit'])}"),
        text_cell(row["sentence"]),
        Cell(urlsplit(row["source_url"]).hostname or row["source_url"], url=row["source_url"]),
    ]


def _claimed(value: str, unit: str) -> str:
    if unit.startswith("since_"):
        return f"since {value}"
    return units.parse(unit).write(parse_number(value).value)

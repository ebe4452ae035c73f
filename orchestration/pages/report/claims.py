"""The section on registered claims, each judged by the figures of this release: the wrong ones first."""

from itertools import groupby
from operator import itemgetter
from urllib.parse import urlsplit

from duckdb import DuckDBPyConnection

from orchestration import periods
from orchestration.claims.verdicts import SOUND, WORST_FIRST, Outcome
from orchestration.pages.report.document import Cell, Column, Section, Table, Tile, Tone, empty_section
from orchestration.pages.report.queries import Row, fetch_rows
from orchestration.pages.report.wording import text_cell

# What each verdict means, and its colour.
MEANINGS: dict[Outcome, tuple[str, Tone]] = {
    Outcome.CONTRADICTED: ("the record says otherwise, and no other label explains it", "bad"),
    Outcome.MISLABELLED: ("the right digits under a wrong label", "bad"),
    Outcome.UNVERIFIABLE: ("the record has no independent figure", "warn"),
    Outcome.BASIS_DIFFERENCE: ("equals another official basis, or differs as late corrections do", "warn"),
    Outcome.ROUNDING: ("off by one in the last printed place", "good"),
    Outcome.CONFIRMED: ("equal at the precision printed", "good"),
}
REGISTERED_CLAIMS = """
select claim_id, claim, period_label, claimed, verdict, diagnosis, sentence, source_url
from marts.fct_claim_verdicts
"""
COLUMNS = [
    Column("Claim"),
    Column("Verdict"),
    Column("What was claimed", "prose"),
    Column("What the record says", "prose"),
    Column("Claimed by"),
]


def claims(connection: DuckDBPyConnection) -> Section:
    """Return how many registered claims have each verdict, and each claim with the explanation of its verdict."""
    registered = sorted(fetch_rows(connection, REGISTERED_CLAIMS), key=_sort_key)
    if not registered:
        return empty_section("claims", "Claims checked against the record", "registered claim")
    counts = {outcome: sum(row["verdict"] == outcome for row in registered) for outcome in WORST_FIRST}
    shown = [
        _row(row, is_first=not number)
        for _, group in groupby(registered, itemgetter("verdict"))
        for number, row in enumerate(group)
    ]
    return Section(
        "claims",
        "Claims checked against the record",
        tiles=[_tile(outcome, count) for outcome, count in counts.items()],
        sentences=[_summary(counts)],
        tables=[Table("Registered claims and their verdicts", COLUMNS, shown, is_stacked=True)],
    )


def _sort_key(row: Row) -> tuple[int, int, int, str]:
    """Return the key that sorts claims by verdict, then the newest period first, then the longer period."""
    period = periods.parse(row["period_label"])
    return WORST_FIRST.index(Outcome(row["verdict"])), -period.last_index, period.first_index, row["claim_id"]


def _summary(counts: dict[Outcome, int]) -> str:
    sound = sum(counts[outcome] for outcome in SOUND)
    wrong = counts[Outcome.CONTRADICTED] + counts[Outcome.MISLABELLED]
    return (
        f"Of {sum(counts.values())} numbers that the press printed, {sound} are sound, {wrong} are wrong, and"
        f" {counts[Outcome.UNVERIFIABLE]} can't be judged. The page that makes a claim is never evidence for it."
    )


def _tile(outcome: Outcome, count: int) -> Tile:
    meaning, tone = MEANINGS[outcome]
    return Tile(outcome.label, str(count), notes=[meaning], tone=tone, anchor=_anchor(outcome) if count else "")


def _anchor(outcome: Outcome) -> str:
    return f"claims-{outcome.value.replace('_', '-')}"


def _row(row: Row, *, is_first: bool) -> list[Cell]:
    outcome = Outcome(row["verdict"])
    rank, (_, tone) = WORST_FIRST.index(outcome), MEANINGS[outcome]
    return [
        Cell(row["claim_id"], anchor=_anchor(outcome) if is_first else ""),
        Cell(outcome.label, str(rank), tone=tone, note=row["diagnosis"] or ""),
        text_cell(f"{row['claim']}: {row['claimed']}"),
        text_cell(row["sentence"]),
        Cell(_host(row["source_url"]), url=row["source_url"]),
    ]


def _host(url: str) -> str:
    return (urlsplit(url).hostname or url).removeprefix("www.")

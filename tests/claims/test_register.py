"""The registered claims: the article's gate a release, the others were settled when they were registered."""

from pathlib import Path

import pytest

from orchestration.claims import register
from orchestration.claims.claim import COLUMNS, ClaimError
from orchestration.claims.record import Record
from orchestration.claims.table import REGISTERED_COLUMNS, registered
from orchestration.claims.verdicts import Outcome
from testing.tiny_record import claim

HEADER = f"{','.join(COLUMNS)},settled_verdict\n"
ROW = "X1,text,imports,2026-03,707.5,HKD bn,https://a.example,"


def read(folder: Path, *rows: str) -> tuple[register.Registered, ...]:
    path = folder / "register.csv"
    path.write_text(HEADER + "".join(f"{row}\n" for row in rows))
    return register.read(path)


def test_eight_claims_of_the_article_gate_a_release() -> None:
    gates = [each.claim for each in register.read() if each.gates]
    assert [claim.claim_id for claim in gates] == [f"C00{number}" for number in range(1, 9)]
    assert len({claim.source_url for claim in gates}) == 1


def test_claim_is_registered_by_adding_a_row(tmp_path: Path) -> None:
    [gate, settled] = read(tmp_path, ROW, ROW.replace("X1", "X2") + "contradicted")
    assert (gate.gates, settled.gates, settled.settled) == (True, False, Outcome.CONTRADICTED)


@pytest.mark.parametrize(
    ("settled", "outcome", "expected"),
    [
        ("", "rounding", True),
        ("", "contradicted", False),
        ("", "unverifiable", False),
        ("basis_difference", "confirmed", True),
        ("confirmed", "mislabelled", False),
        ("contradicted", "contradicted", True),
        ("contradicted", "confirmed", False),
        ("unverifiable", "confirmed", False),
    ],
)
def test_verdict_is_as_settled_if_equal_or_still_sound(
    tmp_path: Path, settled: str, outcome: str, expected: bool
) -> None:
    [each] = read(tmp_path, ROW + settled)
    assert each.is_as_settled(Outcome(outcome)) == expected


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        (ROW + "right", "line 2: 'right' is not a verdict: confirmed, rounding"),
        (ROW.replace("X1", ""), "line 2: a registered claim has a claim_id and a source_url"),
        (ROW.replace("https://a.example", ""), "line 2: a registered claim has a claim_id and a source_url"),
        (ROW.replace("2026-03", "2026-13"), "line 2: '2026-13' is no period"),
    ],
)
def test_register_with_a_bad_row_is_refused(tmp_path: Path, row: str, reason: str) -> None:
    with pytest.raises(ClaimError) as error:
        read(tmp_path, row)
    assert reason in str(error.value)


def test_registered_claim_without_a_known_partner_is_named(monkeypatch: pytest.MonkeyPatch, released: Record) -> None:
    without_partner = register.Registered(claim("partner_exports", "2025", "1", text="Exports to Atlantis"), None)
    monkeypatch.setattr(register, "read", lambda: (without_partner,))
    with pytest.raises(ClaimError, match=r"^register.csv, claim X1: no partner in 'Exports to Atlantis'"):
        list(registered(released))


def test_registered_rows_have_every_column_and_never_cite_their_own_page(released: Record) -> None:
    rows = list(registered(released))
    assert {tuple(row) for row in rows} == {REGISTERED_COLUMNS}
    assert len(rows) == len(register.read()) == 38
    assert not [row for row in rows if (row["source_url"] or "") in (row["evidence_urls"] or "").split()]

"""The register: typed claims, the precision of a printed number, and errors that name line and reason."""

from decimal import Decimal
from pathlib import Path

import pytest

from orchestration.claims import register
from orchestration.claims.register import ClaimError

HEADER = "claim_id,claim,metric,period,claimed_value,claimed_unit,source_url\n"


def read(folder: Path, *rows: str) -> list[register.Claim]:
    path = folder / "claims.csv"
    path.write_text(HEADER + "".join(f"{row}\n" for row in rows))
    return register.read(path)


def test_the_registered_claims_are_the_eight_of_the_article() -> None:
    claims = register.read()
    assert [claim.claim_id for claim in claims] == [f"C00{number}" for number in range(1, 9)]
    assert len({claim.source_url for claim in claims}) == 1


@pytest.mark.parametrize(
    ("text", "value", "place"),
    [("89.1", "89.1", "0.1"), ("446", "446", "1"), ("89.10", "89.1", "0.01"), ("-30.6", "-30.6", "0.1")],
)
def test_the_precision_of_a_number_is_read_from_its_printed_digits(text: str, value: str, place: str) -> None:
    printed = register.parse_number(text)
    assert (printed.value, printed.place) == (Decimal(value), Decimal(place))


@pytest.mark.parametrize("text", ["", "NaN", "inf", "1e3", "89,1", "0x10", "=1+1", "٣", "89.1 bn", "1" * 40])
def test_what_is_no_plain_decimal_is_refused(text: str) -> None:
    with pytest.raises(ClaimError, match="no plain decimal number"):
        register.parse_number(text)


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        ("X1,text,trade_balance,2026-03,89.1,HKD bn,https://a.example", "unknown metric 'trade_balance'"),
        ("X1,text,imports,2026-13,707.5,HKD bn,https://a.example", "'2026-13' is no period"),
        ("X1,text,imports,2026-03,707.5,,https://a.example", "unknown unit ''"),
        ("X1,text,imports,2026-03,707.5,pct,https://a.example", "imports is not claimed in pct; it is in HKD mn"),
        ("X1,text,imports,2026-03,much,HKD bn,https://a.example", "'much' is no plain decimal number"),
        ("X1,text,trade_deficit_record,2026-Q1,1952,since_year,https://a.example", "claimed of one month"),
        ("X1,text,trade_deficit_record,2026-03,2027,since_year,https://a.example", "'2027' is no year up to 2026"),
    ],
)
def test_a_bad_row_is_refused_with_its_line_and_reason(tmp_path: Path, row: str, reason: str) -> None:
    with pytest.raises(ClaimError) as error:
        read(tmp_path, row)
    assert str(error.value).startswith("claims.csv, line 2: ")
    assert reason in str(error.value)


def test_a_claim_id_that_occurs_twice_is_refused(tmp_path: Path) -> None:
    row = "X1,text,imports,2026-03,707.5,HKD bn,https://a.example"
    with pytest.raises(ClaimError, match=r"line 3: claim_id 'X1' stands on more than one line"):
        read(tmp_path, row, row)


def test_a_wrong_header_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "claims.csv"
    path.write_text("id,claim\n")
    with pytest.raises(ClaimError, match=r"claims.csv, line 1: the header must be claim_id,claim,metric"):
        register.read(path)

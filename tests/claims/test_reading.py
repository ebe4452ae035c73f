"""Claims files: each invalid row is reported with its line and the reason, and the others are judged."""

import csv
import json
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path

import pytest

from orchestration.claims import reading
from orchestration.claims.claim import COLUMNS, LONGEST_CELL, ClaimError
from orchestration.claims.judge import judge_all
from orchestration.claims.reading import Batch
from orchestration.claims.units import parse_number
from testing.tiny_record import TinyRecord

HEADER = ",".join(COLUMNS) + "\n"
GOOD = "X1,text,imports,2026-03,707.5,HKD bn,https://a.example\n"


def parsed(*rows: str) -> Batch:
    return reading.parse((HEADER + "".join(rows)).encode(), "claims.csv")


@pytest.mark.parametrize(
    ("text", "value", "place"),
    [
        ("89.1", "89.1", "0.1"),
        ("446", "446", "1"),
        ("89.10", "89.1", "0.01"),
        ("-30.6", "-30.6", "0.1"),
        ("\N{MINUS SIGN}30.6", "-30.6", "0.1"),
        ("1,715.1", "1715.1", "0.1"),
        ("707,484", "707484", "1"),
    ],
)
def test_precision_is_read_from_the_digits(text: str, value: str, place: str) -> None:
    printed = parse_number(text)
    assert (printed.value, printed.place) == (Decimal(value), Decimal(place))


@pytest.mark.parametrize(
    "text", ["", "NaN", "inf", "1e3", "89,1", "1,23,456", "0x10", "=1+1", "٣", "89.1 bn", "1" * 40, "1.", ".5", "--1"]
)
def test_parse_number_refuses_anything_but_a_plain_decimal(text: str) -> None:
    with pytest.raises(ValueError, match="not a plain decimal number"):
        parse_number(text)


@pytest.fixture
def standard_field_limit() -> Iterator[None]:
    """The csv module's own limit: agate, which dbt imports, raises it for the whole process."""
    before = csv.field_size_limit(131_072)
    yield
    csv.field_size_limit(before)


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        ("X2,text,exprts_yoy,2026-03,35.8,pct,", "unknown metric 'exprts_yoy'; did you mean exports_yoy"),
        ("X2,text,,2026-03,35.8,pct,", "unknown metric ''"),
        ("X2,text,imports,2026-13,707.5,HKD bn,", "'2026-13' is no period; write it as 2026-03"),
        ("X2,text,imports,2026-Q5,707.5,HKD bn,", "'2026-Q5' is no period"),
        ("X2,text,imports,2026-05..2026-01,707.5,HKD bn,", "its last month must come after its first"),
        ("X2,text,imports,2026-03,707.5,,", "the unit is missing; it is HKD bn"),
        ("X2,text,imports,2026-03,707.5,zillion,", "unknown unit 'zillion'"),
        ("X2,text,imports,2026-03,707.5,pct,", "imports is not claimed in pct; it is in HKD bn"),
        ("X2,text,imports_yoy,2026-03,41.2,HKD bn,", "imports_yoy is not claimed in HKD bn; it is in pct"),
        ("X2,text,imports,2026-03,much,HKD bn,", "'much' is not a plain decimal number"),
        ("X2,text,imports,2026-03,=1+1,HKD bn,", "'=1+1' is not a plain decimal number"),
        ("X2,text,trade_deficit_record,2026-Q1,1952,since_year,", "claimed of one month, not of 2026-Q1"),
        ("X2,text,trade_deficit_record,2026-03,2027,since_year,", "'2027' is not a year before 2026-03"),
        ("X2,text,trade_deficit_record,2026-03,2026-Q1,since_month,", "'2026-Q1' is not a month"),
        ("X2,text,trade_deficit_rank,2026-03,1.5,rank,", "'1.5' is not a whole number, which the unit rank needs"),
        ("X1,text,imports,2026-02,472.9,HKD bn,", "claim_id 'X1' is already on line 2"),
        ("X2,text,imports,2026-03,707.5", "5 cells where the header has 7"),
        ("X2,text,imports,2026-03,707.5,HKD bn,,extra", "8 cells where the header has 7"),
        ('X2,"text",imports,2026-03,"707"5,HKD bn,', "not a CSV row"),
        (f"X2,{'x' * (LONGEST_CELL + 1)},imports,2026-03,707.5,HKD bn,", "claim has 2,001 characters"),
        (f"X2,{'x' * 200_000},imports,2026-03,707.5,HKD bn,", "not a CSV row: field larger than field limit"),
        ("X2,te\0xt,imports,2026-03,707.5,HKD bn,", "NUL"),
    ],
)
@pytest.mark.usefixtures("standard_field_limit")
def test_bad_row_is_named_and_the_others_are_read(row: str, reason: str) -> None:
    batch = parsed(GOOD, f"{row}\n", GOOD.replace("X1", "X3"))
    assert [claim.claim_id for _, claim in batch.claims] == ["X1", "X3"]
    [bad] = batch.bad
    assert bad.place == "claims.csv, line 3"
    assert reason in bad.reason


def test_only_the_line_with_another_encoding_is_refused() -> None:
    content = (HEADER + GOOD).encode() + "X2,exportación,imports,2026-03,707.5,HKD bn,\n".encode("latin-1")
    batch = reading.parse(content + GOOD.replace("X1", "X3").replace("text", "exportación").encode(), "claims.csv")
    assert [claim.text for _, claim in batch.claims] == ["text", "exportación"]
    assert str(batch.bad[0]) == "claims.csv, line 3: claim is not UTF-8 text; save the file as UTF-8"


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16"])
def test_file_saved_by_a_spreadsheet_is_read(encoding: str) -> None:
    assert len(reading.parse((HEADER + GOOD).encode(encoding), "claims.csv").claims) == 1


def test_columns_may_be_in_any_order_and_some_are_optional() -> None:
    content = b"claimed_value,claimed_unit,metric,period,note\n707.5,HKD bn,imports,2026-03,mine\n"
    [(_, claim)] = reading.parse(content, "claims.csv").claims
    assert (claim.metric.name, claim.claim_id, claim.source_url) == ("imports", "", "")


@pytest.mark.parametrize(
    "content",
    [b"", b"id,claim\n", b"metric,period,claimed_value\n", b"\xff\xfe\x00", b'"claim_id"x,metric\n', b"x" * 200_000],
)
def test_file_without_claims_is_refused(content: bytes) -> None:
    with pytest.raises(ClaimError, match=r"claims.csv"):
        reading.parse(content, "claims.csv")


def test_json_numbers_keep_their_digits() -> None:
    row = {"metric": "imports", "period": "2026-03", "claimed_unit": "HKD bn"}
    text = json.dumps([row, row]).replace('"claimed_unit"', '"claimed_value": 707.50, "claimed_unit"', 1)
    batch = reading.parse(text.encode(), "claims.json", is_json=True)
    [(place, claim)] = batch.claims
    assert (place, claim.printed.place) == ("claims.json, claim 1", Decimal("0.01"))
    assert str(batch.bad[0]) == "claims.json, claim 2: claimed_value is missing"


@pytest.mark.parametrize("text", ["", "{}", "[1", '"claims"', "[" * 100_000])
def test_json_without_a_list_of_claims_is_refused(text: str) -> None:
    with pytest.raises(ClaimError, match=r"claims.json"):
        reading.parse(text.encode(), "claims.json", is_json=True)


@pytest.mark.parametrize("item", [7, None, [], {"metric": ["imports"]}, {"metric": {"a": 1}}, {"claim_id": "\ud800"}])
def test_invalid_json_item_is_a_bad_row(item: object) -> None:
    batch = reading.parse(json.dumps([item]).encode(), "claims.json", is_json=True)
    assert (batch.claims, len(batch.bad)) == ([], 1)


@pytest.mark.slow
def test_file_of_100_000_rows_is_judged_and_each_bad_row_is_named() -> None:
    rows = [f"R{number},text,imports,2026-03,707.5,HKD bn,\n" for number in range(100_000)]
    rows[::1000] = [f"B{number},text,imports,2026-13,1,HKD bn,\n" for number in range(100)]
    batch = parsed(*rows)
    checked = judge_all(TinyRecord().add("imports", "2026-03", 707_484).record, batch.claims, batch.bad)
    assert (len(checked.verdicts), len(checked.bad)) == (99_900, 100)
    assert checked.bad[1].place == "claims.csv, line 1002"
    assert {verdict.outcome for verdict in checked.verdicts} == {"confirmed"}


def test_half_of_a_surrogate_pair_in_json_is_a_bad_row() -> None:
    row = {"claim_id": "\ud800", "metric": "imports", "period": "2026-03", "claimed_value": 1, "claimed_unit": "HKD bn"}
    [bad] = reading.parse(json.dumps([row]).encode(), "claims.json", is_json=True).bad
    assert bad.reason == "claim_id is not UTF-8 text; save the file as UTF-8"


def test_number_of_claims_is_limited(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reading, "MOST_ROWS", 2)
    monkeypatch.setattr(reading, "MOST_BRACKETS", 6)
    monkeypatch.setattr(reading, "MOST_COMMAS", 6)
    parsed(GOOD, GOOD)
    with pytest.raises(ClaimError, match="more than 2 claims; split it"):
        parsed(GOOD, GOOD, GOOD)
    for text in ("[{},{},{}]", "[[],[],[],[],[],[]]", "[1,1,1,1,1,1,1,1]"):
        with pytest.raises(ClaimError, match="more than 2 claims; split it"):
            reading.parse(text.encode(), "claims.json", is_json=True)


def test_bad_rows_after_the_first_thousand_are_counted() -> None:
    batch = reading.parse(f"[{','.join(['{}'] * 1_500)}]".encode(), "claims.json", is_json=True)
    assert (len(batch.bad), batch.bad.others) == (1_000, 500)
    judged = judge_all(TinyRecord().add("imports", "2026-03", 707_484).record, [], batch.bad)
    assert (len(judged.bad), judged.bad.others) == (1_000, 500)


def test_streak_of_what_has_no_growth_is_a_bad_row_and_the_others_are_judged() -> None:
    batch = parsed("X0,text,exports_volume_yoy_streak,2026-05,3,months,\n", GOOD)
    checked = judge_all(TinyRecord().add("imports", "2026-03", 707_484).record, batch.claims, batch.bad)
    assert [verdict.outcome for verdict in checked.verdicts] == ["confirmed"]
    assert [(row.place, row.reason[:14]) for row in checked.bad] == [("claims.csv, line 2", "unknown metric")]


def test_claim_is_read_from_one_line() -> None:
    claim = reading.parse_line("trade_deficit 2026-Q1 168.4 HKD bn")
    assert (claim.metric.name, claim.period.label, claim.claimed_value, claim.unit.name) == (
        *("trade_deficit", "2026-Q1", "168.4", "HKD bn"),
    )
    with pytest.raises(ClaimError, match="write metric, period, value and unit"):
        reading.parse_line("trade_deficit 168.4")


def test_missing_file_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(ClaimError, match="No such file"):
        reading.read(tmp_path / "none.csv")

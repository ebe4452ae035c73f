"""The output formats of verdicts."""

import csv
import io
import json

import pytest

from orchestration.claims import output, table
from orchestration.claims.judge import Judged, judge
from orchestration.claims.reading import BadRow, BadRows
from orchestration.claims.verdicts import SIGNS, Outcome
from testing.tiny_record import TinyRecord, claim


def judged(text: str = "a claim") -> Judged:
    record = TinyRecord().month("2026-03", 618_401, 707_484).record
    return Judged(
        [judge(record, claim("balance", "2026-03", "-89.1", text=text))], BadRows([BadRow("claims.csv, line 3", "why")])
    )


def test_csv_has_a_row_for_each_verdict() -> None:
    [row] = csv.DictReader(io.StringIO(output.FORMS["csv"](judged())))
    assert tuple(row) == table.COLUMNS
    assert (row["verdict"], row["claimed_value"], row["official_value"]) == ("confirmed", "-89.1", "-89.083")
    assert (row["difference"], row["evidence"], row["diagnosis"]) == ("-0.017", "derived", "")


@pytest.mark.parametrize("text", ["=HYPERLINK(1)", "+1+cmd|' /C calc'!A0", "-2+3", "@SUM(1)", "\t=1", "\n=1"])
def test_csv_cells_are_escaped_against_spreadsheet_formulas(text: str) -> None:
    [row] = csv.DictReader(io.StringIO(output.FORMS["csv"](judged(text)), newline=""))
    assert row["claim"] == f"'{text}"
    assert row["claimed_value"] == "-89.1"


def test_carriage_return_does_not_split_a_cell() -> None:
    [row] = csv.DictReader(io.StringIO(output.FORMS["csv"](judged("one\rtwo\r\nthree")), newline=""))
    assert row["claim"] == "one\ntwo\nthree"


def test_json_has_verdicts_and_bad_rows() -> None:
    found = json.loads(output.FORMS["json"](judged()))
    assert [row["verdict"] for row in found["verdicts"]] == ["confirmed"]
    assert found["errors"] == [{"place": "claims.csv, line 3", "reason": "why"}]
    assert found["more_errors"] == 0


def test_markdown_has_one_line_per_verdict() -> None:
    text = output.FORMS["markdown"](judged("a | b\n<script>[x](y)"))
    assert len(text.splitlines()) == 3
    assert r"a \| b \<script\>\[x\](y)" in text


def test_each_verdict_has_its_own_sign_and_a_style() -> None:
    assert set(SIGNS) == set(output.STYLES) == set(Outcome)
    assert len(set(SIGNS.values())) == len(Outcome)

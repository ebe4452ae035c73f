"""The embedded record: files that break their schema are refused with file, line, column and reason."""

import re
from collections.abc import Callable
from datetime import date

import pytest

from orchestration.settings import FIGURES_DIR
from orchestration.sources import record
from orchestration.sources.connector import Refused

TODAY = date(2026, 9, 25)
DATASET = record.DATASETS["trade_by_end_use"]
HEADER = ",".join(DATASET.columns)
FUELS = "1997,imports,Fuels,value,30.0,hkd_bn,0.1,,yearbook 2002,hk_yearbook,https://example.org/a,,"
TOTAL = "1997,imports,Total,value,1615.1,hkd_bn,0.1,,yearbook 2002,hk_yearbook,https://example.org/a,,"


def csv(*rows: str) -> bytes:
    return "\n".join([HEADER, *rows, ""]).encode()


def problem(payload: bytes) -> str:
    with pytest.raises(Refused) as caught:
        record.parse(DATASET.name, payload, TODAY)
    return str(caught.value)


def test_parse_returns_text_as_printed_with_line_numbers() -> None:
    frame = record.parse(DATASET.name, csv(FUELS, TOTAL), TODAY)
    assert frame["value"].tolist() == ["30.0", "1615.1"]
    assert frame["line_number"].tolist() == [2, 3]


def test_every_file_of_the_record_is_valid_and_has_addresses() -> None:
    files = {name: (FIGURES_DIR / f"{name}.csv").read_bytes() for name in record.DATASETS}
    frames = [record.parse(name, payload, TODAY) for name, payload in files.items()]
    assert len(frames) == 16
    assert all(frame["source_url"].str.match("https?://").all() for frame in frames)


@pytest.mark.parametrize(
    ("spoil", "line", "column", "reason"),
    [
        (lambda row: row.replace("1997", "1997-13"), 3, "period_label", "'1997-13' must be a period label"),
        (lambda row: row.replace("1615.1", "1,615.1"), 3, "?", "14 cells, not 13"),
        (lambda row: row.replace("1615.1", "about 1615"), 3, "value", "'about 1615' must be a plain decimal number"),
        (lambda row: row.replace("1615.1", "NaN"), 3, "value", "'NaN' must be a plain decimal number"),
        (lambda row: row.replace("1615.1", "inf"), 3, "value", "'inf' must be a plain decimal number"),
        (lambda row: row.replace("1615.1", "1e3"), 3, "value", "'1e3' must be a plain decimal number"),
        (lambda row: row.replace("1615.1", ""), 3, "value", "'' must be a plain decimal number"),
        (lambda row: row.replace("hkd_bn", "usd_bn"), 3, "unit", "'usd_bn' must be one of: hkd_bn, pct"),
        (lambda row: row.replace("0.1,", "0,"), 3, "rounding_unit", "'0' must be a positive decimal number"),
        (lambda row: row.replace("Total", "Gold"), 3, "category", "'Gold' must be one of: Capital goods"),
        (lambda row: row.replace("imports", "import"), 3, "flow", "'import' must be one of"),
        (lambda row: row.replace("hk_yearbook", "somebody"), 3, "source_id", "'somebody' must be one of"),
        (lambda row: row.replace("https://example.org/a", ""), 3, "source_url", "'' must be the http(s) address"),
        (lambda row: row.replace("https://", "file://"), 3, "source_url", "must be the http(s) address"),
        (lambda row: row.replace(",,yearbook", ",2002-02-30,yearbook"), 3, "published_on", "'2002-02-30' is no day"),
        (lambda row: row[:-1] + "odd,", 3, "flag", "'odd' must be one of: blank, approximate"),
        (lambda row: row + ",", 3, "?", "14 cells, not 13"),
        (lambda row: row.replace("Total", " Total"), 3, "category", "white space around the text"),
        (lambda row: row.replace("Total", "Fuels"), 3, "period_label+flow+category+measure", "on more than one line"),
    ],
)
def test_invalid_row_is_refused_with_file_line_column_and_reason(
    spoil: Callable[[str], str], line: int, column: str, reason: str
) -> None:
    error = problem(csv(FUELS, spoil(TOTAL)))
    assert re.search(rf"^trade_by_end_use\.csv, line {line}, column {re.escape(column)}", error, re.MULTILINE), error
    assert reason in error


def test_byte_order_mark_is_refused() -> None:
    error = problem(b"\xef\xbb\xbf" + csv(FUELS))
    assert "line 1, column period_label: the file begins with a byte-order mark" in error


def test_wrong_header_is_refused() -> None:
    assert "line 1, column ?: the header is" in problem(csv(FUELS).replace(b"rounding_unit", b"rounding"))


def test_file_without_figures_is_refused() -> None:
    assert "line 2, column ?: the file holds no figures" in problem(csv())
    assert "line 1, column ?: the header is ''" in problem(b"")


def test_text_that_is_not_utf8_is_refused_with_its_line() -> None:
    assert "line 3, column ?: not UTF-8 text" in problem(csv(FUELS, TOTAL).replace(b"Total", b"T\xf6tal"))


def test_unclosed_quote_is_refused() -> None:
    assert "line 3, column ?: not CSV" in problem(csv(FUELS, TOTAL.replace("Total", '"Total')))


def test_all_problems_of_a_file_are_reported_together() -> None:
    error = problem(csv(FUELS.replace("30.0", "x"), TOTAL.replace("Total", "Gold")))
    assert "line 2, column value" in error
    assert "line 3, column category" in error


def test_unknown_dataset_is_refused() -> None:
    with pytest.raises(Refused, match="the record has no dataset trade_by_moon_phase"):
        record.parse("trade_by_moon_phase", csv(FUELS), TODAY)

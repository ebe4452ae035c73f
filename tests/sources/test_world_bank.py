"""The World Bank's connector: only links to the World Bank are followed, and a workbook is read by its names."""

import csv
import io
import zipfile
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any
from xml.sax.saxutils import escape

import pytest

from orchestration.sources import workbook as workbook_room
from orchestration.sources import world_bank
from orchestration.sources.connector import Context, Refused, Request

TODAY = date(2026, 7, 3)
BASE = "https://www.worldbank.example"
PAGE = f"{BASE}/en/research/commodity-markets"
# The address of the workbook of 2026, as section D.1 of the formats has it.
DOCUMENT = "https://thedocs.worldbank.org/en/doc/74e8be41ceb20fa0da750cda2f6b9e4e-0050012026/related/"
LINK = f"{DOCUMENT}CMO-Historical-Data-Monthly.xlsx"
REAL = Path("gold_prices") / "CMO-Historical-Data-Monthly_2026-07-02.xlsx"

NAMESPACE = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
PACKAGE = "http://schemas.openxmlformats.org/package/2006/relationships"
SHEET_PART = "xl/worksheets/sheet1.xml"

Rows = list[list[Any]]
Parts = dict[str, str]


def synthetic_rows() -> Rows:
    """The head of the real sheet, and its last months of three metals: April to June 2026 as published."""
    return [
        ["World Bank Commodity Price Data (The Pink Sheet)"],
        ["monthly prices in nominal US dollars, 1960 to present"],
        ["(monthly series are available only in nominal US dollars)"],
        ["Updated on July 02, 2026"],
        [None, "Beef **", "Gold", "Platinum", "Silver"],
        [None, "($/kg)", "($/troy oz)", "($/troy oz)", "($/troy oz)"],
        ["2026M04", 7.1, 4721, 2028, 75.9],
        ["2026M05", 7.2, 4587, 1998, 78],
        ["2026M06", 7.3, 4228, 1726, 66.7],
    ]


def reference(row: int, column: int) -> str:
    return f"{chr(ord('A') + column)}{row + 1}"


def cell(place: str, value: Any) -> str:
    if isinstance(value, bool):
        return f'<c r="{place}" t="b"><v>{int(value)}</v></c>'
    if isinstance(value, str):
        return f'<c r="{place}" t="inlineStr"><is><t>{escape(value)}</t></is></c>'
    return f'<c r="{place}"><v>{value}</v></c>'


def parts(rows: Rows) -> Parts:
    """Return the parts of the least xlsx workbook that holds the rows in a sheet `Monthly Prices`."""
    cells = [
        "".join(cell(reference(number, place), value) for place, value in enumerate(row) if value is not None)
        for number, row in enumerate(rows)
    ]
    data = "".join(f'<row r="{number + 1}">{text}</row>' for number, text in enumerate(cells))
    sheets = '<sheet name="AFOSHEET" sheetId="2" r:id="rId1"/><sheet name="Monthly Prices" sheetId="1" r:id="rId1"/>'
    return {
        "_rels/.rels": f'<Relationships xmlns="{PACKAGE}">'
        f'<Relationship Id="rId1" Type="{OFFICE}/officeDocument" Target="xl/workbook.xml"/></Relationships>',
        "xl/workbook.xml": f'<workbook xmlns="{NAMESPACE}" xmlns:r="{OFFICE}"><sheets>{sheets}</sheets></workbook>',
        "xl/_rels/workbook.xml.rels": f'<Relationships xmlns="{PACKAGE}">'
        f'<Relationship Id="rId1" Type="{OFFICE}/worksheet" Target="worksheets/sheet1.xml"/>'
        f'<Relationship Id="rId2" Type="{OFFICE}/styles" Target="styles.xml"/></Relationships>',
        "xl/styles.xml": f'<styleSheet xmlns="{NAMESPACE}"><cellXfs><xf numFmtId="0"/><xf numFmtId="14"/></cellXfs>'
        "</styleSheet>",
        SHEET_PART: f'<worksheet xmlns="{NAMESPACE}"><sheetData>{data}</sheetData></worksheet>',
    }


def packed(contents: Parts) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in contents.items():
            archive.writestr(name, content)
    return file.getvalue()


def workbook(change: Callable[[Rows], Any] = lambda _: None) -> bytes:
    rows = synthetic_rows()
    change(rows)
    return packed(parts(rows))


def rewritten(old: str, new: str, part: str = SHEET_PART) -> bytes:
    """Return the workbook with a text of one of its parts replaced."""
    contents = parts(synthetic_rows())
    assert old in contents[part]
    return packed({**contents, part: contents[part].replace(old, new, 1)})


def set_cell(row: int, column: int, value: Any) -> Callable[[Rows], None]:
    """Change a cell; rows are counted from 1, as a spreadsheet does, and columns from A = 0."""

    def change(rows: Rows) -> None:
        rows[row - 1][column] = value

    return change


def problem(dataset: str, payload: bytes) -> str:
    with pytest.raises(Refused) as caught:
        world_bank.parse(dataset, payload, TODAY)
    return str(caught.value)


def prices(payload: bytes) -> dict[tuple[str, str], str]:
    frame = world_bank.parse("pink_sheet", payload, TODAY)
    return dict(zip(zip(frame["commodity"], frame["period"], strict=True), frame["price"], strict=True))


def test_prices_stay_as_in_the_sheet_with_unit_date_and_row() -> None:
    frame = world_bank.parse("pink_sheet", workbook(), TODAY)
    table = next(table for table in world_bank.SOURCE.tables if table.name == world_bank.SOURCE.table("pink_sheet"))
    assert list(frame.columns) == list(table.columns)
    assert frame.query("period == '2026M06'").to_numpy().tolist() == [
        ["gold", "2026M06", "4228", "($/troy oz)", "2026-07-02", 9],
        ["silver", "2026M06", "66.7", "($/troy oz)", "2026-07-02", 9],
        ["platinum", "2026M06", "1726", "($/troy oz)", "2026-07-02", 9],
    ]
    assert len(frame) == 9


@pytest.mark.parametrize("mark", ["…", "..", "..."])
def test_missing_price_is_blank(mark: str) -> None:
    assert prices(workbook(set_cell(7, 4, mark)))[("silver", "2026M04")] == ""


def test_moved_columns_rows_and_sheets_are_found_by_name() -> None:
    def move(rows: Rows) -> None:
        rows.insert(1, ["a further line of the title"])
        for row in rows:
            row.insert(0, None)
        for row in rows[5:]:
            row[3], row[5] = row[5], row[3]

    assert prices(workbook(move)) == prices(workbook())


def test_footnote_marks_and_trailing_blank_rows_are_ignored() -> None:
    def change(rows: Rows) -> None:
        rows[4][2] = "Gold **"
        rows.append([None, ""])

    assert prices(workbook(change)) == prices(workbook())


def test_real_workbook_has_the_published_prices_of_2026(raw_reference: Path) -> None:
    frame = world_bank.parse("pink_sheet", (raw_reference / REAL).read_bytes(), TODAY)
    gold = frame[frame["commodity"] == "gold"].set_index("period")["price"]
    months = ["2026M01", "2026M02", "2026M03", "2026M04", "2026M05", "2026M06"]
    assert gold[months].tolist() == ["4753", "5020", "4856", "4721", "4587", "4228"]
    assert gold["2025M10"] == "4058"
    assert (frame["commodity"].value_counts() == 798).all()
    assert frame["updated_on"].unique().tolist() == ["2026-07-02"]
    assert frame["line_number"].iloc[[0, -1]].tolist() == [7, 804]


def test_real_workbook_agrees_with_the_gold_csv_within_a_dollar(raw_reference: Path) -> None:
    frame = world_bank.parse("pink_sheet", (raw_reference / REAL).read_bytes(), TODAY)
    gold = frame[frame["commodity"] == "gold"]
    sheet = {
        period.replace("M", "-"): float(price) for period, price in zip(gold["period"], gold["price"], strict=True)
    }
    with (raw_reference / "gold_prices" / "monthly.csv").open(newline="") as file:
        published = {row["Date"]: float(row["Price"]) for row in csv.DictReader(file) if row["Date"] >= "1960"}
    assert sheet.keys() == published.keys()
    assert max(abs(sheet[month] - published[month]) for month in sheet) <= 1.0


def add_row(*values: Any) -> Callable[[Rows], None]:
    return lambda rows: rows.append(list(values))


def drop_row(row: int) -> Callable[[Rows], None]:
    return lambda rows: rows.__delitem__(row - 1)


ENTITY = '<!DOCTYPE worksheet [<!ENTITY lots "lots">]><worksheet'
WIDE_AND_LONG = (
    '<row r="9000"><c r="ZZ9000"><v>1</v></c></row><row r="99999"><c r="A99999"><v>1</v></c></row></sheetData>'
)
FAR = '<row r="1048576"><c r="XFD1048576"><v>1</v></c></row></sheetData>'
DATE_BEFORE_ALL = '<c r="C9" s="1"><v>-1e300</v></c>'
GOLD_OF_JUNE = '<c r="C9"><v>4228</v></c>'
BOMB = packed({**parts(synthetic_rows()), "xl/media.bin": "0" * 5_000_000})
CUT = workbook()[:-200]
SPOILT = workbook().replace(b"xl/styles.xml", b"xl/styles.xm_", 1)


@pytest.mark.hostile
@pytest.mark.parametrize(
    ("payload", "reason"),
    [
        pytest.param(b"", "the body is not an xlsx workbook", id="an empty body"),
        pytest.param(b"<html>Access Denied</html>", "begins with b'<html>Access Denied</html>'", id="a gateway"),
        pytest.param(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "not an xlsx workbook", id="an old xls workbook"),
        pytest.param(CUT, "the body is not an xlsx workbook", id="a body that ends early"),
        pytest.param(SPOILT, "differ", id="an archive that names a part in two ways"),
        pytest.param(packed({"a.xml": "<a/>"}), "the workbook cannot be read", id="another archive"),
        pytest.param(BOMB, "to 5,00", id="a bomb"),
        pytest.param(rewritten("</sheetData>", FAR), "cell 'XFD1048576' is too far from A1", id="a cell far out"),
        pytest.param(
            rewritten("</sheetData>", WIDE_AND_LONG), "cell 'A99999' is too far from A1", id="two cells apart"
        ),
        pytest.param(rewritten('r="A7"', ""), "cell '' is too far from A1", id="a cell without a place"),
        pytest.param(rewritten("<worksheet", ENTITY), "a document type is declared", id="an entity"),
        pytest.param(rewritten("</row>", ""), "sheet1.xml is not well-formed XML", id="XML that is not well-formed"),
        pytest.param(
            rewritten("<worksheet", '<?xml version="1.0" encoding="UTFnull8"?><worksheet'),
            "sheet1.xml is not well-formed XML: unknown encoding: UTFnull8",
            id="an unknown encoding",
        ),
        pytest.param(rewritten(GOLD_OF_JUNE, DATE_BEFORE_ALL), "cannot be read: TimeDelta", id="a date before all"),
        pytest.param(
            rewritten('"Monthly Prices"', '"Monthly Indices"', "xl/workbook.xml"),
            "no sheet is named 'Monthly Prices'; there are AFOSHEET, Monthly Indices",
            id="no such sheet",
        ),
        pytest.param(packed(parts([])), "no column is named Gold or Silver or Platinum", id="an empty sheet"),
        pytest.param(workbook(set_cell(5, 2, "Or")), "row 5: no columns are named 'Gold'", id="no gold"),
        pytest.param(workbook(set_cell(5, 1, "Gold")), "row 5: 2 columns are named 'Gold'", id="gold twice"),
        pytest.param(workbook(set_cell(5, 4, "Argent")), "row 5: no columns are named 'Silver'", id="no silver"),
        pytest.param(
            workbook(set_cell(6, 2, "($/kg)")), "row 6: the unit of Gold is '($/kg)', not '($/troy oz)'", id="a unit"
        ),
        pytest.param(workbook(drop_row(6)), "row 6: the unit of Gold is 4721.0", id="no row of units"),
        pytest.param(
            workbook(lambda rows: rows.__delitem__(slice(5, None))), "row 6: the unit of Gold is ''", id="names alone"
        ),
        pytest.param(
            workbook(lambda rows: rows.__delitem__(slice(6, None))), "'Monthly Prices' has no months", id="no rows"
        ),
        pytest.param(workbook(drop_row(8)), "row 8: month 2026M06 does not follow", id="months that jump"),
        pytest.param(workbook(set_cell(8, 0, "2026M04")), "row 8: month 2026M04 does not", id="a month twice"),
        pytest.param(workbook(set_cell(8, 0, "2026M03")), "row 8: month 2026M03 does not", id="months out of order"),
        pytest.param(workbook(set_cell(8, 0, "2026M13")), "row 8: '2026M13' is not a month", id="a month 13"),
        pytest.param(workbook(set_cell(8, 0, 202605)), "row 8: 202605.0 is not a month", id="a month as a number"),
        pytest.param(workbook(set_cell(7, 0, None)), "row 7: '' is not a month such as 1960M01", id="no month"),
        pytest.param(workbook(add_row("Notes:")), "row 10: 'Notes:' is not a month", id="words below the figures"),
        pytest.param(
            workbook(lambda rows: rows.extend([["2026M07", 7, 4200, 1700, 66], ["2026M08", 7, 4200, 1700, 66]])),
            "row 11: month 2026M08 is in the future",
            id="a month to come",
        ),
        pytest.param(workbook(set_cell(9, 2, -4228)), "row 9: Gold -4228.0 is not from 20", id="a negative price"),
        pytest.param(workbook(set_cell(9, 2, 0)), "row 9: Gold 0.0 is not from 20 to 50,000", id="a price of nothing"),
        pytest.param(
            workbook(set_cell(9, 2, 135933)), "row 9: Gold 135933.0 is not from", id="a price by the kilogram"
        ),
        pytest.param(workbook(set_cell(9, 4, 6670000)), "row 9: Silver 6670000.0 is not from", id="absurd silver"),
        pytest.param(workbook(set_cell(9, 2, float("nan"))), "row 9: Gold nan is not from", id="not a number"),
        pytest.param(workbook(set_cell(9, 2, float("inf"))), "row 9: Gold inf is not from", id="infinity"),
        pytest.param(workbook(set_cell(9, 2, "4,228")), "row 9: Gold '4,228' is not a number", id="a price as text"),
        pytest.param(workbook(set_cell(9, 2, True)), "row 9: Gold True is not a number", id="a truth for a price"),
        pytest.param(workbook(set_cell(9, 2, None)), "row 9: Gold '' is not a number", id="a cell with nothing in it"),
        pytest.param(
            rewritten(GOLD_OF_JUNE, '<c r="C9" s="1"><v>46000</v></c>'), "is not a number", id="a day for a price"
        ),
        pytest.param(workbook(drop_row(4)), "'' is not 'Updated on' with a date in the past", id="no day of issue"),
        pytest.param(workbook(set_cell(4, 0, "Updated on Juli 02, 2026")), "'Updated on Juli 02", id="another tongue"),
        pytest.param(workbook(set_cell(4, 0, "Updated on June 31, 2026")), "'Updated on June 31", id="no such day"),
        pytest.param(workbook(set_cell(4, 0, "Updated on July 04, 2026")), "'Updated on July 04", id="issued tomorrow"),
    ],
)
def test_hostile_workbook_is_refused_with_place_and_reason(payload: bytes, reason: str) -> None:
    assert reason in problem("pink_sheet", payload)


def test_workbook_with_a_changed_byte_is_refused_or_parsed_unchanged() -> None:
    whole, rows = workbook(), prices(workbook())
    refused = 0
    for position in range(len(whole)):
        spoilt = whole[:position] + bytes([whole[position] ^ 0x55]) + whole[position + 1 :]
        try:
            assert prices(spoilt) == rows
        except Refused:
            refused += 1
    assert refused > 1000


def test_workbook_above_the_decompressed_size_limit_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(workbook_room, "MAX_BYTES", 1000)
    assert "bytes: a decompression bomb" in problem("pink_sheet", workbook())


def html(*links: str) -> bytes:
    anchors = "\n".join(f'<a class="btn" href="{link}">Monthly prices</a>' for link in links)
    return f"<!DOCTYPE html>\n<html><body>\n<!-- <a href='old/{world_bank.FILE}'> -->\n{anchors}</body></html>".encode()


def test_link_is_found_with_its_line_number() -> None:
    page = html(f"{DOCUMENT}CMO-Historical-Data-Annual.xlsx", LINK, LINK, "#top")
    assert world_bank.parse("page", page, TODAY).to_numpy().tolist() == [[LINK, 5]]


def test_link_is_found_in_a_page_that_is_not_utf_8() -> None:
    assert world_bank.parse("page", b"\xff\x00" + html(LINK), TODAY)["url"].tolist() == [LINK]


@pytest.mark.hostile
@pytest.mark.parametrize(
    ("page", "reason"),
    [
        (b"", "the page has no links to CMO-Historical-Data-Monthly.xlsx"),
        (html(f"{DOCUMENT}CMO-Historical-Data-Annual.xlsx"), "the page has no links to CMO-Historical-Data-Monthly"),
        (html(f"{LINK}.exe"), "the page has no links to CMO-Historical-Data-Monthly.xlsx"),
        (html(LINK, LINK.replace("2026", "2021")), "the page has 2 links to CMO-Historical-Data-Monthly.xlsx, not o"),
        (b" " * 10_000_001, "the page has 10,000,001 bytes"),
    ],
)
def test_page_without_exactly_one_link_is_refused(page: bytes, reason: str) -> None:
    assert reason in problem("page", page)


class Nothing:
    def is_older_than(self, answer: Request, signal: Request) -> bool:
        raise AssertionError("the World Bank has no signal to look at")


def followed(link: str, base: str = BASE) -> Request:
    """Return what the plan asks for after a page with this link."""
    plan = world_bank.plan(Context(today=TODAY, archived=Nothing(), addresses={"world_bank": base}))
    next(plan)
    return plan.send(world_bank.parse("page", html(link), TODAY))


def test_workbook_is_requested_after_the_page_as_one_archive_part() -> None:
    plan = world_bank.plan(Context(today=TODAY, archived=Nothing(), addresses={"world_bank": BASE}))
    assert next(plan) == Request("page", PAGE, is_page=True)
    request = plan.send(world_bank.parse("page", html(LINK), TODAY))
    assert request == Request("pink_sheet", LINK)
    assert request.archive_part == followed(LINK.replace("2026", "2027")).archive_part
    with pytest.raises(StopIteration):
        plan.send(world_bank.parse("pink_sheet", workbook(), TODAY))


def test_refused_page_ends_the_plan() -> None:
    plan = world_bank.plan(Context(today=TODAY, archived=Nothing(), addresses={"world_bank": BASE}))
    next(plan)
    with pytest.raises(StopIteration):
        plan.send(Refused("not today"))


@pytest.mark.parametrize(
    ("link", "base", "url"),
    [
        (f"/related/{world_bank.FILE}", BASE, f"{BASE}/related/{world_bank.FILE}"),
        (f"files/{world_bank.FILE}?v=2", BASE, f"{BASE}/en/research/files/{world_bank.FILE}?v=2"),
        (f"https://WorldBank.org/{world_bank.FILE}", BASE, f"https://WorldBank.org/{world_bank.FILE}"),
        (LINK, "http://127.0.0.1:8123", LINK),
        (f"//127.0.0.1:8123/{world_bank.FILE}", "http://127.0.0.1:8123", f"http://127.0.0.1:8123/{world_bank.FILE}"),
    ],
)
def test_link_to_worldbank_org_or_the_same_server_is_followed(link: str, base: str, url: str) -> None:
    assert followed(link, base).url == url


@pytest.mark.hostile
@pytest.mark.parametrize(
    ("link", "reason"),
    [
        ("http://thedocs.worldbank.org/{file}", "leads to thedocs.worldbank.org"),
        ("https://worldbank.org.example/{file}", "leads to worldbank.org.example"),
        ("https://notworldbank.org/{file}", "leads to notworldbank.org"),
        ("//evil.example/{file}", "leads to evil.example"),
        ("https://thedocs.worldbank.org@evil.example/{file}", "leads to evil.example"),
        ("https://someone:secret@thedocs.worldbank.org/{file}", "leads to thedocs.worldbank.org"),
        ("https://evil.example\\@thedocs.worldbank.org/{file}", "is not a plain address"),
        ("https://thedocs.world&#10;bank.org/{file}", "is not a plain address"),
        ("https://thedocs.worldbank.org:99999/{file}", "is not an address: Port out of range"),
        ("https://[thedocs.worldbank.org/{file}", "is not an address"),
        ("http://127.0.0.1:6379/{file}", "leads to 127.0.0.1"),
        ("https://www.worldbank.example:8443/{file}", "leads to www.worldbank.example"),
        ("file:///etc/{file}", "leads to no host"),
        ("javascript:{file}", "leads to no host"),
    ],
)
def test_link_to_another_host_is_refused(link: str, reason: str) -> None:
    with pytest.raises(Refused) as caught:
        followed(link.format(file=world_bank.FILE))
    assert reason in str(caught.value)


def test_probe_requests_the_page() -> None:
    assert world_bank.SOURCE.probe({"world_bank": BASE}, TODAY) == Request("page", PAGE, is_page=True)

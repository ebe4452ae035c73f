"""Small reproducible workbooks, mainly the Pink Sheet: their XML is written here, so that the bytes never differ."""

import io
import zipfile
from collections.abc import Mapping, Sequence
from decimal import Decimal
from xml.sax.saxutils import escape

from testing.replay.record_rows import monthly

MISSING = "…"
SHEETS = ("AFOSHEET", "Monthly Prices", "Monthly Indices", "Description", "Index Weights")
NAMES = ("Crude oil, average", "Gold", "Platinum", "Silver")
UNITS = ("($/bbl)", "($/troy oz)", "($/troy oz)", "($/troy oz)")
MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
PACKAGE = "http://schemas.openxmlformats.org/package/2006"
OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
HEAD = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
Cell = str | float


def synthetic_price_sheet(updated: str = "Updated on July 02, 2026") -> list[list[Cell]]:
    """Return `Monthly Prices`: gold as in the record; the other columns are made up, or missing before 1980."""
    title = ["World Bank Commodity Price Data (The Pink Sheet)"]
    sheet: list[list[Cell]] = [[*title], ["monthly prices in nominal US dollars"], ["(monthly series)"], [updated]]
    sheet += [["", *NAMES], ["", *UNITS]]
    for month, price in monthly("gold_prices_monthly").items():
        gold = float(price)
        others: list[Cell] = [MISSING] * 2 if month < "198001" else [round(gold * 0.6, 2), round(gold / 70, 2)]
        sheet.append([f"{month[:4]}M{month[4:]}", 70.0, float(_as_printed(price)), *others])
    return sheet


def _as_printed(price: Decimal) -> Decimal:
    """Round as the workbook does, where the CSV has more digits: to whole dollars from 1,000 on."""
    return price.quantize(Decimal(1)) if price >= 1000 else price


def workbook(prices: Sequence[Sequence[Cell]], sheets: Sequence[str] = SHEETS) -> bytes:
    """Return an xlsx file whose sheet `Monthly Prices` has these cells; the others are empty."""
    return xlsx({name: prices if name == "Monthly Prices" else [] for name in sheets})


def xlsx(sheets: Mapping[str, Sequence[Sequence[Cell]]]) -> bytes:
    """Return an xlsx file of these sheets, each with its cells row by row; "" is no cell."""
    parts = {
        "[Content_Types].xml": _content_types(len(sheets)),
        "_rels/.rels": _relationships({"rId1": ("officeDocument", "xl/workbook.xml")}),
        "xl/workbook.xml": _index([*sheets]),
        "xl/_rels/workbook.xml.rels": _relationships(
            {f"rId{n}": ("worksheet", f"worksheets/sheet{n}.xml") for n in range(1, len(sheets) + 1)}
        ),
    }
    for number, rows in enumerate(sheets.values(), start=1):
        parts[f"xl/worksheets/sheet{number}.xml"] = _sheet(rows)
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in parts.items():
            archive.writestr(zipfile.ZipInfo(name, (1980, 1, 1, 0, 0, 0)), HEAD + text, zipfile.ZIP_DEFLATED)
    return file.getvalue()


def _sheet(rows: Sequence[Sequence[Cell]]) -> str:
    lines = [
        "".join(_cell(column, number, cell) for column, cell in enumerate(row) if cell != "")
        for number, row in enumerate(rows, start=1)
    ]
    lines = [f'<row r="{number}">{cells}</row>' for number, cells in enumerate(lines, start=1)]
    return f'<worksheet xmlns="{MAIN}"><sheetData>{"".join(lines)}</sheetData></worksheet>'


def _cell(column: int, row: int, cell: Cell) -> str:
    place = f"{chr(ord('A') + column)}{row}"
    if isinstance(cell, str):
        return f'<c r="{place}" t="inlineStr"><is><t>{escape(cell)}</t></is></c>'
    return f'<c r="{place}"><v>{cell!r}</v></c>'


def _index(sheets: Sequence[str]) -> str:
    listed = "".join(f'<sheet name="{escape(name)}" sheetId="{n}" r:id="rId{n}"/>' for n, name in enumerate(sheets, 1))
    return f'<workbook xmlns="{MAIN}" xmlns:r="{OFFICE}"><sheets>{listed}</sheets></workbook>'


def _relationships(targets: Mapping[str, tuple[str, str]]) -> str:
    listed = "".join(
        f'<Relationship Id="{name}" Type="{OFFICE}/{kind}" Target="{target}"/>'
        for name, (kind, target) in targets.items()
    )
    return f'<Relationships xmlns="{PACKAGE}/relationships">{listed}</Relationships>'


def _content_types(sheets: int) -> str:
    kind = "application/vnd.openxmlformats-officedocument.spreadsheetml"
    parts = {"/xl/workbook.xml": f"{kind}.sheet.main+xml"}
    parts |= {f"/xl/worksheets/sheet{n}.xml": f"{kind}.worksheet+xml" for n in range(1, sheets + 1)}
    listed = "".join(f'<Override PartName="{name}" ContentType="{text}"/>' for name, text in parts.items())
    return (
        f'<Types xmlns="{PACKAGE}/content-types">'
        '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
        f'<Default Extension="xml" ContentType="application/xml"/>{listed}</Types>'
    )

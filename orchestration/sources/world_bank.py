"""The World Bank's Pink Sheet: monthly prices of gold, silver and platinum since 1960, in an xlsx workbook.

The workbook's address changes each year, so the page that links to it is fetched first. Rows and columns move as well,
so everything in the sheet is found by name. Prices stay as they are in the sheet, rounded by the World Bank.
"""

import re
from collections.abc import Mapping
from datetime import date, timedelta
from html.parser import HTMLParser
from typing import Any
from urllib.parse import urljoin, urlsplit

import pandas as pd

from orchestration.periods import EARLIEST, MONTH_NAMES, is_past
from orchestration.sources import workbook
from orchestration.sources.connector import Context, Plan, RawTable, Refused, Request, Source
from orchestration.sources.exact import PLACES, is_exact

NAME = "world_bank"
PAGE, PINK_SHEET = "page", "pink_sheet"
FILE = "CMO-Historical-Data-Monthly.xlsx"
SHEET = "Monthly Prices"
UNIT = "($/troy oz)"
MISSING = ("…", "..", "...")  # the sheet of July 2026 uses the first and the last
MAX_PAGE_BYTES = 10_000_000
# USD per troy oz. Gold was 35 to 5,020 from 1960 to June 2026. Prices per gram, per kg or in cents are outside.
PLAUSIBLE = {"Gold": (20, 50_000), "Silver": (0.1, 5_000), "Platinum": (20, 50_000)}
UPDATED = re.compile(r"Updated on ([A-Z][a-z]+) ([0-9]{1,2}), ([0-9]{4})")

LINKS = RawTable(
    "world_bank__links",
    "The address of the Pink Sheet's workbook, as the World Bank's page links to it; it changes each year.",
    {"url": "varchar", "line_number": "integer"},
)
COMMODITY_PRICES = RawTable(
    "world_bank__commodity_prices",
    "Monthly average prices of gold, silver and platinum in USD per troy ounce, as the Pink Sheet rounds them.",
    {
        **dict.fromkeys(("commodity", "period", "price", "unit", "updated_on"), "varchar"),
        "line_number": "integer",
    },
)
TABLES = {PAGE: LINKS, PINK_SHEET: COMMODITY_PRICES}


def plan(context: Context) -> Plan:
    """Request the page, then the workbook that it links to. Raises Refused for a link to another website."""
    page = probe(context.addresses, context.today)
    reply = yield page
    if not isinstance(reply, Refused):
        yield Request(PINK_SHEET, _safe_address(page.url, str(reply.at[0, "url"])))


def _safe_address(page: str, link: str) -> str:
    """Return a link as an absolute URL: on worldbank.org over TLS, or on the page's own server. Raises Refused."""
    if not re.fullmatch(r"[!-~]+", link) or "\\" in link:
        raise Refused(f"{PAGE}: the link {link[:200]!r} is not a plain address; it is not followed")
    try:
        url = urljoin(page, link)
        own, parts = urlsplit(page), urlsplit(url)
        host, port = parts.hostname or "", parts.port
    except ValueError as error:
        raise Refused(f"{PAGE}: the link {link[:200]!r} is not an address: {error}") from None
    is_own = (parts.scheme, host, port) == (own.scheme, own.hostname, own.port)
    is_theirs = parts.scheme == "https" and (host == "worldbank.org" or host.endswith(".worldbank.org"))
    if "@" in parts.netloc or not (is_own or is_theirs):
        raise Refused(
            f"{PAGE}: the link {link[:200]!r} leads to {host or 'no host'}; only links to worldbank.org are followed"
        )
    return url


def parse(dataset: str, payload: bytes, on: date) -> pd.DataFrame:
    """Return the rows of the page or the workbook for its raw table, as text. Raises Refused."""
    rows = _links(payload) if dataset == PAGE else _prices(workbook.sheet(payload, SHEET), on)
    *texts, line_number = TABLES[dataset].columns
    frame = pd.DataFrame(rows, columns=[*texts, line_number])
    return frame.astype({**dict.fromkeys(texts, "str"), line_number: int})


class _LinkParser(HTMLParser):
    """Collects the addresses that a page links to, with their line numbers."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[tuple[str, int]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "a":
            self.found += [(value.strip(), self.getpos()[0]) for name, value in attrs if name == "href" and value]


def _links(payload: bytes) -> list[tuple[str, int]]:
    """Return a list of one: the link to the workbook and its line number. Raises Refused."""
    if len(payload) > MAX_PAGE_BYTES:
        raise Refused(
            f"the page has {len(payload):,} bytes; a page of the World Bank has fewer than {MAX_PAGE_BYTES:,}"
        )
    reader = _LinkParser()
    reader.feed(payload.decode(errors="replace"))  # only the link matters, and it must be ASCII
    links = {url: line for url, line in reversed(reader.found) if re.split("[?#]", url)[0].endswith(FILE)}
    if len(links) != 1:
        found = f": {', '.join(links)[:400]}" if links else ""
        raise Refused(f"the page has {len(links) or 'no'} links to {FILE}, not one{found}")
    return list(links.items())


def _prices(rows: list[list[Any]], on: date) -> list[tuple[str, str, str, str, str, int]]:
    """Return the sheet's prices, a row for each month and metal, with its row number in the sheet. Raises Refused."""
    header = next((number for number, row in enumerate(rows) if any(_name(cell) in PLAUSIBLE for cell in row)), None)
    if header is None:
        raise Refused(f"sheet {SHEET!r}: no column is named {' or '.join(PLAUSIBLE)}")
    columns = {metal: _column(rows, header, metal) for metal in PLAUSIBLE}
    months = _months(rows, header + 2, on)
    updated_on = _updated_on(rows[:header], on)
    return [
        (metal.lower(), period, _price(number, metal, rows[number][column]), UNIT, updated_on, number + 1)
        for number, period in months
        for metal, column in columns.items()
    ]


def _name(cell: Any) -> str:
    """Return a column's name without its footnote mark, as in `Beef **`."""
    return cell.strip(" *") if isinstance(cell, str) else ""


def _column(rows: list[list[Any]], header: int, metal: str) -> int:
    """Return the index of a metal's column, whose unit must be right. Raises Refused."""
    places = [place for place, cell in enumerate(rows[header]) if _name(cell) == metal]
    if len(places) != 1:
        raise Refused(f"{_place(header)}: {len(places) or 'no'} columns are named {metal!r}, not one")
    unit = rows[header + 1][places[0]] if header + 1 < len(rows) else ""
    if not isinstance(unit, str) or unit.strip() != UNIT:
        raise Refused(f"{_place(header + 1)}: the unit of {metal} is {unit!r}, not {UNIT!r}")
    return places[0]


def _updated_on(titles: list[list[Any]], on: date) -> str:
    """Return the date of the line `Updated on July 02, 2026` in ISO format. Raises Refused."""
    text = next((cell for row in titles for cell in row if isinstance(cell, str) and "Updated on" in cell), "")
    match = UPDATED.fullmatch(text.strip())
    try:
        updated_on = date(int(match[3]), MONTH_NAMES.index(match[1]) + 1, int(match[2])) if match else None
    except ValueError:
        updated_on = None
    if updated_on is None or not is_past(updated_on, on):
        raise Refused(f"sheet {SHEET!r}: {text!r} is not 'Updated on' with a date in the past, such as July 02, 2026")
    return updated_on.isoformat()


def _months(rows: list[list[Any]], first: int, on: date) -> list[tuple[int, str]]:
    """Return the index and the month of each row of figures; the months must be consecutive. Raises Refused."""
    filled = [number for number in range(first, len(rows)) if any(cell != "" for cell in rows[number])]
    if not filled:
        raise Refused(f"sheet {SHEET!r} has no months")
    # The column of months has no heading: it is the one that has a month in the first row of figures.
    place = next((place for place, cell in enumerate(rows[filled[0]]) if _month_index(cell)), 0)
    months = [(number, rows[number][place]) for number in filled]
    before = None
    for number, month in months:
        before = _next_month(number, month, before, on)
    return months


def _next_month(number: int, month: Any, before: int | None, on: date) -> int:
    """Return the index of a month that follows the one before and is not in the future. Raises Refused."""
    index = _month_index(month)
    if not index:
        raise Refused(f"{_place(number)}: {month!r} is not a month such as 1960M01")
    if index > on.year * 12 + on.month:
        raise Refused(f"{_place(number)}: month {month} is in the future")
    if index < EARLIEST.year * 12 + 1:
        raise Refused(f"{_place(number)}: month {month} is before {EARLIEST.year}")
    if before and index != before + 1:
        raise Refused(f"{_place(number)}: month {month} does not follow the month of the row before")
    return index


def _month_index(cell: Any) -> int:
    """Return the number of months since year 0 for a cell such as `1960M01`, and 0 for any other."""
    match = re.fullmatch(r"([12]\d{3})M(0[1-9]|1[0-2])", cell, re.ASCII) if isinstance(cell, str) else None
    return int(match[1]) * 12 + int(match[2]) if match else 0


def _price(number: int, metal: str, cell: Any) -> str:
    """Return a price as it is in the sheet, "" when it is missing. Raises Refused."""
    if cell in MISSING:
        return ""
    low, high = PLAUSIBLE[metal]
    if type(cell) not in (int, float):
        raise Refused(f"{_place(number)}: {metal} {cell!r} is not a number")
    if not low <= cell <= high:  # also true for NaN
        raise Refused(f"{_place(number)}: {metal} {cell!r} is not from {low:,} to {high:,} {UNIT}")
    if not is_exact(repr(cell)):
        raise Refused(f"{_place(number)}: {metal} {cell!r} has more than {PLACES} decimal places, which would be lost")
    return repr(cell).removesuffix(".0")


def _place(index: int) -> str:
    """Return where a row is, as a spreadsheet program numbers it."""
    return f"sheet {SHEET!r}, row {index + 1}"


def probe(addresses: Mapping[str, str], _on: date) -> Request:
    """Return the request for the page that links to the workbook."""
    return Request(PAGE, f"{addresses[NAME]}/en/research/commodity-markets", is_page=True)


SOURCE = Source(
    name=NAME,
    publisher="World Bank",
    description="Pink Sheet: gold, silver and platinum, monthly average prices in USD per troy ounce",
    cadence="monthly, in the first days of the next month",
    licence="CC BY 4.0, World Bank",
    table=lambda dataset: TABLES[dataset].name,
    tables=(LINKS, COMMODITY_PRICES),
    plan=plan,
    parse=parse,
    probe=probe,
    pause=timedelta(seconds=1),
    importable={PINK_SHEET: ""},
)

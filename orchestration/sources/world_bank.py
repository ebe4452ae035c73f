"""The World Bank's Pink Sheet: monthly prices of gold, silver and platinum since 1960, in an xlsx workbook.

The workbook moves to another address each year, so the page that links to it is asked first. The sheet's places move
too: everything in it is found by name. Prices stay as the sheet holds them, rounded by the World Bank.
"""

import re
from collections.abc import Mapping
from datetime import date, timedelta
from html.parser import HTMLParser
from typing import Any, NoReturn
from urllib.parse import urljoin, urlsplit

import pandas as pd

from orchestration.periods import MONTH_NAMES
from orchestration.sources import workbook
from orchestration.sources.connector import Context, Plan, RawTable, Refused, Request, Source

NAME = "world_bank"
PAGE, PINK_SHEET = "page", "pink_sheet"
FILE = "CMO-Historical-Data-Monthly.xlsx"
SHEET = "Monthly Prices"
UNIT = "($/troy oz)"
MISSING = ("…", "..", "...")  # the sheet of July 2026 has the first and the last of them
MOST_PAGE_BYTES = 10_000_000
# USD per troy oz. Seen from 1960 to June 2026: gold 35 to 5,020; a price per gram, per kg or in cents is refused.
PLAUSIBLE = {"Gold": (20, 50_000), "Silver": (0.1, 5_000), "Platinum": (20, 50_000)}
UPDATED = re.compile(r"Updated on ([A-Z][a-z]+) (\d{1,2}), (\d{4})")

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
    """Ask for the page, then for the workbook that it links to. Raises Refused for a link that leads elsewhere."""
    page = probe(context.addresses, context.today)
    reply = yield page
    if not isinstance(reply, Refused):
        yield Request(PINK_SHEET, _followed(page.url, str(reply.at[0, "url"])))


def _followed(page: str, link: str) -> str:
    """Return the whole address of a link: the World Bank's own, over TLS, or the page's own server. Raises Refused."""
    if not re.fullmatch(r"[!-~]+", link) or "\\" in link:
        raise Refused(f"{PAGE}: the link {link[:200]!r} is no plain address; it is not followed")
    try:
        url = urljoin(page, link)
        own, parts = urlsplit(page), urlsplit(url)
        host, port = parts.hostname or "", parts.port
    except ValueError as error:
        raise Refused(f"{PAGE}: the link {link[:200]!r} is no address: {error}") from None
    is_own = (parts.scheme, host, port) == (own.scheme, own.hostname, own.port)
    is_theirs = parts.scheme == "https" and (host == "worldbank.org" or host.endswith(".worldbank.org"))
    if "@" in parts.netloc or not (is_own or is_theirs):
        raise Refused(f"{PAGE}: the link {link[:200]!r} leads to {host or 'no host'}; only worldbank.org is followed")
    return url


def parse(dataset: str, payload: bytes, on: date) -> pd.DataFrame:
    """Parse the page or the workbook into rows of its raw table. Raises Refused, which says where and why."""
    rows = _links(payload) if dataset == PAGE else _prices(workbook.sheet(payload, SHEET), on)
    *texts, line_number = TABLES[dataset].columns
    frame = pd.DataFrame(rows, columns=[*texts, line_number])
    return frame.astype({**dict.fromkeys(texts, "str"), line_number: int})


class _Links(HTMLParser):
    """Collects the addresses that a page links to, with their lines."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[tuple[str, int]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "a":
            self.found += [(value.strip(), self.getpos()[0]) for name, value in attrs if name == "href" and value]


def _links(payload: bytes) -> list[tuple[str, int]]:
    """Return the link to the workbook and its line in the page, alone in a list. Raises Refused."""
    if len(payload) > MOST_PAGE_BYTES:
        raise Refused(
            f"the page has {len(payload):,} bytes; a page of the World Bank has fewer than {MOST_PAGE_BYTES:,}"
        )
    reader = _Links()
    reader.feed(payload.decode(errors="replace"))  # only the link is wanted, and that must be ASCII
    links = {url: line for url, line in reversed(reader.found) if re.split("[?#]", url)[0].endswith(FILE)}
    if len(links) != 1:
        raise Refused(f"the page holds {len(links) or 'no'} links to {FILE}, not one: {', '.join(links)[:400]}")
    return list(links.items())


def _prices(rows: list[list[Any]], on: date) -> list[tuple[str, str, str, str, str, int]]:
    """Return the sheet's prices, a row for each month and metal. Raises Refused."""
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
    """Return a column's name without the mark of a footnote, as in `Beef **`."""
    return cell.strip(" *") if isinstance(cell, str) else ""


def _column(rows: list[list[Any]], header: int, metal: str) -> int:
    """Return the place of a metal's column, the unit below its name proved. Raises Refused."""
    places = [place for place, cell in enumerate(rows[header]) if _name(cell) == metal]
    if len(places) != 1:
        _refuse(header, f"{len(places) or 'no'} columns are named {metal!r}, not one")
    unit = rows[header + 1][places[0]] if header + 1 < len(rows) else ""
    if not isinstance(unit, str) or unit.strip() != UNIT:
        _refuse(header + 1, f"the unit of {metal} is {unit!r}, not {UNIT!r}")
    return places[0]


def _updated_on(titles: list[list[Any]], on: date) -> str:
    """Return the day of the line `Updated on July 02, 2026` as ISO date. Raises Refused."""
    text = next((cell for row in titles for cell in row if isinstance(cell, str) and "Updated on" in cell), "")
    match = UPDATED.fullmatch(text.strip())
    try:
        updated_on = date(int(match[3]), MONTH_NAMES.index(match[1]) + 1, int(match[2])) if match else None
    except ValueError:
        updated_on = None
    if updated_on is None or updated_on > on:
        raise Refused(f"sheet {SHEET!r}: {text!r} is no day until today, such as 'Updated on July 02, 2026'")
    return updated_on.isoformat()


def _months(rows: list[list[Any]], first: int, on: date) -> list[tuple[int, str]]:
    """Return the number of each row of figures and its month; each follows the one before. Raises Refused."""
    filled = [number for number in range(first, len(rows)) if any(cell != "" for cell in rows[number])]
    if not filled:
        raise Refused(f"sheet {SHEET!r} holds no months")
    # The column of months has no name; it is where the first row of figures has one.
    place = next((place for place, cell in enumerate(rows[filled[0]]) if _month_index(cell)), 0)
    months = [(number, rows[number][place]) for number in filled]
    before = None
    for number, month in months:
        before = _next_month(number, month, before, on)
    return months


def _next_month(number: int, month: Any, before: int | None, on: date) -> int:
    """Return the index of a month that has begun and follows the one before. Raises Refused."""
    index = _month_index(month)
    if not index:
        _refuse(number, f"{month!r} is no month such as 1960M01")
    if index > on.year * 12 + on.month:
        _refuse(number, f"month {month} lies in the future")
    if before and index != before + 1:
        _refuse(number, f"month {month} does not follow the month of the row before")
    return index


def _month_index(cell: Any) -> int:
    """Return the months since year 0 of a cell such as `1960M01`, and 0 for any other."""
    match = re.fullmatch(r"([12]\d{3})M(0[1-9]|1[0-2])", cell, re.ASCII) if isinstance(cell, str) else None
    return int(match[1]) * 12 + int(match[2]) if match else 0


def _price(number: int, metal: str, cell: Any) -> str:
    """Return a price as the sheet holds it, "" when it is missing. Raises Refused."""
    if cell in MISSING:
        return ""
    low, high = PLAUSIBLE[metal]
    if type(cell) not in (int, float):
        _refuse(number, f"{metal} {cell!r} is no number")
    if not low <= cell <= high:  # NaN too
        _refuse(number, f"{metal} {cell!r} is not from {low:,} to {high:,} {UNIT}")
    return repr(cell).removesuffix(".0")


def _refuse(number: int, reason: str) -> NoReturn:
    raise Refused(f"sheet {SHEET!r}, row {number + 1}: {reason}")


def probe(addresses: Mapping[str, str], _on: date) -> Request:
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

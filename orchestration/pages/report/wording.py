"""How figures and dates are written for readers: grouped digits, a true minus sign, a dot for a missing figure."""

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from typing import Any

from orchestration import periods
from orchestration.pages.report.document import Cell

MISSING = "·"
NBSP = "\N{NO-BREAK SPACE}"  # keeps a number with its unit
FLOW_NAMES = {
    "imports": "Imports",
    "total_exports": "Total exports",
    "domestic_exports": "Domestic exports",
    "re_exports": "Re-exports",
    "retained_imports": "Retained imports",
    "net_exports": "Net exports",
    "net_imports": "Net imports",
    "not_applicable": "Both flows",
}

Number = Decimal | float | int | None


def number(value: Number, decimals: int = 0, *, signed: bool = False) -> str:
    """Return a number with that many decimals, or `·` if it is missing. A number that rounds to zero has no sign."""
    if value is None:
        return MISSING
    text = f"{value:{'+' if signed else ''},.{decimals}f}"
    if not any(digit in text for digit in "123456789"):
        text = text.lstrip("+-")
    return text.replace("-", "\N{MINUS SIGN}")


def percent(value: Number, decimals: int = 1) -> str:
    """Return a change in percent, with its sign."""
    return MISSING if value is None else f"{number(value, decimals, signed=True)}{NBSP}%"


def change(value: Number) -> str:
    """Return a change in percent in words, such as `up 5.3 %`, so that it does not depend on a colour or an arrow."""
    if value is None:
        return "no growth rate is held"
    if not value:
        return "unchanged"
    direction = "up" if value > 0 else "down"
    return f"{direction} {number(max(value, -value), 1)}{NBSP}%"


def billions(value_mn: Number, decimals: int = 1) -> str:
    """Return HK$ million as HK$ billion."""
    return MISSING if value_mn is None else f"HK${NBSP}{number(Decimal(str(value_mn)) / 1000, decimals)}{NBSP}bn"


def month(day: date) -> str:
    """Return `March 2026`."""
    return f"{periods.MONTH_NAMES[day.month - 1]} {day.year}"


def day(value: date | None) -> str:
    """Return `24 September 2026`."""
    return MISSING if value is None else f"{value.day} {month(value)}"


def period(label: str) -> str:
    """Return a period label in words; any other text unchanged."""
    try:
        return periods.parse(label).words
    except ValueError:
        return label


def flow(name: str) -> str:
    """Return the name of a flow for readers; an unknown one unchanged."""
    return FLOW_NAMES.get(name, name)


def rounding(unit_mn: Number) -> str:
    """Return the step in which a level was printed, HK$ million."""
    return "rounding not held" if unit_mn is None else f"to the nearest HK${NBSP}{number(unit_mn)}{NBSP}mn"


def listed(items: Sequence[str]) -> str:
    """Return `a, b and c`."""
    return " and ".join(filter(None, [", ".join(items[:-1]), *items[-1:]]))


def text_cell(value: object, sort: str | None = None, url: str | None = None) -> Cell:
    """Return a cell of text, optionally a link; `·` if there is none."""
    missing = value is None or value == ""
    return Cell(MISSING if missing else str(value), "" if missing else sort, url or "")


def number_cell(value: Number, decimals: int = 0, *, signed: bool = False) -> Cell:
    """Return a cell that shows a rounded number and sorts by its full value."""
    return Cell(number(value, decimals, signed=signed), "" if value is None else str(value))


def month_cell(value: date) -> Cell:
    """Return a cell that shows a month in words and sorts by date."""
    return Cell(month(value), value.isoformat())


def period_cell(row: dict[str, Any]) -> Cell:
    """Return the period of a row, sorted by its end and then its length."""
    return Cell(row["period_label"], f"{row['period_end']} {row['period_start']}")

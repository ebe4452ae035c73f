"""Rows of C&SD's tables with published figures, taken from the embedded record, in C&SD's format."""

import csv
import re
from collections.abc import Iterator
from decimal import Decimal

from orchestration.settings import FIGURES_DIR
from testing.replay.csd import Row

HK_MILLION, YEAR_ON_YEAR = "HK$ million", "Year-on-year % change"
THREE_MONTHS = "3-month-on-3-month % change"  # C&SD's wording is not known
FIRST_YEAR = "2018"
LEVELS = {"total_exports": "VAL_TX", "imports": "VAL_IM", "balance": "BAL"}
CHANGES = {"exports_yoy": "VAL_TX", "imports_yoy": "VAL_IM"}
OFFICIAL = ("csd_trade_records", "hksar_press_release", "hksar_press_release_repost")
LABEL = re.compile(r"(\d{4})(?:-(\d\d|Q\d|H\d))?(?:\.\.(\d{4})-(\d\d))?")
LAST_MONTHS = {"Q1": 3, "Q2": 6, "Q3": 9, "Q4": 12, "H1": 6, "H2": 12}

Figure = dict[str, str]


def record(name: str) -> list[Figure]:
    """Return the rows of one file of the embedded record."""
    with (FIGURES_DIR / f"{name}.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def csd_row(freq: str, period: str, sv: str, presentation: str, figure: float | str, flag: str = "") -> Row:
    return {"freq": freq, "period": period, "sv": sv, "svDesc": presentation, "figure": figure, "sd_value": flag}


def monthly_totals() -> list[Row]:
    """Return exports, imports and, where it was published, the balance of each month since 2018 in HK$ million."""
    return [
        csd_row(
            "M", figure["period_label"].replace("-", ""), LEVELS[figure["measure"]], HK_MILLION, int(figure["value"])
        )
        for figure in record("trade_totals_monthly")
    ]


def cumulative_totals(*frequencies: str, since: str = FIRST_YEAR) -> list[Row]:
    """Return annual (Y), year-to-month (YTM) and 12-month (M12M) figures that C&SD's tables print."""
    rows: dict[tuple[str, str, str, str], float] = {}
    for figure in record("trade_totals_cumulative"):
        freq, period = frequency_and_period(figure["period_label"])
        if freq not in frequencies or period < since or figure["flag"]:
            continue
        # A year-to-month figure of the table is in whole HK$ million; one in HK$ billion comes from a press page.
        if figure["measure"] in LEVELS and figure["rounding_unit"] == "0.001":
            sv, presentation = LEVELS[figure["measure"]], HK_MILLION
            rows[freq, period, sv, presentation] = int(Decimal(figure["value"]) * 1000)
        elif figure["measure"] in CHANGES and figure["source_id"] in OFFICIAL:
            rows[freq, period, CHANGES[figure["measure"]], YEAR_ON_YEAR] = float(figure["value"])
    return [csd_row(*key, figure) for key, figure in rows.items()]


def seasonally_adjusted() -> list[Row]:
    """Return the change of each three months on the three before, the newest vintage of each."""
    rows = {}
    for figure in record("trade_seasonally_adjusted"):
        if figure["period_label"] >= FIRST_YEAR:
            _, period = frequency_and_period(figure["period_label"])
            sv = f"SA_{LEVELS[figure['flow']]}"
            rows[period, sv] = csd_row("M3M", period, sv, THREE_MONTHS, float(figure["value"]))
    return list(rows.values())


def frequency_and_period(label: str) -> tuple[str, str]:
    """Return C&SD's frequency and period for a label of the record; a period of months has its last month."""
    found = LABEL.fullmatch(label)
    if not found:
        raise ValueError(label)
    year, part, last_year, last_month = found.groups()
    if part is None:
        return "Y", year
    if last_year is None:
        month = LAST_MONTHS.get(part) or int(part)
        return ("YTM" if part in ("Q1", "H1") else "Q" if part in LAST_MONTHS else "M"), f"{year}{month:02d}"
    months = (int(last_year) - int(year)) * 12 + int(last_month) - int(part) + 1
    is_year_to_month = part == "01" and year == last_year
    frequency = "YTM" if is_year_to_month else {12: "M12M", 3: "M3M"}.get(months, "")
    return frequency, f"{last_year}{last_month}"


def months_of(rows: list[Row], sv: str) -> Iterator[tuple[str, int]]:
    """Yield month and figure of a statistic."""
    return ((row["period"], row["figure"]) for row in rows if row["sv"] == sv and row["freq"] == "M")


def monthly(name: str) -> dict[str, Decimal]:
    """Return a monthly series of the record by month, such as 202606."""
    return {row["period_label"].replace("-", ""): Decimal(row["value"]) for row in record(name)}

"""What happened in the latest month, and the balance, its growth and its two bases over time."""

from decimal import Decimal
from typing import Any

from duckdb import DuckDBPyConnection

from orchestration.pages.report import wording
from orchestration.pages.report.document import Cell, Chart, Column, Section, Table, Tile, nothing_held
from orchestration.pages.report.queries import Row, rows, spec
from orchestration.pages.report.wording import billions, change, month_cell, number, number_cell
from orchestration.periods import ordinal

RECORDS = 5
SHOWN_MONTHS = 24

LATEST = """
select *, strftime(month, '%Y-%m') as period_label
from marts.fct_trade_balance_monthly where balance_hkd_mn is not null order by month desc limit 1
"""
YEAR_TO_DATE = """
select period_label, basis, balance_hkd_mn, deficit_pct_of_imports
from marts.fct_trade_balance_period
where frequency = 'year_to_month' and period_end = last_day($month) and balance_hkd_mn is not null
order by basis
"""
BALANCES = """
with held as (
    select month, balance_hkd_mn, deficit_pct_of_imports, deficit_rank, rounding_unit_hkd_mn, evidence,
        lag(month) over (order by month) as month_before
    from marts.fct_trade_balance_monthly where balance_hkd_mn is not null
)
select * exclude (month_before), balance_hkd_mn / 1000 as balance_hkd_bn, month = max(month) over () as is_latest,
    coalesce(deficit_rank <= $records, false) as is_record
from held
where month >= (select max(month) from held where month_before is distinct from month - interval 1 month)
order by month
"""
LARGEST = """
select month, balance_hkd_mn, deficit_pct_of_imports, deficit_rank, record_months
from marts.fct_trade_balance_monthly where deficit_rank <= $records order by deficit_rank
"""
GROWTH = """
select month, exports_yoy_pct, imports_yoy_pct, is_lunar_new_year_distorted
from marts.fct_trade_balance_monthly
where month >= coalesce((
    select max(month) + interval 1 month from marts.fct_trade_balance_monthly
    where exports_yoy_pct is null and imports_yoy_pct is null
), date '1952-01-01')
order by month
"""


def title(connection: DuckDBPyConnection) -> str:
    """Return what the report is called."""
    latest = rows(connection, LATEST)
    subject = "Hong Kong's external merchandise trade"
    return f"{subject}, {wording.month(latest[0]['month'])}" if latest else subject


def lead(connection: DuckDBPyConnection) -> str:
    """Return the first sentence: exports, imports and the balance of the latest month."""
    latest = rows(connection, LATEST)
    if not latest:
        return "This release holds no month of trade."
    now = latest[0]
    return (
        f"Exports were {_growth(now['exports_yoy_pct'])} and imports {_growth(now['imports_yoy_pct'])}."
        f" The {_kind(now)} of {billions(abs(now['balance_hkd_mn']))} was"
        f" {number(abs(now['deficit_pct_of_imports']), 1)} % of imports{_rank(now)}."
    )


def _growth(rate: float | None) -> str:
    return f"{change(rate)} on the year" if rate is not None else "held without a growth rate"


def _kind(row: Row) -> str:
    return "deficit" if row["balance_hkd_mn"] < 0 else "surplus"


def _rank(row: Row) -> str:
    if row["deficit_rank"] is None:
        return ""
    place = "largest" if row["deficit_rank"] == 1 else f"{ordinal(row['deficit_rank'])} largest"
    return f", the {place} deficit of the {number(row['record_months'])} months held"


def what_happened(connection: DuckDBPyConnection) -> Section:
    """Return the headline figures of the latest month, with their rounding, growth, rank and how to trace them."""
    latest = rows(connection, LATEST)
    if not latest:
        return nothing_held("what-happened", "What happened", "month whose balance is known")
    now = latest[0]
    in_usd = (
        f"US$ {number(now['balance_usd_mn'])} mn, at HKD {number(now['hkd_per_usd'], 4)} per USD"
        if now["balance_usd_mn"] is not None
        else f"not in US dollars: no exchange rate of {wording.month(now['month'])} is held"
    )
    tiles = [
        Tile(
            f"Balance: a {_kind(now)}",
            number(now["balance_hkd_mn"]),
            "HK$ mn",
            (wording.rounding(now["rounding_unit_hkd_mn"]), in_usd),
        ),
        *(
            Tile(
                wording.flow(flow),
                number(now[f"{flow}_hkd_mn"]),
                "HK$ mn",
                (
                    f"{change(now[f'{name}_yoy_pct'])} on the year",
                    wording.rounding(now[f"{name}_rounding_unit_hkd_mn"]),
                ),
            )
            for flow, name in (("total_exports", "exports"), ("imports", "imports"))
        ),
        Tile(_kind(now).title(), number(abs(now["deficit_pct_of_imports"]), 1), "% of imports"),
        *_rank_tile(now),
    ]
    return Section(
        "what-happened",
        "What happened",
        tiles=tiles,
        sentences=[*_year_to_date(connection, now)],
        tables=[_headline_table(now)],
    )


def _rank_tile(now: Row) -> list[Tile]:
    if now["deficit_rank"] is None:
        return []
    since = f"those held since {wording.month(now['record_start'])}"
    gaps = f"{number(now['record_missing_months'])} months between are not held"
    notes = (since, gaps) if now["record_missing_months"] else (since,)
    return [Tile("Rank of the deficit", ordinal(now["deficit_rank"]), _of_months(now), notes)]


def _of_months(now: Row) -> str:
    return f"of {number(now['record_months'])} months"


def _year_to_date(connection: DuckDBPyConnection, now: Row) -> list[str]:
    bases = {"published": "as published", "sum_of_months": "as the sum of the months"}
    held = [
        f"{billions(each['balance_hkd_mn'])} {bases[each['basis']]}"
        for each in rows(connection, YEAR_TO_DATE, month=now["month"])
    ]
    through = f"January to {wording.month(now['month'])}"
    return [f"The balance of {through}: {wording.listed(held)}."] if held and now["month"].month > 1 else []


def _headline_table(now: Row) -> Table:
    label = now["period_label"]
    measures = [
        ("Total exports", "total_exports", "total_exports_hkd_mn", "exports"),
        ("Imports", "imports", "imports_hkd_mn", "imports"),
        ("Balance", "balance", "balance_hkd_mn", ""),
    ]
    return Table(
        f"Headline figures of {wording.month(now['month'])}, and how to trace them",
        [
            Column("Figure"),
            Column("HK$ mn", "number"),
            Column("On the year, %", "number"),
            Column("On the month, %", "number"),
            Column("Printed to, HK$ mn", "number"),
            Column("Trace it"),
        ],
        [
            [
                Cell(name),
                number_cell(now[column]),
                number_cell(now.get(f"{flow}_yoy_pct"), 1, signed=True),
                number_cell(now.get(f"{flow}_mom_pct"), 1, signed=True),
                number_cell(now[f"{flow}_rounding_unit_hkd_mn" if flow else "rounding_unit_hkd_mn"]),
                Cell(f"entrepot trace {label} {measure}", is_code=True),
            ]
            for name, measure, column, flow in measures
        ],
        is_sortable=False,
    )


def balance(connection: DuckDBPyConnection) -> Section:
    """Return the balance since the last gap in the record, with the largest deficits marked by rank."""
    held = rows(connection, BALANCES, records=RECORDS)
    if not held:
        return nothing_held("balance", "The balance over time", "monthly balance")
    columns = [Column("Month", "date"), Column("Balance, HK$ mn", "number"), Column("Deficit in imports, %", "number")]
    latest = [
        [month_cell(row["month"]), number_cell(row["balance_hkd_mn"]), number_cell(row["deficit_pct_of_imports"], 1)]
        for row in held[: -SHOWN_MONTHS - 1 : -1]
    ]
    low = min(held, key=lambda row: Decimal(row["balance_hkd_mn"]))
    largest = rows(connection, LARGEST, records=RECORDS)
    chart = Chart(
        "balance-by-month",
        "Merchandise trade balance by month, HK$ billion",
        f"{number(len(held))} months without a gap, {wording.month(held[0]['month'])} to"
        f" {wording.month(held[-1]['month'])}. The lowest is {billions(low['balance_hkd_mn'])} in"
        f" {wording.month(low['month'])}, the latest {billions(held[-1]['balance_hkd_mn'])}. Numbers mark the"
        f" {RECORDS} largest deficits on record.",
        spec("balance", held),
        Table(f"Balance of the latest {len(latest)} months", columns, latest),
    )
    return Section(
        "balance", "The balance over time", charts=[chart], tables=[_records(largest)] if largest else [],
        notes=["A rank is taken over the months held: a larger deficit in a month that is not held cannot be seen."],
    )  # fmt: skip


def _records(largest: list[Row]) -> Table:
    return Table(
        f"The largest deficits of {number(largest[0]['record_months'])} months held",
        [
            Column("Month", "date"),
            Column("Rank", "number"),
            Column("Balance, HK$ mn", "number"),
            Column("% of imports", "number"),
        ],
        [
            [
                month_cell(row["month"]),
                number_cell(row["deficit_rank"]),
                number_cell(row["balance_hkd_mn"]),
                number_cell(row["deficit_pct_of_imports"], 1),
            ]
            for row in largest
        ],
    )


def growth(connection: DuckDBPyConnection) -> Section:
    """Return growth on the year, with the months that Lunar New Year distorts shaded."""
    held = rows(connection, GROWTH)
    if not held:
        return nothing_held("growth", "Exports and imports: growth", "growth over a year")
    now = held[-1]
    long = [
        {"month": row["month"], "flow": flow, "yoy_pct": row[column], **_flag(row)}
        for row in held
        for flow, column in (("Total exports", "exports_yoy_pct"), ("Imports", "imports_yoy_pct"))
    ]
    latest = [
        [
            month_cell(row["month"]),
            number_cell(row["exports_yoy_pct"], 1, signed=True),
            number_cell(row["imports_yoy_pct"], 1, signed=True),
            Cell("yes" if row["is_lunar_new_year_distorted"] else "no"),
        ]
        for row in held[: -SHOWN_MONTHS - 1 : -1]
    ]
    columns = [Column("Month", "date"), Column("Total exports, %", "number"), Column("Imports, %", "number")]
    chart = Chart(
        "growth-on-the-year",
        "Growth on the same month of the year before, percent",
        f"In {wording.month(now['month'])} exports were {_growth(now['exports_yoy_pct'])} and imports"
        f" {_growth(now['imports_yoy_pct'])}. Shaded: January and February, which Lunar New Year distorts.",
        spec("growth", long),
        Table(f"Growth of the latest {len(latest)} months", [*columns, Column("Distorted by Lunar New Year")], latest),
    )
    return Section("growth", "Exports and imports: growth", charts=[chart])


def _flag(row: Row) -> dict[str, Any]:
    return {"is_lunar_new_year_distorted": row["is_lunar_new_year_distorted"]}

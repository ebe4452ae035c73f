"""The sections on the latest month, and on the balance and growth over time."""

from decimal import Decimal

from duckdb import DuckDBPyConnection

from orchestration.pages.report import wording
from orchestration.pages.report.document import Cell, Chart, Column, Section, Table, Tile, empty_section
from orchestration.pages.report.queries import Row, chart_spec, fetch_rows, newest
from orchestration.pages.report.wording import billions, change, month_cell, number, number_cell
from orchestration.periods import ordinal

MARKED_DEFICITS = 5

LATEST_MONTH = """
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
LARGEST_DEFICITS = """
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
    """Return the title of the report."""
    months = fetch_rows(connection, LATEST_MONTH)
    subject = "Hong Kong's external merchandise trade"
    return f"{subject}, {wording.month(months[0]['month'])}" if months else subject


def lead(connection: DuckDBPyConnection) -> str:
    """Return the first sentences: exports, imports and the balance of the latest month."""
    months = fetch_rows(connection, LATEST_MONTH)
    if not months:
        return "This release holds no month of trade."
    latest = months[0]
    return (
        f"Exports were {_growth_words(latest['exports_yoy_pct'])}"
        f" and imports {_growth_words(latest['imports_yoy_pct'])}."
        f" The {_kind(latest)} of {billions(abs(latest['balance_hkd_mn']))} was"
        f" {number(abs(latest['deficit_pct_of_imports']), 1)} % of imports{_rank_words(latest)}."
    )


def _growth_words(rate: float | None) -> str:
    return f"{change(rate)} on the year" if rate is not None else "held without a growth rate"


def _kind(row: Row) -> str:
    return "deficit" if row["balance_hkd_mn"] < 0 else "surplus"


def _rank_words(row: Row) -> str:
    if row["deficit_rank"] is None:
        return ""
    place = "largest" if row["deficit_rank"] == 1 else f"{ordinal(row['deficit_rank'])} largest"
    return f", the {place} deficit of the {number(row['record_months'])} months held"


def what_happened(connection: DuckDBPyConnection) -> Section:
    """Return the headline figures of the latest month, with their rounding, growth, rank and how to trace them."""
    months = fetch_rows(connection, LATEST_MONTH)
    if not months:
        return empty_section("what-happened", "What happened", "month whose balance is known")
    latest = months[0]
    in_usd = (
        f"US$ {number(latest['balance_usd_mn'])} mn, at HKD {number(latest['hkd_per_usd'], 4)} per USD"
        if latest["balance_usd_mn"] is not None
        else f"not in US dollars: no exchange rate of {wording.month(latest['month'])} is held"
    )
    tiles = [
        Tile(
            f"Balance: a {_kind(latest)}",
            number(latest["balance_hkd_mn"]),
            "HK$ mn",
            (wording.rounding(latest["rounding_unit_hkd_mn"]), in_usd),
        ),
        *(
            Tile(
                wording.flow(flow),
                number(latest[f"{flow}_hkd_mn"]),
                "HK$ mn",
                (
                    f"{change(latest[f'{name}_yoy_pct'])} on the year",
                    wording.rounding(latest[f"{name}_rounding_unit_hkd_mn"]),
                ),
            )
            for flow, name in (("total_exports", "exports"), ("imports", "imports"))
        ),
        Tile(_kind(latest).title(), number(abs(latest["deficit_pct_of_imports"]), 1), "% of imports"),
        *_rank_tile(latest),
    ]
    return Section(
        "what-happened",
        "What happened",
        tiles=tiles,
        sentences=[*_year_to_date(connection, latest)],
        tables=[_headline_table(latest)],
    )


def _rank_tile(latest: Row) -> list[Tile]:
    if latest["deficit_rank"] is None:
        return []
    since = f"those held since {wording.month(latest['record_start'])}"
    gaps = f"{number(latest['record_missing_months'])} months between are not held"
    notes = (since, gaps) if latest["record_missing_months"] else (since,)
    return [Tile("Rank of the deficit", ordinal(latest["deficit_rank"]), _of_months(latest), notes)]


def _of_months(latest: Row) -> str:
    return f"of {number(latest['record_months'])} months"


def _year_to_date(connection: DuckDBPyConnection, latest: Row) -> list[str]:
    bases = {"published": "as published", "sum_of_months": "as the sum of the months"}
    held = [
        f"{billions(each['balance_hkd_mn'])} {bases[each['basis']]}"
        for each in fetch_rows(connection, YEAR_TO_DATE, month=latest["month"])
    ]
    through = f"January to {wording.month(latest['month'])}"
    return [f"The balance of {through}: {wording.listed(held)}."] if held and latest["month"].month > 1 else []


def _headline_table(latest: Row) -> Table:
    label = latest["period_label"]
    measures = [
        ("Total exports", "total_exports", "total_exports_hkd_mn", "exports"),
        ("Imports", "imports", "imports_hkd_mn", "imports"),
        ("Balance", "balance", "balance_hkd_mn", ""),
    ]
    return Table(
        f"Headline figures of {wording.month(latest['month'])}, and how to trace them",
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
                number_cell(latest[column]),
                number_cell(latest.get(f"{flow}_yoy_pct"), 1, signed=True),
                number_cell(latest.get(f"{flow}_mom_pct"), 1, signed=True),
                number_cell(latest[f"{flow}_rounding_unit_hkd_mn" if flow else "rounding_unit_hkd_mn"]),
                Cell(f"entrepot trace {label} {measure}", is_code=True),
            ]
            for name, measure, column, flow in measures
        ],
        is_sortable=False,
    )


def balance(connection: DuckDBPyConnection) -> Section:
    """Return the balance since the last gap in the record, with the largest deficits marked by rank."""
    months = fetch_rows(connection, BALANCES, records=MARKED_DEFICITS)
    if not months:
        return empty_section("balance", "The balance over time", "monthly balance")
    columns = [Column("Month", "date"), Column("Balance, HK$ mn", "number"), Column("Deficit, % of imports", "number")]
    table_rows = [
        [month_cell(row["month"]), number_cell(row["balance_hkd_mn"]), number_cell(row["deficit_pct_of_imports"], 1)]
        for row in newest(months)
    ]
    low = min(months, key=lambda row: Decimal(row["balance_hkd_mn"]))
    largest = fetch_rows(connection, LARGEST_DEFICITS, records=MARKED_DEFICITS)
    chart = Chart(
        "balance-by-month",
        "Merchandise trade balance by month, HK$ billion",
        f"{number(len(months))} months without a gap, {wording.month(months[0]['month'])} to"
        f" {wording.month(months[-1]['month'])}. The lowest is {billions(low['balance_hkd_mn'])} in"
        f" {wording.month(low['month'])}, the latest {billions(months[-1]['balance_hkd_mn'])}. Numbers mark the"
        f" {MARKED_DEFICITS} largest deficits on record.",
        chart_spec("balance", months),
        Table(f"Balance of the latest {len(table_rows)} months", columns, table_rows),
    )
    note = "A rank is taken over the months held: a larger deficit in a month that is not held cannot be seen."
    tables = [_largest_deficits(largest)] if largest else []
    return Section("balance", "The balance over time", charts=[chart], tables=tables, notes=[note])


def _largest_deficits(largest: list[Row]) -> Table:
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
    """Return growth on the year, with the months shaded that Lunar New Year distorts."""
    months = fetch_rows(connection, GROWTH)
    if not months:
        return empty_section("growth", "Exports and imports: growth", "growth over a year")
    latest = months[-1]
    points = [
        {
            "month": row["month"],
            "flow": flow,
            "yoy_pct": row[column],
            "is_lunar_new_year_distorted": row["is_lunar_new_year_distorted"],
        }
        for row in months
        for flow, column in (("Total exports", "exports_yoy_pct"), ("Imports", "imports_yoy_pct"))
    ]
    table_rows = [
        [
            month_cell(row["month"]),
            number_cell(row["exports_yoy_pct"], 1, signed=True),
            number_cell(row["imports_yoy_pct"], 1, signed=True),
            Cell("yes" if row["is_lunar_new_year_distorted"] else "no"),
        ]
        for row in newest(months)
    ]
    columns = [Column("Month", "date"), Column("Total exports, %", "number"), Column("Imports, %", "number")]
    chart = Chart(
        "growth-on-the-year",
        "Growth on the same month of the year before, percent",
        f"In {wording.month(latest['month'])} exports were {_growth_words(latest['exports_yoy_pct'])} and imports"
        f" {_growth_words(latest['imports_yoy_pct'])}. Shaded: January and February, which Lunar New Year distorts.",
        chart_spec("growth", points),
        Table(
            f"Growth of the latest {len(table_rows)} months",
            [*columns, Column("Distorted by Lunar New Year")],
            table_rows,
        ),
    )
    return Section("growth", "Exports and imports: growth", charts=[chart])

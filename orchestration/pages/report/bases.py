"""The section on the two bases of a period: the cumulative figure as published, and the sum of its months."""

from duckdb import DuckDBPyConnection

from orchestration.pages.report import wording
from orchestration.pages.report.document import Chart, Column, Section, Table, empty_section
from orchestration.pages.report.queries import Row, chart_spec, fetch_rows
from orchestration.pages.report.wording import billions, number, number_cell, period_cell

CORRECTED_PERIODS = """
select
    published.period_label, published.period_start, published.period_end, published.frequency,
    published.balance_hkd_mn as published_hkd_mn,
    summed.balance_hkd_mn as summed_hkd_mn,
    published.late_corrections_balance_hkd_mn as corrections_hkd_mn,
    published.late_corrections_balance_hkd_mn / 1000 as corrections_hkd_bn,
    100 * published.late_corrections_balance_hkd_mn / nullif(summed.total_exports_hkd_mn, 0) as pct_of_exports
from marts.fct_trade_balance_period as published
inner join marts.fct_trade_balance_period as summed using (period_label)
where
    published.basis = 'published' and summed.basis = 'sum_of_months'
    and published.late_corrections_balance_hkd_mn is not null
    and published.frequency in ('quarter', 'half', 'year', 'year_to_month')
order by published.period_end, published.period_start desc
"""
TITLE = "As published, and as the sum of the months"


def corrected_periods(connection: DuckDBPyConnection) -> list[Row]:
    """Return the periods that have a balance on both bases, oldest first, with the difference between the two."""
    return fetch_rows(connection, CORRECTED_PERIODS)


def two_bases(connection: DuckDBPyConnection) -> Section:
    """Return the late corrections: published cumulative balances less the sum of their months."""
    periods = corrected_periods(connection)
    if not periods:
        return empty_section("two-bases", TITLE, "period both as published and as the sum of its months")
    latest, widest = periods[-1], max(periods, key=lambda row: abs(row["corrections_hkd_mn"]))
    table = Table(
        f"Balance of the {len(periods)} periods with both bases, HK$ mn",
        [
            Column("Period", "date"),
            Column("As published", "number"),
            Column("Sum of months", "number"),
            Column("Difference", "number"),
            Column("Difference, % of exports", "number"),
        ],
        [
            [
                period_cell(row),
                number_cell(row["published_hkd_mn"]),
                number_cell(row["summed_hkd_mn"]),
                number_cell(row["corrections_hkd_mn"], signed=True),
                number_cell(row["pct_of_exports"], 3, signed=True),
            ]
            for row in reversed(periods)
        ],
    )
    chart = Chart(
        "late-corrections",
        "Late corrections to the balance: published figure less sum of months, HK$ billion",
        f"{number(len(periods))} periods. The latest is {wording.period(latest['period_label'])} with"
        f" {billions(latest['corrections_hkd_mn'], 3)}, the widest {wording.period(widest['period_label'])} with"
        f" {billions(widest['corrections_hkd_mn'], 3)}.",
        chart_spec("corrections", periods),
        table,
    )
    return Section("two-bases", TITLE, charts=[chart])

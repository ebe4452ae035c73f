"""Two bases: the cumulative figure as published, and the sum of its months."""

from duckdb import DuckDBPyConnection

from orchestration.pages.report import wording
from orchestration.pages.report.document import Chart, Column, Section, Table, nothing_held
from orchestration.pages.report.queries import Row, rows, spec
from orchestration.pages.report.wording import billions, number, number_cell, period_cell

CORRECTED = """
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


def corrected(connection: DuckDBPyConnection) -> list[Row]:
    """Return the periods that are held on both bases, oldest first, with the difference."""
    return rows(connection, CORRECTED)


def two_bases(connection: DuckDBPyConnection) -> Section:
    """Return the late corrections: how far the published cumulative figures lie from the sum of their months."""
    held = corrected(connection)
    if not held:
        return nothing_held("two-bases", TITLE, "period both as published and as the sum of its months")
    now, widest = held[-1], max(held, key=lambda row: abs(row["corrections_hkd_mn"]))
    table = Table(
        f"Balance of the {len(held)} periods held on both bases, HK$ mn",
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
            for row in reversed(held)
        ],
    )
    chart = Chart(
        "late-corrections",
        "Late corrections to the balance: published figure less sum of months, HK$ billion",
        f"{number(len(held))} periods. The latest is {wording.period(now['period_label'])} with"
        f" {billions(now['corrections_hkd_mn'], 3)}, the widest {wording.period(widest['period_label'])} with"
        f" {billions(widest['corrections_hkd_mn'], 3)}.",
        spec("corrections", held),
        table,
    )
    return Section("two-bases", TITLE, charts=[chart])

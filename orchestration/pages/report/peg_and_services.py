"""The sections on the exchange rate in its band, and on services beside goods."""

from decimal import Decimal

from duckdb import DuckDBPyConnection

from orchestration.claims.measures import STRONG_SIDE, WEAK_SIDE
from orchestration.pages.report import wording
from orchestration.pages.report.document import Chart, Column, Section, Table, empty_section
from orchestration.pages.report.queries import chart_spec, fetch_rows, newest
from orchestration.pages.report.wording import month_cell, number, number_cell, text_cell

RATES = """
select month, hkd_per_usd, band_position from marts.fct_hkd_peg_monthly
where hkd_per_usd is not null and band_position is not null order by month
"""
SERVICES_QUARTERS = """
select quarter, services_balance_hkd_bn, bop_goods_balance_hkd_bn, merchandise_balance_hkd_bn, merchandise_basis,
    services_cover_ratio
from marts.fct_services_buffer_quarterly order by period_end
"""


def peg(connection: DuckDBPyConnection) -> Section:
    """Return the monthly exchange rate of the Hong Kong dollar and its position in the band."""
    title = "The Hong Kong dollar in its band"
    months = fetch_rows(connection, RATES)
    if not months:
        return empty_section("peg", title, "exchange rate within the band")
    latest = months[-1]
    columns = [Column("Month", "date"), Column("HKD per USD", "number"), Column("Position in the band", "number")]
    table_rows = [
        [month_cell(row["month"]), number_cell(row["hkd_per_usd"], 4), number_cell(row["band_position"], 2)]
        for row in newest(months)
    ]
    edges = {"strong_side": STRONG_SIDE, "weak_side": WEAK_SIDE}
    chart = Chart(
        "peg-band",
        "HKD per USD, monthly average; the band is shaded",
        f"{number(latest['hkd_per_usd'], 4)} in {wording.month(latest['month'])}: {number(latest['band_position'], 2)}"
        f" of the way from the strong side ({number(STRONG_SIDE, 2)}) to the weak side ({number(WEAK_SIDE, 2)}).",
        chart_spec("peg", [row | edges for row in months]),
        Table(f"Exchange rate of the latest {len(table_rows)} months", columns, table_rows),
    )
    return Section("peg", title, charts=[chart])


def services(connection: DuckDBPyConnection) -> Section:
    """Return how far the surplus in services covers the merchandise deficit, by quarter."""
    title = "Services beside goods"
    quarters = fetch_rows(connection, SERVICES_QUARTERS)
    comparable = [row for row in quarters if row["services_cover_ratio"] is not None]
    if not comparable:
        return empty_section("services", title, "quarter with both a services and a merchandise balance")
    latest = comparable[-1]
    bars = [
        {"quarter": row["quarter"], "balance": name, "value_hkd_bn": row[column]}
        for row in comparable
        for name, column in (("Services", "services_balance_hkd_bn"), ("Merchandise", "merchandise_balance_hkd_bn"))
    ]
    chart = Chart(
        "services-cover",
        "Balance of services and of merchandise by quarter, HK$ billion",
        f"In {wording.period(latest['quarter'])} services came to {_billions(latest['services_balance_hkd_bn'])}"
        f" beside merchandise of {_billions(latest['merchandise_balance_hkd_bn'])}:"
        f" a cover of {number(100 * latest['services_cover_ratio'])} %.",
        chart_spec("services", bars),
        Table(
            "Quarters held, HK$ bn",
            [
                Column("Quarter"),
                Column("Services", "number"),
                Column("Merchandise", "number"),
                Column("Basis of merchandise"),
                Column("Cover, %", "number"),
                Column("Goods, balance of payments", "number"),
            ],
            [
                [
                    text_cell(row["quarter"]),
                    number_cell(row["services_balance_hkd_bn"], 1),
                    number_cell(row["merchandise_balance_hkd_bn"], 1),
                    text_cell(
                        {"sum_of_months": "sum of months"}.get(row["merchandise_basis"], row["merchandise_basis"])
                    ),
                    number_cell(_percent(row["services_cover_ratio"])),
                    number_cell(row["bop_goods_balance_hkd_bn"], 1),
                ]
                for row in reversed(quarters)
            ],
        ),
    )
    note = (
        "The goods balance of the balance of payments is not the same as the merchandise balance: it counts goods"
        " when they change owners, not when they cross the border."
    )
    return Section("services", title, charts=[chart], notes=[note])


def _billions(value: Decimal) -> str:
    return wording.billions(1000 * value)


def _percent(ratio: float | None) -> float | None:
    return None if ratio is None else 100 * ratio

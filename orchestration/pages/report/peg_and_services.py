"""The exchange rate in its band, and services beside goods."""

from decimal import Decimal

from duckdb import DuckDBPyConnection

from orchestration.pages.report import wording
from orchestration.pages.report.document import Chart, Column, Section, Table, nothing_held
from orchestration.pages.report.queries import rows, spec
from orchestration.pages.report.wording import month_cell, number, number_cell, text_cell
from orchestration.warehouse.peg import BAND

SHOWN_MONTHS = 24
RATES = """
select month, hkd_per_usd, band_position from marts.fct_hkd_peg_monthly
where hkd_per_usd is not null and band_position is not null order by month
"""
SERVICES = """
select quarter, services_balance_hkd_bn, bop_goods_balance_hkd_bn, merchandise_balance_hkd_bn, merchandise_basis,
    services_cover_ratio
from marts.fct_services_buffer_quarterly order by period_end
"""


def peg(connection: DuckDBPyConnection) -> Section:
    """Return the monthly rate of the Hong Kong dollar and where it lies in its band."""
    title = "The Hong Kong dollar in its band"
    held = rows(connection, RATES)
    if not held:
        return nothing_held("peg", title, "exchange rate within the band")
    strong, weak = BAND
    now = held[-1]
    columns = [Column("Month", "date"), Column("HKD per USD", "number"), Column("Position in the band", "number")]
    latest = [
        [month_cell(row["month"]), number_cell(row["hkd_per_usd"], 4), number_cell(row["band_position"], 2)]
        for row in held[: -SHOWN_MONTHS - 1 : -1]
    ]
    edges = {"strong_side": strong, "weak_side": weak}
    chart = Chart(
        "peg-band",
        "HKD per USD, monthly average; the band is shaded",
        f"{number(now['hkd_per_usd'], 4)} in {wording.month(now['month'])}: {number(now['band_position'], 2)} of the"
        f" way from the strong side ({number(strong, 2)}) to the weak side ({number(weak, 2)}).",
        spec("peg", [row | edges for row in held]),
        Table(f"Exchange rate of the latest {len(latest)} months", columns, latest),
    )
    return Section("peg", title, charts=[chart])


def services(connection: DuckDBPyConnection) -> Section:
    """Return how far the surplus in services covers the merchandise deficit, by quarter."""
    title = "Services beside goods"
    held = rows(connection, SERVICES)
    paired = [row for row in held if row["services_cover_ratio"] is not None]
    if not paired:
        return nothing_held("services", title, "quarter with both a services and a merchandise balance")
    now = paired[-1]
    bars = [
        {"quarter": row["quarter"], "balance": name, "value_hkd_bn": row[column]}
        for row in paired
        for name, column in (("Services", "services_balance_hkd_bn"), ("Merchandise", "merchandise_balance_hkd_bn"))
    ]
    chart = Chart(
        "services-cover",
        "Balance of services and of merchandise by quarter, HK$ billion",
        f"In {wording.period(now['quarter'])} services came to {_bn(now['services_balance_hkd_bn'])} beside merchandise"
        f" of {_bn(now['merchandise_balance_hkd_bn'])}: a cover of {number(100 * now['services_cover_ratio'])} %.",
        spec("services", bars),
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
                    number_cell(_pct(row["services_cover_ratio"])),
                    number_cell(row["bop_goods_balance_hkd_bn"], 1),
                ]
                for row in reversed(held)
            ],
        ),
    )
    note = (
        "The goods balance of the balance of payments is another thing than the merchandise balance: it counts goods"
        " when they change owners, not when they cross the border."
    )
    return Section("services", title, charts=[chart], notes=[note])


def _bn(value: Decimal) -> str:
    return wording.billions(1000 * value)


def _pct(ratio: float | None) -> float | None:
    return None if ratio is None else 100 * ratio

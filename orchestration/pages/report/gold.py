"""Gold: its price and its flows, which no merchandise total here contains."""

from duckdb import DuckDBPyConnection

from orchestration.pages.report import wording
from orchestration.pages.report.document import Chart, Column, Section, Table, nothing_held
from orchestration.pages.report.queries import Row, rows, spec
from orchestration.pages.report.wording import month_cell, number, number_cell, period_cell, text_cell

SHOWN_MONTHS = 24
PRICES = """
select month, usd_per_troy_oz, hkd_per_troy_oz, hkd_per_tael from marts.fct_gold_price_monthly
where usd_per_troy_oz is not null order by month
"""
FLOWS = """
select period_label, period_start, period_end, period_start as month, partner_name, flow,
    weight_kg / 1000 as tonnes, value_usd_mn, value_hkd_mn, implied_usd_per_troy_oz, price_gap_pct, source_id
from marts.fct_gold_trade where frequency = 'month' order by period_end desc, partner_name, flow
"""


def gold(connection: DuckDBPyConnection) -> Section:
    """Return the price of gold and the gold trade by month."""
    prices, flows = rows(connection, PRICES), rows(connection, FLOWS)
    charts = [*([_price(prices)] if prices else []), *([_flows(flows)] if any(r["tonnes"] for r in flows) else [])]
    if not charts:
        return nothing_held("gold", "Gold", "gold price and no gold flow")
    missing = [] if flows else ["This release holds no gold flow of a month."]
    return Section("gold", "Gold", sentences=missing, charts=charts)


def _price(held: list[Row]) -> Chart:
    now, top = held[-1], max(held, key=lambda row: row["usd_per_troy_oz"])
    columns = [
        Column("Month", "date"),
        Column("US$ per troy ounce", "number"),
        Column("HK$ per troy ounce", "number"),
        Column("HK$ per tael", "number"),
    ]
    latest = [
        [
            month_cell(row["month"]),
            number_cell(row["usd_per_troy_oz"], 2),
            number_cell(row["hkd_per_troy_oz"], 2),
            number_cell(row["hkd_per_tael"], 2),
        ]
        for row in held[: -SHOWN_MONTHS - 1 : -1]
    ]
    return Chart(
        "gold-price",
        "Gold price, monthly average, US dollars per troy ounce",
        f"US$ {number(now['usd_per_troy_oz'])} in {wording.month(now['month'])}; the highest of the"
        f" {number(len(held))} months held is US$ {number(top['usd_per_troy_oz'])} in {wording.month(top['month'])}.",
        spec("gold_price", held),
        Table(f"Gold price of the latest {len(latest)} months", columns, latest),
    )


def _flows(held: list[Row]) -> Chart:
    points = [
        {"month": row["month"], "flow": f"{wording.flow(row['flow'])}: {row['partner_name']}", "tonnes": row["tonnes"]}
        for row in reversed(held)
        if row["tonnes"] is not None and row["flow"] in ("imports", "total_exports", "net_exports")
    ]
    now = held[0]
    parts = [
        f"{wording.flow(row['flow']).lower()} ({row['partner_name']}) {number(row['tonnes'], 1)} tonnes"
        for row in held
        if row["period_label"] == now["period_label"] and row["tonnes"] is not None
    ]
    return Chart(
        "gold-flows",
        "Gold trade by month, tonnes",
        f"{wording.period(now['period_label'])}: {wording.listed(parts)}. Months without a point are not held.",
        spec("gold_flows", points),
        Table(
            "Gold trade by month, as held",
            [
                Column("Month", "date"),
                Column("Flow"),
                Column("Partner"),
                Column("Tonnes", "number"),
                Column("US$ mn", "number"),
                Column("HK$ mn", "number"),
                Column("Implied US$ per troy ounce", "number"),
                Column("Gap to the market price, %", "number"),
            ],
            [
                [
                    period_cell(row),
                    text_cell(wording.flow(row["flow"])),
                    text_cell(row["partner_name"]),
                    number_cell(row["tonnes"], 1),
                    number_cell(row["value_usd_mn"], 1),
                    number_cell(row["value_hkd_mn"]),
                    number_cell(row["implied_usd_per_troy_oz"]),
                    number_cell(row["price_gap_pct"], 1, signed=True),
                ]
                for row in held
            ],
        ),
    )

"""The section on gold: its price and its trade, which no merchandise total here contains."""

from duckdb import DuckDBPyConnection

from orchestration.pages.report import wording
from orchestration.pages.report.document import Chart, Column, Section, Table, empty_section
from orchestration.pages.report.queries import Row, chart_spec, fetch_rows, newest
from orchestration.pages.report.wording import month_cell, number, number_cell, period_cell, text_cell

PRICES = """
select month, usd_per_troy_oz, hkd_per_troy_oz, hkd_per_tael from marts.fct_gold_price_monthly
where usd_per_troy_oz is not null order by month
"""
GOLD_TRADE = """
select period_label, period_start, period_end, period_start as month, partner_name, flow,
    weight_kg / 1000 as tonnes, value_usd_mn, value_hkd_mn, implied_usd_per_troy_oz, price_gap_pct, source_id
from marts.fct_gold_trade where frequency = 'month' order by period_end desc, partner_name, flow
"""


def gold(connection: DuckDBPyConnection) -> Section:
    """Return the price of gold and the trade in gold, by month."""
    prices, flows = fetch_rows(connection, PRICES), fetch_rows(connection, GOLD_TRADE)
    charts = [*([_price(prices)] if prices else []), *([_flows(flows)] if any(r["tonnes"] for r in flows) else [])]
    if not charts:
        return empty_section("gold", "Gold", "gold price and no gold flow")
    missing = [] if flows else ["This release holds no gold flow of a month."]
    return Section("gold", "Gold", sentences=missing, charts=charts)


def _price(months: list[Row]) -> Chart:
    latest, top = months[-1], max(months, key=lambda row: row["usd_per_troy_oz"])
    columns = [
        Column("Month", "date"),
        Column("US$ per troy ounce", "number"),
        Column("HK$ per troy ounce", "number"),
        Column("HK$ per tael", "number"),
    ]
    table_rows = [
        [
            month_cell(row["month"]),
            number_cell(row["usd_per_troy_oz"], 2),
            number_cell(row["hkd_per_troy_oz"], 2),
            number_cell(row["hkd_per_tael"], 2),
        ]
        for row in newest(months)
    ]
    return Chart(
        "gold-price",
        "Gold price, monthly average, US dollars per troy ounce",
        f"US$ {number(latest['usd_per_troy_oz'])} in {wording.month(latest['month'])}; the highest of the"
        f" {number(len(months))} months held is US$ {number(top['usd_per_troy_oz'])} in {wording.month(top['month'])}.",
        chart_spec("gold_price", months),
        Table(f"Gold price of the latest {len(table_rows)} months", columns, table_rows),
    )


def _flows(flows: list[Row]) -> Chart:
    points = [
        {"month": row["month"], "flow": f"{wording.flow(row['flow'])}: {row['partner_name']}", "tonnes": row["tonnes"]}
        for row in reversed(flows)
        if row["tonnes"] is not None and row["flow"] in ("imports", "total_exports", "net_exports")
    ]
    latest = flows[0]
    parts = [
        f"{wording.flow(row['flow']).lower()} ({row['partner_name']}) {number(row['tonnes'], 1)} tonnes"
        for row in flows
        if row["period_label"] == latest["period_label"] and row["tonnes"] is not None
    ]
    return Chart(
        "gold-flows",
        "Gold trade by month, tonnes",
        f"{wording.period(latest['period_label'])}: {wording.listed(parts)}. Months without a point are not held.",
        chart_spec("gold_flows", points),
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
                for row in flows
            ],
        ),
    )

"""The section on index numbers: volume, price, terms of trade and seasonally adjusted change, as published."""

from duckdb import DuckDBPyConnection

from orchestration.pages.report import wording
from orchestration.pages.report.document import Chart, Column, Section, Table, empty_section
from orchestration.pages.report.queries import Row, chart_spec, fetch_rows, newest
from orchestration.pages.report.wording import number_cell, period_cell, text_cell

TITLE = "Index numbers"
MEASURES = {
    "volume_yoy": "Volume, on the year",
    "price_yoy": "Price (unit value), on the year",
    "terms_of_trade_yoy": "Terms of trade, on the year",
    "sa_change": "Seasonally adjusted value, on the three months before",
    "gdp_real_yoy": "Real growth of goods trade in GDP, on the year",
}
LATEST_CHANGES = """
select measure, flow, period_label, period_start, period_end, value_pct, rounding_unit_pct, vintage, source_id
from marts.fct_trade_indices
qualify row_number() over (partition by measure, flow order by period_end desc, period_start desc) = 1
order by measure, flow
"""
SEASONALLY_ADJUSTED = """
select
    period_label, period_start, period_end, period_end as month,
    max(value_pct) filter (flow = 'total_exports') as exports_pct,
    max(value_pct) filter (flow = 'imports') as imports_pct
from marts.fct_trade_indices
where measure = 'sa_change'
group by period_label, period_start, period_end
order by period_end, period_label
"""


def indices(connection: DuckDBPyConnection) -> Section:
    """Return the latest of each index number, and the seasonally adjusted changes over time."""
    changes, seasonal = fetch_rows(connection, LATEST_CHANGES), fetch_rows(connection, SEASONALLY_ADJUSTED)
    if not changes:
        return empty_section("indices", TITLE, "index number")
    table = Table(
        "The latest of each measure",
        [
            Column("Measure", "prose"),
            Column("Flow"),
            Column("Period", "date"),
            Column("Change, %", "number"),
            Column("Printed to, %", "number"),
            Column("Edition"),
            Column("Source"),
        ],
        [
            [
                text_cell(MEASURES.get(row["measure"], row["measure"])),
                text_cell(wording.flow(row["flow"])),
                period_cell(row),
                number_cell(row["value_pct"], 1, signed=True),
                number_cell(row["rounding_unit_pct"], 1),
                text_cell(row["vintage"]),
                text_cell(row["source_id"]),
            ]
            for row in changes
        ],
    )
    return Section("indices", TITLE, tables=[table], charts=[_seasonal(seasonal)] if seasonal else [])


def _seasonal(periods: list[Row]) -> Chart:
    latest = periods[-1]
    points = [
        {"month": row["month"], "period_label": row["period_label"], "flow": flow, "value_pct": row[column]}
        for row in periods
        for flow, column in (("Total exports", "exports_pct"), ("Imports", "imports_pct"))
        if row[column] is not None
    ]
    table_rows = [
        [
            period_cell(row),
            number_cell(row["exports_pct"], 1, signed=True),
            number_cell(row["imports_pct"], 1, signed=True),
        ]
        for row in newest(periods)
    ]
    return Chart(
        "seasonally-adjusted",
        "Seasonally adjusted value: three months over the three before, percent",
        f"{wording.period(latest['period_label'])[:1].upper()}{wording.period(latest['period_label'])[1:]}:"
        f" total exports {wording.percent(latest['exports_pct'])}, imports {wording.percent(latest['imports_pct'])}."
        " Periods without a point are not held.",
        chart_spec("seasonal", points),
        Table(
            f"Changes of the latest {len(table_rows)} periods held, as published",
            [Column("Period", "date"), Column("Total exports, %", "number"), Column("Imports, %", "number")],
            table_rows,
        ),
    )

"""The sections on categories and partners: what moved exports and imports, where the marts have it."""

from typing import Any

from duckdb import DuckDBPyConnection

from orchestration.pages.report import wording
from orchestration.pages.report.document import Cell, Chart, Column, Section, Table, empty_section
from orchestration.pages.report.queries import Row, chart_spec, fetch_rows
from orchestration.pages.report.wording import number, number_cell

CHARTED_FLOWS = ("total_exports", "imports")
MAX_BARS = 12
BAR_HEIGHT_PX = 40  # the name stands above the bar

# A chart of one or two bars says nothing, so a period needs at least three members to be shown.
CONTRIBUTIONS = """
with held as (
    select *, count(*) over (partition by classification, period_label) as members
    from marts.fct_trade_by_category
    where flow = $flow and contribution_pp is not null and not is_proxy
)
select category_code as code, category_name as name, contribution_pp as value, yoy_pct, value_hkd_mn, period_label,
    classification
from held
where members >= 3
qualify dense_rank() over (order by period_end desc, period_start desc, members desc, classification) = 1
order by value desc, code
"""
PRINTED_GROWTH = """
select category_code as code, category_name as name, published_yoy_pct as value, period_label, classification
from marts.fct_trade_by_category
where flow = $flow and published_yoy_pct is not null
qualify dense_rank() over (order by period_end desc, period_start desc, classification) = 1
order by value desc, code
"""
PARTNER_GROWTH = """
with held as (
    select *, coalesce(yoy_pct, published_yoy_pct) as value, count(*) over (partition by period_label) as members
    from marts.fct_trade_by_partner
    where flow = $flow and coalesce(yoy_pct, published_yoy_pct) is not null
)
select partner_code as code, partner_name as name, value, value_hkd_mn, share_pct, yoy_pct, published_yoy_pct,
    period_label
from held
where members >= 3
qualify dense_rank() over (order by period_end desc, period_start desc) = 1
order by value desc, code
"""


def categories(connection: DuckDBPyConnection) -> Section:
    """Return contributions to growth by category, and growth as printed, each for the latest period that has them."""
    charts, tables = [], []
    for flow in CHARTED_FLOWS:
        if members := fetch_rows(connection, CONTRIBUTIONS, flow=flow):
            charts.append(_contributions(flow, members))
        if printed := fetch_rows(connection, PRINTED_GROWTH, flow=flow):
            tables.append(_printed(flow, printed))
    if not charts and not tables:
        return empty_section("categories", "Categories", "category with a contribution or a growth rate")
    sentence = "Each block is of the latest period for which this release holds it; the period is named."
    return Section("categories", "Categories", sentences=[sentence], charts=charts, tables=tables)


def _contributions(flow: str, members: list[Row]) -> Chart:
    period = wording.period(members[0]["period_label"])
    top = members[0]
    return Chart(
        f"categories-{flow.replace('_', '-')}",
        f"{wording.flow(flow)}, {period}: contribution to growth, percentage points",
        f"{top['name']} moved {wording.flow(flow).lower()} most:"
        f" {number(top['value'], 2, signed=True)} percentage points ({_kind(top)}).",
        _bars(members, "percentage points"),
        Table(
            f"{wording.flow(flow)} by {_kind(top)}, {period}",
            [
                Column("Category", "prose"),
                Column("Contribution, pp", "number"),
                Column("Growth, %", "number"),
                Column("HK$ mn", "number"),
            ],
            [
                [
                    Cell(row["name"]),
                    number_cell(row["value"], 2, signed=True),
                    number_cell(row["yoy_pct"], 1, signed=True),
                    number_cell(row["value_hkd_mn"]),
                ]
                for row in members
            ],
        ),
    )


def _kind(row: Row) -> str:
    return str(row["classification"]).replace("_", " ").replace("sitc", "SITC")


def _bars(members: list[Row], measure: str) -> dict[str, Any]:
    """Return a bar chart of all members, or of the largest and the smallest values if there are too many."""
    shown = members if len(members) <= MAX_BARS else [*members[: MAX_BARS // 2], *members[-MAX_BARS // 2 :]]
    return chart_spec("ranked", shown, x=measure) | {"height": BAR_HEIGHT_PX * len(shown)}


def _printed(flow: str, members: list[Row]) -> Table:
    return Table(
        f"{wording.flow(flow)}, {wording.period(members[0]['period_label'])}: growth on the year as printed",
        [Column("Category", "prose"), Column("Growth, %", "number")],
        [[Cell(row["name"]), number_cell(row["value"], 1, signed=True)] for row in members],
    )


def partners(connection: DuckDBPyConnection) -> Section:
    """Return growth by partner, for the latest period that has at least three."""
    charts = [
        _partners(flow, members)
        for flow in CHARTED_FLOWS
        if (members := fetch_rows(connection, PARTNER_GROWTH, flow=flow))
    ]
    if not charts:
        return empty_section("partners", "Partners", "period with the growth of three partners or more")
    note = "Releases name notable partners: one that is not shown may have changed all the same."
    return Section("partners", "Partners", charts=charts, notes=[note])


def _partners(flow: str, members: list[Row]) -> Chart:
    period = wording.period(members[0]["period_label"])
    top, low = members[0], members[-1]
    return Chart(
        f"partners-{flow.replace('_', '-')}",
        f"{wording.flow(flow)} by partner, {period}: growth on the year, percent",
        f"{len(members)} partners, from {top['name']} ({wording.percent(top['value'])}) to {low['name']}"
        f" ({wording.percent(low['value'])}).",
        _bars(members, "% on the year"),
        Table(
            f"{wording.flow(flow)} by partner, {period}",
            [
                Column("Partner"),
                Column("Growth as printed, %", "number"),
                Column("Growth from levels, %", "number"),
                Column("HK$ mn", "number"),
                Column("Share, %", "number"),
            ],
            [
                [
                    Cell(row["name"]),
                    number_cell(row["published_yoy_pct"], 1, signed=True),
                    number_cell(row["yoy_pct"], 1, signed=True),
                    number_cell(row["value_hkd_mn"]),
                    number_cell(row["share_pct"], 1),
                ]
                for row in members
            ],
        ),
    )

"""All tables of the default C&SD: published figures of the record, synthetic rows elsewhere, and their titles.

Titles and titles of statistics are synthetic where API notes mark them as inferred.
"""

from testing.replay.csd import Description, Row
from testing.replay.record_rows import HK_MILLION, cumulative_totals, monthly_totals, seasonally_adjusted
from testing.replay.synthetic_csd import (
    INDEX,
    PARTNERS,
    synthetic_indices,
    synthetic_members,
    synthetic_partners,
    synthetic_total_trade,
)

MONTHS = [*(f"2025{month:02d}" for month in range(1, 13)), *(f"2026{month:02d}" for month in range(1, 9))]
TRADE = {"VAL_TX": "Total exports", "VAL_IM": "Imports", "BAL": "Trade balance", "VAL_TT": "Total trade"}
CHANGES = {"SA_VAL_TX": "Total exports, seasonally adjusted", "SA_VAL_IM": "Imports, seasonally adjusted"}
KINDS = {"VAL": "Value index", "UV": "Unit value index", "QUAN": "Quantum index"}
FLOWS = {"IM": "imports", "TX": "total exports"}
INDICES = {f"{kind}_IDX_{flow}": f"{name} of {of}" for kind, name in KINDS.items() for flow, of in FLOWS.items()}
COMMODITIES = {
    "75": "Office machines and automatic data processing machines",
    "76": "Telecommunications and sound recording and reproducing apparatus and equipment",
}
TRANSPORT = {"A": "Air", "S": "Ocean", "L": "Land"}
END_USES = {
    "1": "Foodstuffs",
    "2": "Consumer goods",
    "3": "Raw materials and semi-manufactures",
    "4": "Fuels",
    "5": "Capital goods",
}
REGIONS = {code: title for code, (title, _) in PARTNERS.items()}

Tables = dict[str, list[Row]]


def csd_tables() -> tuple[Tables, dict[str, Description]]:
    """Return the rows and the description of every table."""
    tables = {**_totals(), **_by_member(), **_indices()}
    return tables, {name: _described(name, rows) for name, rows in tables.items()}


def _totals() -> Tables:
    months = monthly_totals()
    return {
        "410-50001": [*months, *synthetic_total_trade(months), *cumulative_totals("Y", "YTM")],
        "410-50001A": cumulative_totals("YTM"),
        "410-50001B": cumulative_totals("M12M", since="2001"),
        "410-50002": seasonally_adjusted(),
    }


def _by_member() -> Tables:
    months = monthly_totals()
    by_partner = {sv: synthetic_partners(months, sv, MONTHS) for sv in ("VAL_IM", "VAL_TX")}
    return {
        "410-50011": [row for rows in by_partner.values() for row in rows],
        "410-50012": by_partner["VAL_IM"],
        "410-50013": by_partner["VAL_TX"],
        "410-50021": synthetic_members("TRANS", TRANSPORT, ["VAL_IM"], MONTHS, HK_MILLION),
        "410-50022": synthetic_members("TRANS", TRANSPORT, ["VAL_TX"], MONTHS, HK_MILLION),
        "410-50031": synthetic_members("COMMD", COMMODITIES, ["VAL_IM"], MONTHS, HK_MILLION),
        "410-50032": synthetic_members("COMMD", COMMODITIES, ["VAL_TX"], MONTHS, HK_MILLION),
    }


def _indices() -> Tables:
    imports, exports = (tuple(sv for sv in INDICES if sv.endswith(flow)) for flow in FLOWS)
    return {
        "410-51001": synthetic_indices(imports, MONTHS),
        "410-51002": synthetic_indices(exports, MONTHS),
        "410-51003": synthetic_indices(["TOT_IDX"], MONTHS),
        "410-51011": synthetic_indices(["SA_QUAN_IDX_IM"], MONTHS),
        "410-51012": synthetic_indices(["SA_QUAN_IDX_TX"], MONTHS),
        "410-51021": synthetic_members("REGN", REGIONS, imports, MONTHS, INDEX),
        "410-51022": synthetic_members("REGN", REGIONS, exports, MONTHS, INDEX),
        "410-51031": synthetic_members("EUC", END_USES, imports, MONTHS, INDEX),
        "410-51032": synthetic_members("EUC", END_USES, exports, MONTHS, INDEX),
    }


STATISTICS = {
    **TRADE,
    **CHANGES,
    **INDICES,
    "TOT_IDX": "Terms of trade index",
    "SA_QUAN_IDX_IM": "Seasonally adjusted quantum index of imports",
    "SA_QUAN_IDX_TX": "Seasonally adjusted quantum index of total exports",
}
DIMENSIONS = {"COUNTRY": "Country/territory", "TRANS": "Mode of transport", "COMMD": "Commodity group"}
DIMENSIONS |= {"REGN": "Country/territory", "EUC": "End-use category"}
TITLES = {
    "410-50001": "Aggregate merchandise trade statistics",
    "410-50001A": "Aggregate merchandise trade statistics (year to month)",
    "410-50001B": "Aggregate merchandise trade statistics (12 months to month)",
    "410-50002": "Seasonally adjusted merchandise trade statistics",
    "410-50011": "Merchandise trade by main country/territory",
    "410-50012": "Imports by ten main suppliers",
    "410-50013": "Total exports by ten main destinations",
    "410-50021": "Imports by mode of transport",
    "410-50022": "Total exports by mode of transport",
    "410-50031": "Imports by commodity group",
    "410-50032": "Total exports by commodity group",
    "410-51001": "Index numbers of imports",
    "410-51002": "Index numbers of total exports",
    "410-51003": "Terms of trade index",
    "410-51011": "Seasonally adjusted index of imports",
    "410-51012": "Seasonally adjusted index of total exports",
    "410-51021": "Index numbers of imports by main supplier",
    "410-51022": "Index numbers of total exports by main destination",
    "410-51031": "Index numbers of imports by end-use category",
    "410-51032": "Index numbers of total exports by end-use category",
}


def _described(name: str, rows: list[Row]) -> Description:
    used = dict.fromkeys(row["sv"] for row in rows)
    classes = {code: title for code, title in DIMENSIONS.items() if rows and code in rows[0]}
    since = min(row["period"] for row in rows)
    return Description(TITLES[name], {sv: STATISTICS[sv] for sv in used}, classes, since)

"""The tables of the lake: trade by HS code, partner and month, and what partners report of the same trade.

Connectors produce rows with these columns, without world rows and totals, so that nothing is counted twice. Amounts are
in units of `currency`; codes are text with their leading zeros.
"""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class LakeTable:
    """A table of the lake: its columns with their DuckDB types, and the columns that sort its rows within a month.

    `adds_up` is True if rows can be summed to totals because no two contain the same goods.
    """

    name: str
    description: str
    columns: Mapping[str, str]
    sorted_by: tuple[str, ...]
    adds_up: bool


TRADE_DETAIL = LakeTable(
    "trade_detail",
    "Hong Kong's trade by month, flow, HS code and partner, as its sources report it.",
    {
        "month": "date",  # the first day
        "flow": "varchar",  # imports, total_exports, domestic_exports, re_exports
        "hs_code": "varchar",  # two, four, six or eight digits
        "hs_edition": "varchar",  # HS2012, HS2017, HS2022
        "partner_code": "varchar",  # as in seeds/partners.csv
        "value": "decimal(18, 3)",  # in `currency`: imports c.i.f., exports f.o.b.
        "currency": "varchar",  # HKD, USD
        "weight_kg": "decimal(18, 3)",  # null when not reported
        "quantity": "double",  # in `quantity_unit`; null when not reported
        "quantity_unit": "varchar",  # as the source prints it
        "line_number": "integer",  # in the payload
    },
    sorted_by=("flow", "hs_code", "partner_code"),
    adds_up=True,
)
TRADE_MIRROR = LakeTable(
    "trade_mirror",
    "Trade with Hong Kong as its partners report it.",
    {
        "month": "date",
        "flow": "varchar",  # of the reporter: imports (from Hong Kong), total_exports (to Hong Kong)
        "hs_code": "varchar",  # TOTAL, or two, four or six digits
        "hs_edition": "varchar",
        "reporter_code": "varchar",  # as in seeds/partners.csv
        "value": "decimal(18, 3)",
        "currency": "varchar",
        "valuation": "varchar",  # cif, fob
        "weight_kg": "decimal(18, 3)",
        "line_number": "integer",
    },
    sorted_by=("flow", "hs_code", "reporter_code"),
    adds_up=False,  # it has totals and several levels of HS codes
)
TABLES = {table.name: table for table in (TRADE_DETAIL, TRADE_MIRROR)}

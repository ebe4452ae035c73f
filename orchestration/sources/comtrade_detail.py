"""How UN Comtrade's rows become rows of the lake, and the partners whose own reports on Hong Kong are fetched."""

import pandas as pd

from orchestration.sources.lake_rows import HS_EDITIONS, figures, months, rows_of
from orchestration.sources.lake_tables import TRADE_DETAIL, TRADE_MIRROR
from orchestration.sources.vocabulary import vocabulary

COMTRADE_FLOWS = {"M": "imports", "X": "total_exports"}  # Hong Kong's X includes re-exports
NO_UNIT = "-1"
# Every economy that the embedded record names as a partner, by the code under which it reports: China, Taiwan, the
# United States, Singapore, South Korea, Japan, Vietnam, Malaysia, Thailand, India, the Philippines, the United Kingdom,
# Germany, the Netherlands, France, Switzerland, the United Arab Emirates, Indonesia, Australia.
MIRRORED = (
    *("156", "490", "842", "702", "410", "392", "704", "458", "764", "699"),
    *("608", "826", "276", "528", "251", "757", "784", "360", "36"),
)


def detail_rows(frame: pd.DataFrame) -> pd.DataFrame:
    """Return rows of `trade_detail` in US dollars and kg from Hong Kong's reports, without the world and regions."""
    totals = [code for kind in ("world", "region") for code in vocabulary("partners", "partner_code", ("kind", kind))]
    rows = frame[~frame["partner_code"].isin(totals)]
    has_unit = rows["qty_unit_code"] != NO_UNIT
    return rows_of(
        TRADE_DETAIL,
        {
            "month": months(rows["period"]),
            "flow": rows["flow_code"].map(COMTRADE_FLOWS),
            "hs_code": rows["cmd_code"],
            "hs_edition": rows["classification_code"].map(HS_EDITIONS),
            "partner_code": rows["partner_code"],
            "value": figures(rows["primary_value_usd"]),
            "currency": "USD",
            "weight_kg": figures(rows["net_weight_kg"]),
            "quantity": figures(rows["qty"]).where(has_unit),
            "quantity_unit": rows["qty_unit_code"].where(has_unit),
            "line_number": rows["line_number"],
        },
    )


def mirror_rows(frame: pd.DataFrame) -> pd.DataFrame:
    """Return rows of `trade_mirror` in US dollars and kg from the reports of partners.

    `valuation` is cif for imports whose value is the row's c.i.f. value, fob where it is the f.o.b. value, else null.
    """
    value = figures(frame["primary_value_usd"])
    is_cif = (frame["flow_code"] == "M") & (figures(frame["cif_value_usd"]) == value)
    is_fob = ~is_cif & (figures(frame["fob_value_usd"]) == value)
    valuation = pd.Series(None, index=frame.index, dtype="str").mask(is_cif, "cif").mask(is_fob, "fob")
    return rows_of(
        TRADE_MIRROR,
        {
            "month": months(frame["period"]),
            "flow": frame["flow_code"].map(COMTRADE_FLOWS),
            "hs_code": frame["cmd_code"],
            "hs_edition": frame["classification_code"].map(HS_EDITIONS),
            "reporter_code": frame["reporter_code"],
            "value": value,
            "currency": "USD",
            "valuation": valuation,
            "weight_kg": figures(frame["net_weight_kg"]),
            "line_number": frame["line_number"],
        },
    )

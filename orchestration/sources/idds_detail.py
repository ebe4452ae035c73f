"""How Trade IDDS's rows become rows of the lake: value and quantity, two rows in IDDS, become one row."""

from functools import cache

import pandas as pd

from orchestration.sources.lake_rows import figures, months, rows_of
from orchestration.sources.lake_tables import TRADE_DETAIL
from orchestration.sources.vocabulary import vocabulary

IDDS_FLOWS = {"1": "imports", "2": "domestic_exports", "3": "re_exports", "4": "total_exports"}
# The HS edition that Hong Kong uses from a month on.
EDITION_NAMES = {"2012-01": "HS2012", "2017-01": "HS2017", "2022-01": "HS2022"}
KEY = ["period", "ttype", "partner_code", "code"]
KILOGRAM = "KILOGRAM"


def detail_rows(frame: pd.DataFrame) -> pd.DataFrame:
    """Return rows of `trade_detail` in HK$ and kg, by consignment or destination, without the world.

    IDDS omits zeros: a quantity without a value means that the value was rounded to zero HK$ thousand. `line_number` is
    that of the value, if there is one.
    """
    by_partner = frame[frame["partner_basis"] == "cc"]
    value, quantity = (by_partner[by_partner["sv"] == sv] for sv in ("VCm", "QCm"))
    rows = value.merge(quantity, how="outer", on=KEY, suffixes=("", "_of_quantity"), indicator=True)
    printed = figures(rows["figure_of_quantity"])
    return rows_of(
        TRADE_DETAIL,
        {
            "month": months(rows["period"]),
            "flow": rows["ttype"].map(IDDS_FLOWS),
            "hs_code": rows["code"],
            "hs_edition": rows["period"].map(_edition),
            "partner_code": rows["partner_code"].map(_partners()),
            "value": (figures(rows["figure"]) * 1000).mask(rows["_merge"] == "right_only", 0.0),
            "currency": "HKD",
            "weight_kg": printed.where(rows["unit_of_quantity"] == KILOGRAM),
            "quantity": printed,
            "quantity_unit": rows["unit_of_quantity"],
            "line_number": rows["line_number"].fillna(rows["line_number_of_quantity"]).astype("int64"),
        },
    )


def _edition(period: str) -> str:
    month = f"{period[:4]}-{period[4:]}"
    return EDITION_NAMES[max(first for first in EDITION_NAMES if first <= month)]


@cache
def _partners() -> dict[str, str]:
    """Return the partner codes of seeds/partners.csv by the ISO code that IDDS uses."""
    codes, iso2 = vocabulary("partners", "partner_code"), vocabulary("partners", "iso2")
    return {iso: code for iso, code in zip(iso2, codes, strict=True) if iso}

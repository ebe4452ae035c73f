"""What connectors share to give rows of the lake: the columns of its tables, its names of months and editions."""

from collections.abc import Mapping
from datetime import date
from typing import Any

import pandas as pd

from orchestration.sources.lake_tables import LakeTable

# Year in which an edition of the HS takes force, by the name that UN Comtrade gives the edition.
EDITIONS = {
    "H0": "HS1992",
    "H1": "HS1996",
    "H2": "HS2002",
    "H3": "HS2007",
    "H4": "HS2012",
    "H5": "HS2017",
    "H6": "HS2022",
}


def rows_of(table: LakeTable, columns: Mapping[str, Any]) -> pd.DataFrame:
    """Return a frame in the columns of a table of the lake, in their order. Raises KeyError for one that is missing."""
    return pd.DataFrame({name: columns[name] for name in table.columns}).reset_index(drop=True)


def months(periods: "pd.Series[str]") -> "pd.Series[Any]":
    """Return the first day of each period such as 202607."""
    first_days = {period: date(int(period[:4]), int(period[4:]), 1) for period in periods.unique()}
    return periods.map(first_days).astype(object)


def figures(printed: "pd.Series[str]") -> "pd.Series[float]":
    """Return figures to reckon with; a blank is missing."""
    return pd.to_numeric(printed).astype("float64")

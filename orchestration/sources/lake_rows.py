"""Helpers of connectors to convert parsed rows into rows of the lake."""

from collections.abc import Mapping
from datetime import date
from typing import Any

import pandas as pd

from orchestration.sources.lake_tables import LakeTable

# HS editions, by the code that UN Comtrade uses for them.
HS_EDITIONS = {
    "H0": "HS1992",
    "H1": "HS1996",
    "H2": "HS2002",
    "H3": "HS2007",
    "H4": "HS2012",
    "H5": "HS2017",
    "H6": "HS2022",
}


def rows_of(table: LakeTable, columns: Mapping[str, Any]) -> pd.DataFrame:
    """Return a frame with the columns of a lake table, in their order. Raises KeyError for a missing column."""
    return pd.DataFrame({name: columns[name] for name in table.columns}).reset_index(drop=True)


def months(periods: "pd.Series[str]") -> "pd.Series[Any]":
    """Return the first day of each period such as 202607, as `date` objects."""
    first_days = {period: date(int(period[:4]), int(period[4:]), 1) for period in periods.unique()}
    return periods.map(first_days).astype(object)


def figures(printed: "pd.Series[str]") -> "pd.Series[float]":
    """Return printed figures as float64, NaN for a blank."""
    return pd.to_numeric(printed).astype("float64")

"""Query helpers for the report: rows as dictionaries, and Vega-Lite charts filled with rows."""

import json
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any

from duckdb import DuckDBPyConnection

CHARTS = Path(__file__).with_name("charts")

TABLE_ROWS = 24  # two years of months

Row = dict[str, Any]


def fetch_rows(connection: DuckDBPyConnection, query: str, **parameters: object) -> list[Row]:
    """Return the rows of a query, each a dictionary by column name."""
    result = connection.execute(query, parameters or None)
    names = [column[0] for column in result.description or ()]
    return [dict(zip(names, row, strict=True)) for row in result.fetchall()]


def newest(rows: Sequence[Row]) -> list[Row]:
    """Return the last rows of a series in order of time, newest first: those that the table below a chart shows."""
    return list(reversed(rows[-TABLE_ROWS:]))


@cache
def _template(name: str) -> str:
    return (CHARTS / f"{name}.vl.json").read_text(encoding="utf-8")


def chart_spec(name: str, values: Iterable[Mapping[str, Any]], **titles: str) -> dict[str, Any]:
    """Return a Vega-Lite specification from charts/<name>.vl.json, with rows as its data.

    Args:
        name: the specification's file name, without its extension.
        values: rows; only the columns that the specification names are written into it.
        titles: the titles of axes by channel, such as `x="percent"`.
    """
    text = _template(name)
    chart: dict[str, Any] = json.loads(text)
    chart["data"] = {
        "values": [{key: _json_value(value) for key, value in row.items() if key in text} for row in values]
    }  # fmt: skip
    for channel, title in titles.items():
        chart["encoding"][channel]["title"] = title
    return chart


def _json_value(value: Any) -> Any:
    """Return a value that JSON can represent."""
    if isinstance(value, Decimal):
        return float(value)
    if isinstance(value, date):
        return f"{value.isoformat()}T00:00:00"  # without a zone: the same day in every reader's time zone
    return value

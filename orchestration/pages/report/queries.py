"""Reading a release: rows by column name, and charts made of them."""

import json
from collections.abc import Iterable, Mapping
from datetime import date
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any

from duckdb import DuckDBPyConnection

CHARTS = Path(__file__).with_name("charts")

Row = dict[str, Any]


def rows(connection: DuckDBPyConnection, query: str, **parameters: object) -> list[Row]:
    """Return the rows of a query, each by column name."""
    answer = connection.execute(query, parameters or None)
    names = [column[0] for column in answer.description or ()]
    return [dict(zip(names, row, strict=True)) for row in answer.fetchall()]


@cache
def _spec(name: str) -> str:
    return (CHARTS / f"{name}.vl.json").read_text(encoding="utf-8")


def spec(name: str, values: Iterable[Mapping[str, Any]], **titles: str) -> dict[str, Any]:
    """Return a Vega-Lite specification with its data: the columns that it names. A title is an axis's, `x` or `y`."""
    text = _spec(name)
    chart: dict[str, Any] = json.loads(text)
    chart["data"] = {
        "values": [{key: _plain(value) for key, value in row.items() if key in text} for row in values]
    }  # fmt: skip
    for channel, title in titles.items():
        chart["encoding"][channel]["title"] = title
    return chart


def _plain(value: Any) -> Any:
    """Return a value as JSON has it. A day is midnight of the reader's own zone: it is the same day everywhere."""
    if isinstance(value, Decimal):
        return float(value)
    if isinstance(value, date):
        return f"{value.isoformat()}T00:00:00"
    return value

"""The figures that the marts serve for a measure and a period, one for each basis."""

import difflib
from dataclasses import dataclass
from decimal import Decimal
from typing import Literal

import duckdb

from orchestration.periods import Period
from orchestration.trace.measures import TracedMeasure, UnknownFigure

PERIOD_TABLE = "marts.fct_trade_balance_period"


@dataclass(frozen=True)
class MartFigure:
    """One served figure: its value in the measure's unit, and the column that holds it.

    `working` is its arithmetic, and `note` what the value alone does not say.
    """

    value: Decimal | float | int
    basis: Literal["published", "sum_of_months"]
    table: str
    column: str
    is_balance_printed: bool
    working: str = ""
    note: str = ""


def served(connection: duckdb.DuckDBPyConnection, traced: TracedMeasure, period: Period) -> list[MartFigure]:
    """Return what the marts serve. Raises UnknownFigure that lists the nearest periods if they serve nothing."""
    if traced.is_monthly_only and period.months != 1:
        raise UnknownFigure(f"{traced.name} is a figure of single months such as 2026-03, not of {period.label}.")
    table, basis, where = PERIOD_TABLE, "basis", "period_label = $label"
    if period.months == 1:
        table, basis, where = traced.monthly_table, "'published'", "strftime(month, '%Y-%m') = $label"
    balance_basis = "balance_basis" if "balance" in traced.series else "null"
    query = f"select {traced.column}, {basis} as basis, {balance_basis} from {table} where {where} order by basis"
    rows = connection.execute(query, {"label": period.label}).fetchall()
    figures = [
        MartFigure(
            value=value,
            basis=basis,
            table=table,
            column=traced.column,
            is_balance_printed=balance_basis in ("printed", "published"),
            note=_extent(connection) if traced.kind == "rank" else "",
        )
        for value, basis, balance_basis in rows
        if value is not None
    ]
    if not figures:
        raise UnknownFigure(_nothing_held(connection, traced, period))
    return figures


def _extent(connection: duckdb.DuckDBPyConnection) -> str:
    """Return the months that a rank is taken over, for its note."""
    query = "select any_value(record_months), min(record_start), max(month) from marts.fct_trade_balance_monthly"
    [(months, first, last)] = connection.execute(query).fetchall()
    return f"of {months} months held, {first:%Y-%m} to {last:%Y-%m}"


def _nothing_held(connection: duckdb.DuckDBPyConnection, traced: TracedMeasure, period: Period) -> str:
    months = f"""
        select strftime(month, '%Y-%m') as label from {traced.monthly_table} where {traced.column} is not null
    """
    longer = f"select period_label from {PERIOD_TABLE} where frequency <> 'month' and {traced.column} is not null"
    query = months if traced.is_monthly_only else f"{months} union {longer}"
    labels = [label for (label,) in connection.execute(f"select label from ({query}) order by label").fetchall()]
    if not labels:
        return f"no {traced.name} is held at all."
    close = difflib.get_close_matches(period.label, labels, n=3)
    held = f"Held are {labels[0]} to {labels[-1]}" + (f"; close to it: {', '.join(close)}" if close else "")
    return f"no {traced.name} is held for {period.label}. {held}."

"""Compares the rows of each table and year with `row_counts.csv`, which `entrepot row-counts --update` rewrites.

This finds a change that loses or doubles rows although every remaining row is right. Only rows of the newest payloads
are counted: rows of older payloads differ from one home to another.
"""

import csv
from pathlib import Path

import duckdb

from orchestration.checks.finding import Finding, listed

RECORD = Path(__file__).with_name("row_counts.csv")
COLUMNS = ["table", "year", "rows"]
UPDATE = "if that is meant, run `entrepot row-counts --update` and commit orchestration/checks/row_counts.csv"

# SQL for the year of a row, by the column that has its period. Dimensions and reference data have no year.
YEAR_BY_COLUMN = {
    "month": "cast(extract(year from month) as varchar)",
    "period_label": "period_label[1:4]",
    "quarter": "quarter[1:4]",
}

# Tables that grow with the archive: only current observations are counted, and revisions are not.
FILTERS = {"marts.fct_observations": "where is_current"}
NOT_COUNTED = ("marts.fct_revisions",)

TABLES = """
select
    tables.schema_name || '.' || tables.table_name,
    (
        select any_value(column_name)
        from duckdb_columns() as columns
        where
            columns.schema_name = tables.schema_name and columns.table_name = tables.table_name
            and column_name in ('month', 'period_label', 'quarter') and tables.table_name like 'fct_%'
    )
from duckdb_tables() as tables
where tables.schema_name in ('marts', 'reference')
order by 1
"""

LIVE = "select 1 from marts.fct_observations where connector <> 'record' limit 1"

Counts = dict[tuple[str, str], int]  # rows by table and year; the year is empty for dimensions


def count(connection: duckdb.DuckDBPyConnection) -> Counts:
    """Return the rows of each published table, by table and year; the year is empty for a dimension."""
    counts: Counts = {}
    for table, column in connection.execute(TABLES).fetchall():
        if table not in NOT_COUNTED:
            year, current = YEAR_BY_COLUMN.get(column, "''"), FILTERS.get(table, "")
            query = f"select {year} as year, count(*) from {table} {current} group by 1 order by 1"
            counts |= {(table, year): rows for year, rows in connection.execute(query).fetchall()}
    return counts


def read(path: Path = RECORD) -> Counts:
    """Return the recorded counts."""
    with path.open(encoding="utf-8", newline="") as file:
        return {(row["table"], row["year"]): int(row["rows"]) for row in csv.DictReader(file)}


def write(counts: Counts, path: Path = RECORD) -> None:
    """Write the recorded counts."""
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(COLUMNS)
        writer.writerows((table, year, rows) for (table, year), rows in sorted(counts.items()))


def compare(counts: Counts, path: Path = RECORD) -> list[str]:
    """Return a line for each table and year whose count differs from the recorded one."""
    return [
        f"{' '.join(part for part in key if part)}: {rows:,} rows, {recorded:,} recorded"
        for key, (rows, recorded) in _changed(counts, read(path)).items()
    ]


def _changed(counts: Counts, recorded: Counts) -> dict[tuple[str, str], tuple[int, int]]:
    pairs = {key: (counts.get(key, 0), recorded.get(key, 0)) for key in sorted(counts.keys() | recorded.keys())}
    return {key: pair for key, pair in pairs.items() if pair[0] != pair[1]}


def row_counts_as_recorded(connection: duckdb.DuckDBPyConnection, path: Path = RECORD) -> Finding:
    """Each published table has the recorded number of rows in each year.

    Missing rows block the release. Additional rows are a warning, unless live sources are loaded, which add rows.
    """
    counts, recorded = count(connection), read(path)
    figures: dict[str, int | float | str] = {"rows": sum(counts.values()), "rows_recorded": sum(recorded.values())}
    if problems := compare(counts, path):
        is_loss = any(found < expected for found, expected in _changed(counts, recorded).values())
        if not is_loss and connection.execute(LIVE).fetchone():
            return Finding(True, "No table lost rows of any year; live sources brought more.", figures=figures)
        return Finding(False, f"{listed(problems)}; {UPDATE}.", "error" if is_loss else "warn", figures)
    tables = len({table for table, _ in counts})
    sentence = f"{sum(counts.values()):,} rows in {tables} tables, as recorded by table and year."
    return Finding(True, sentence, figures=figures)

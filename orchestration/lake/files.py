"""Manually imported files of trade detail, CSV or Parquet, with the columns of a table of the lake.

A file may have many months. It is read month by month, so that only one month has to fit in memory.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from tempfile import TemporaryDirectory

import duckdb

from orchestration.lake import conversions
from orchestration.lake.errors import InvalidRows, raise_fault_of_this_machine
from orchestration.sources.lake_tables import LakeTable
from orchestration.warehouse.sql import literal

OPTIONAL = ("weight_kg", "quantity", "quantity_unit")
# A file whose row groups would be read more often than this, once for each month in them, is first split by month.
MOST_READINGS = 3
# What DuckDB raises for bytes and values that it can't read; the plain Error is for Parquet's own structures.
CONTENT_ERRORS = (
    *(duckdb.Error, duckdb.BinderException, duckdb.ConversionException, duckdb.InvalidInputException),
    *(duckdb.IOException, duckdb.OutOfRangeException, duckdb.SerializationException),
)
# The longest list of headings that is read; it has at most eleven.
LONGEST_HEADER = 10_000
OVERLAPS = """
with row_groups as (
    select
        row_group_id, try_cast(stats_min_value as date) as first_month, try_cast(stats_max_value as date) as last_month
    from parquet_metadata($path) where path_in_schema = 'month'
),
months as (select distinct try_cast(month as date) as month from read_parquet($path))
select count(*) / (select greatest(count(*), 1) from row_groups)
from row_groups inner join months on months.month between first_month and last_month
"""


@dataclass(frozen=True)
class ImportedFile:
    """A file for a table of the lake.

    Attributes:
        table: The table.
        path: Its local path.
        name: The name that its user gave it.
        payload_sha256: Its hash.
        on: The day in Hong Kong on which it was imported: months after that are refused.
    """

    table: LakeTable
    path: Path
    name: str
    payload_sha256: str
    on: date


@contextmanager
def by_month(connection: duckdb.DuckDBPyConnection, file: ImportedFile, spill: Path) -> Iterator[dict[date, str]]:
    """Yield SQL for the rows of each month of a file, with line numbers and the payload's hash, valid in this context.

    Raises:
        InvalidRows: The file is neither CSV nor Parquet, lacks columns of the table, or (when its rows are read within
            the context) has an invalid value. The message begins with the file's name.
    """
    spill.mkdir(parents=True, exist_ok=True)
    with TemporaryDirectory(dir=spill, prefix="months-") as staging, invalid_rows_of(file.name):
        converted = Path(staging) / "rows.parquet"
        if is_csv := not _is_parquet(file.path):
            _convert_csv(connection, file, converted)
        else:
            _convert_parquet(connection, file, converted)
        rows = _rows(connection, file.table, converted, first_line=2 if is_csv else 1)
        if _readings(connection, converted) > MOST_READINGS:
            staged = "format parquet, partition_by (month), write_partition_columns, overwrite_or_ignore"
            connection.execute(f"copy ({rows}) to {literal(staging)} ({staged})")
            rows = f"select * from read_parquet({literal(f'{staging}/month=*/*.parquet')}, hive_partitioning = false)"
        months = [month for (month,) in connection.execute(f"select distinct month from ({rows})").fetchall()]
        if not months or None in months:
            raise InvalidRows("it has no rows" if not months else "a row has no month")
        yield {
            month: f"select *, '{file.payload_sha256}' as payload_sha256 from ({rows}) where month = date '{month}'"
            for month in sorted(months)
        }


@contextmanager
def invalid_rows_of(name: str) -> Iterator[None]:
    """Turn DuckDB's errors about a file's content into InvalidRows, and begin every InvalidRows with its name."""
    try:
        yield
    except duckdb.Error as error:
        raise_fault_of_this_machine(error)  # a refused file is never tried again
        if type(error) not in CONTENT_ERRORS:
            raise
        raise InvalidRows(f"{name}: {_said(error)}") from None
    except InvalidRows as error:
        raise InvalidRows(f"{name}: {error}") from None


def _said(error: duckdb.Error) -> str:
    """Return DuckDB's message on one line, without its type where the message is our own."""
    return " ".join(str(error).removeprefix("Invalid Input Error: ").split())[:300]


def _is_parquet(path: Path) -> bool:
    with path.open("rb") as file:
        return file.read(4) == b"PAR1"


def _readings(connection: duckdb.DuckDBPyConnection, path: Path) -> float:
    """Return how many months a row group of a Parquet file has rows of, on average."""
    [(readings,)] = connection.execute(OVERLAPS, {"path": str(path)}).fetchall()
    return float(readings)


def _convert_csv(connection: duckdb.DuckDBPyConnection, file: ImportedFile, written: Path) -> None:
    """Write a CSV's rows in their order, in the table's types, to a Parquet file. Raises InvalidRows."""
    with file.path.open(encoding="utf-8-sig", errors="replace") as lines:
        header = [name.strip('"') for name in lines.readline(LONGEST_HEADER).strip().split(",")]
    _refuse_columns(file.table, header)
    types = ", ".join(f"'{name}': 'varchar'" for name in header)
    options = f"header = true, auto_detect = false, delim = ',', quote = '\"', columns = {{{types}}}"
    reader = f"read_csv({literal(file.path)}, {options})"
    try:
        rows = _converted_texts(file, header, line="'?'")
        connection.execute(f"copy (select {rows} from {reader}) to {literal(written)} (format parquet)")
    except duckdb.InvalidInputException:
        # Lines are counted only to find the one that is wrong: counting takes half as long again as reading.
        numbered = f"select *, row_number() over () + 1 as line from {reader}"
        wrong = f"select {_converted_texts(file, header, line='line')} from ({numbered})"
        connection.execute(f"select count(columns(*)) from ({wrong})")
        raise


def _converted_texts(file: ImportedFile, header: list[str], line: str) -> str:
    kinds = file.table.columns
    return ", ".join(
        f"{conversions.converted(name, kinds[name], 'VARCHAR', line, file.on)} as {name}" for name in header
    )


def _convert_parquet(connection: duckdb.DuckDBPyConnection, file: ImportedFile, written: Path) -> None:
    """Write a foreign Parquet file's rows in their order, in the table's types, to one of ours. Raises InvalidRows.

    Its statistics may be false. DuckDB would skip rows by them, or leave out a test of values that they exclude, so
    every row is read, without a filter, and tested; only our file's own statistics are used afterwards.
    """
    reader = f"read_parquet({literal(file.path)}, file_row_number = true)"
    described = connection.execute(f"describe select * from {reader}").fetchall()
    found = {name: kind for name, kind, *_ in described if name != "file_row_number"}
    _refuse_columns(file.table, list(found))
    kinds, line = file.table.columns, "(file_row_number + 1)"
    rows = ", ".join(
        f"{conversions.converted(name, kinds[name], kind, line, file.on)} as {name}" for name, kind in found.items()
    )
    connection.execute("set disabled_optimizers = 'statistics_propagation'")
    try:
        copy = f"copy (select {rows} from {reader}) to {literal(written)} (format parquet)"
        [(rows_read,)] = connection.execute(copy).fetchall()
    finally:
        connection.execute("reset disabled_optimizers")
    [(rows_said,)] = connection.execute(
        "select num_rows from parquet_file_metadata($path)", {"path": str(file.path)}
    ).fetchall()
    if rows_read != rows_said:
        raise InvalidRows(f"it says that it has {rows_said:,} rows, and has {rows_read:,}")


def _rows(connection: duckdb.DuckDBPyConnection, table: LakeTable, path: Path, first_line: int) -> str:
    """Return SQL for the rows of a converted file in the table's columns, numbered as lines."""
    reader = f"read_parquet({literal(path)}, file_row_number = true)"
    found = {name for name, *_ in connection.execute(f"describe select * from {reader}").fetchall()}
    columns = [
        name if name in found else f"null::{kind} as {name}"
        for name, kind in table.columns.items()
        if name != "line_number"
    ]
    line = f"cast(file_row_number + {first_line} as integer) as line_number"
    return f"select {', '.join(columns)}, {line} from {reader}"


def _refuse_columns(table: LakeTable, found: list[str]) -> None:
    wanted = [name for name in table.columns if name != "line_number"]
    missing = [name for name in wanted if name not in found and name not in OPTIONAL]
    unknown = [name for name in found if name not in wanted]
    if missing or unknown:
        problems = [f"lacks {', '.join(missing)}"] if missing else []
        problems += [f"has {', '.join(unknown)[:200]}, which are not columns of {table.name}"] if unknown else []
        raise InvalidRows(f"{' and '.join(problems)}; its columns must be {', '.join(wanted)}")

"""Manually imported files of trade detail, CSV or Parquet, with the columns of a table of the lake.

A file may have many months. It is read month by month, so that only one month has to fit in memory.
"""

import errno
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from tempfile import TemporaryDirectory

import duckdb

from orchestration.lake.errors import InvalidRows
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
# Errors of this machine, such as a full disk, which DuckDB raises as the same types.
MACHINE_ERRORS = {os.strerror(code) for code in errno.errorcode}
OVERLAPS = """
with row_groups as (
    select row_group_id, cast(stats_min_value as date) as first_month, cast(stats_max_value as date) as last_month
    from parquet_metadata($path) where path_in_schema = 'month'
),
months as (select distinct cast(month as date) as month from read_parquet($path))
select count(*) / (select greatest(count(*), 1) from row_groups)
from row_groups inner join months on months.month between first_month and last_month
"""


@dataclass(frozen=True)
class ImportedFile:
    """A file for a table of the lake: its local path, the name that its user gave it, and its hash."""

    table: LakeTable
    path: Path
    name: str
    payload_sha256: str


@contextmanager
def by_month(connection: duckdb.DuckDBPyConnection, file: ImportedFile, spill: Path) -> Iterator[dict[date, str]]:
    """Yield SQL for the rows of each month of a file, with line numbers and the payload's hash, valid in this context.

    Raises:
        InvalidRows: The file is neither CSV nor Parquet, lacks columns of the table, or (when its rows are read within
            the context) has an invalid value. The message begins with the file's name.
    """
    spill.mkdir(parents=True, exist_ok=True)
    table, path = file.table, file.path
    with TemporaryDirectory(dir=spill, prefix="months-") as staging, invalid_rows_of(file.name):
        if is_csv := not _is_parquet(path):
            path = _parquet_of_csv(connection, table, path, Path(staging))
        rows = _rows(connection, table, path, lines_before=1 if is_csv else 0)
        if _readings(connection, path) > MOST_READINGS:
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
        if type(error) not in CONTENT_ERRORS or any(text in str(error) for text in MACHINE_ERRORS):
            raise  # a refused file is never tried again, and a full disk is not the file's fault
        raise InvalidRows(f"{name}: {' '.join(str(error).split())[:300]}") from None
    except InvalidRows as error:
        raise InvalidRows(f"{name}: {error}") from None


def _is_parquet(path: Path) -> bool:
    with path.open("rb") as file:
        return file.read(4) == b"PAR1"


def _readings(connection: duckdb.DuckDBPyConnection, path: Path) -> float:
    """Return how many months a row group of a Parquet file has rows of, on average."""
    [(readings,)] = connection.execute(OVERLAPS, {"path": str(path)}).fetchall()
    return float(readings)


def _parquet_of_csv(connection: duckdb.DuckDBPyConnection, table: LakeTable, path: Path, folder: Path) -> Path:
    """Write a CSV's rows in their order, in the table's types, to a Parquet file in a folder. Raises InvalidRows."""
    with path.open(encoding="utf-8-sig", errors="replace") as lines:
        header = [name.strip('"') for name in lines.readline().strip().split(",")]
    _refuse_columns(table, header)
    types = ", ".join(f"'{name}': '{table.columns[name]}'" for name in header)
    options = f"header = true, auto_detect = false, delim = ',', quote = '\"', columns = {{{types}}}"
    written = folder / "rows.parquet"
    connection.execute(f"copy (from read_csv({literal(path)}, {options})) to {literal(written)} (format parquet)")
    return written


def _rows(connection: duckdb.DuckDBPyConnection, table: LakeTable, path: Path, lines_before: int) -> str:
    """Return SQL for a Parquet file's rows in the table's columns and types, numbered as lines. Raises InvalidRows."""
    reader = f"read_parquet({literal(path)}, file_row_number = true)"
    found = [row[0] for row in connection.execute(f"describe select * from {reader}").fetchall()]
    _refuse_columns(table, [name for name in found if name != "file_row_number"])
    values = {name: name if name in found else "null" for name in table.columns}
    values["line_number"] = f"file_row_number + {lines_before + 1}"
    columns = [f"cast({values[name]} as {kind}) as {name}" for name, kind in table.columns.items()]
    return f"select {', '.join(columns)} from {reader}"


def _refuse_columns(table: LakeTable, found: list[str]) -> None:
    wanted = [name for name in table.columns if name != "line_number"]
    missing = [name for name in wanted if name not in found and name not in OPTIONAL]
    unknown = [name for name in found if name not in wanted]
    if missing or unknown:
        problems = [f"lacks {', '.join(missing)}"] if missing else []
        problems += [f"has {', '.join(unknown)[:200]}, which are not columns of {table.name}"] if unknown else []
        raise InvalidRows(f"{' and '.join(problems)}; its columns must be {', '.join(wanted)}")

"""Files of detail that somebody has by hand, CSV or Parquet, in the columns of a table of the lake.

A file may hold many months. It is taken in month by month, since no more than a month need fit in memory then.
"""

import errno
import os
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from tempfile import TemporaryDirectory

import duckdb

from orchestration.lake.errors import InvalidRows
from orchestration.sources.lake_tables import LakeTable
from orchestration.warehouse.sql import literal

OPTIONAL = ("weight_kg", "quantity", "quantity_unit")
# A file whose row groups would be read more often than this, month after month, is put in order of months first.
READINGS = 3
# What DuckDB raises for bytes and values that it can't read; the plain Error is of Parquet's own structures.
OF_BYTES = (
    *(duckdb.Error, duckdb.BinderException, duckdb.ConversionException, duckdb.InvalidInputException),
    *(duckdb.IOException, duckdb.OutOfRangeException, duckdb.SerializationException),
)
OF_THE_MACHINE = {os.strerror(code) for code in errno.errorcode}
OVERLAPS = """
with row_groups as (
    select row_group_id, cast(stats_min_value as date) as first_month, cast(stats_max_value as date) as last_month
    from parquet_metadata($path) where path_in_schema = 'month'
),
months as (select distinct cast(month as date) as month from read_parquet($path))
select count(*) / (select greatest(count(*), 1) from row_groups)
from row_groups inner join months on months.month between first_month and last_month
"""


@contextmanager
def by_month(
    connection: duckdb.DuckDBPyConnection, table: LakeTable, path: Path, name: str, payload_sha256: str, spill: Path
) -> Iterator[dict[date, str]]:
    """Give SQL for the rows of each month of a file, with line numbers and the payload's hash.

    Raises InvalidRows, with the name by which people know the file, when it is neither CSV nor Parquet, or has not the
    table's columns; so does what reads the rows, within this context.
    """
    spill.mkdir(parents=True, exist_ok=True)
    with TemporaryDirectory(dir=spill, prefix="months-") as staging, unfit(name):
        if is_csv := not _is_parquet(path):
            path = _parquet_of_csv(connection, table, path, Path(staging))
        rows = _rows(connection, table, path, lines_before=1 if is_csv else 0)
        if _readings(connection, path) > READINGS:
            staged = "format parquet, partition_by (month), write_partition_columns, overwrite_or_ignore"
            connection.execute(f"copy ({rows}) to {literal(staging)} ({staged})")
            rows = f"select * from read_parquet({literal(f'{staging}/month=*/*.parquet')}, hive_partitioning = false)"
        months = [month for (month,) in connection.execute(f"select distinct month from ({rows})").fetchall()]
        if not months or None in months:
            raise InvalidRows("it holds no rows" if not months else "a row has no month")
        yield {
            month: f"select *, '{payload_sha256}' as payload_sha256 from ({rows}) where month = date '{month}'"
            for month in sorted(months)
        }


@contextmanager
def unfit(name: str) -> Iterator[None]:
    """Name the file in what DuckDB says of bytes, values or columns that it can't read, and in what is unfit."""
    try:
        yield
    except duckdb.Error as error:
        if type(error) not in OF_BYTES or any(said in str(error) for said in OF_THE_MACHINE):
            raise  # a file is refused once and for all; a full disk passes
        raise InvalidRows(f"{name}: {' '.join(str(error).split())[:300]}") from None
    except InvalidRows as error:
        raise InvalidRows(f"{name}: {error}") from None


def _is_parquet(path: Path) -> bool:
    with path.open("rb") as file:
        return file.read(4) == b"PAR1"


def _readings(connection: duckdb.DuckDBPyConnection, path: Path) -> float:
    """Return how many months a row group of the file is of, on average."""
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
        said = [f"misses {', '.join(missing)}"] if missing else []
        said += [f"has {', '.join(unknown)[:200]}, which no column of {table.name} is"] if unknown else []
        raise InvalidRows(f"{' and '.join(said)}; its columns must be {', '.join(wanted)}")

"""Partition files: rows of one month, checked against the table's rules, sorted so that readers can skip most rows."""

from dataclasses import dataclass, fields
from datetime import date
from pathlib import Path

import duckdb

from orchestration.lake.errors import InvalidRows
from orchestration.lake.manifest import FileVintage, PartitionKey
from orchestration.lake.table_store import TableStore
from orchestration.sources.lake_tables import TABLES, TRADE_MIRROR, LakeTable
from orchestration.storage.files import file_sha256
from orchestration.warehouse.sql import literal

ROWS_A_GROUP = 122_880  # DuckDB's own; a month of Hong Kong's detail is one to five groups
TRADE_FLOWS = ("imports", "total_exports", "domestic_exports", "re_exports")
# HK$ 10 trillion: a month's whole trade was under 0.8 trillion in 2026, so a larger value is an error of units.
LARGEST = "10000000000000"
PARTNER = "not regexp_full_match({0}, '[1-9][0-9]{{0,2}}')"  # not 0, which is the world: totals would count twice
# SQL that is true of an invalid value, by column; {0} is the column and {1} the partition's month.
INVALID = {
    "month": "{0} is distinct from date '{1}' or extract(day from {0}) <> 1",
    "flow": f"{{0}} is null or {{0}} not in {TRADE_FLOWS}",
    "hs_code": "{0} is null or not regexp_full_match({0}, '[0-9]{{2}}([0-9]{{2}}){{0,3}}')",
    "hs_edition": "{0} is null or not regexp_full_match({0}, 'HS(2012|2017|2022)')",
    "partner_code": f"{{0}} is null or {PARTNER}",
    "reporter_code": f"{{0}} is null or {{0}} = '344' or {PARTNER}",
    "value": f"{{0}} is null or {{0}} < 0 or {{0}} > {LARGEST}",
    "currency": "{0} is null or {0} not in ('HKD', 'USD')",
    "weight_kg": f"{{0}} < 0 or {{0}} > {LARGEST}",
    "quantity": f"{{0}} < 0 or {{0}} > {LARGEST}",
    "valuation": "{0} is null or {0} not in ('cif', 'fob')",
}
# What a value must be, for the error.
EXPECTED = {
    "month": "the first day of a month",
    "flow": f"one of {', '.join(TRADE_FLOWS)}",
    "hs_code": "a code of 2, 4, 6 or 8 digits",
    "hs_edition": "HS2012, HS2017 or HS2022",
    "partner_code": "a partner's code of 1 to 3 digits, without zeros in front",
    "reporter_code": "the code of another reporter than Hong Kong, of 1 to 3 digits",
    "value": "an amount from 0 to 10 trillion",
    "currency": "HKD or USD",
    "weight_kg": "a weight from 0 to 10 trillion kg",
    "quantity": "a quantity from 0 to 10 trillion",
    "valuation": "cif or fob",
}
# The mirror table also has the partners' totals, which are compared with Hong Kong's and never added up.
INVALID_BY_TABLE = {TRADE_MIRROR.name: {"hs_code": "coalesce({0} <> 'TOTAL', true) and (" + INVALID["hs_code"] + ")"}}


@dataclass(frozen=True)
class WrittenFile:
    """A partition file: path relative to the table's folder, size in bytes, and what its rows are."""

    file: str
    sha256: str
    bytes: int
    rows: int
    hs_digits: int
    currency: str

    @classmethod
    def of(cls, vintage: FileVintage) -> "WrittenFile":
        """Return the file of a vintage that was written before."""
        return cls(**{each.name: getattr(vintage, each.name) for each in fields(cls)})


@dataclass(frozen=True)
class NewVintage:
    """A vintage of a partition whose file is to be written."""

    key: PartitionKey
    id: str
    source_id: str

    @property
    def file_name(self) -> str:
        """The file, relative to its table: readers prune by the year and month in its path."""
        name = f"{self.key.provider}-{self.key.dataset}-{self.id}.parquet"
        return f"year={self.key.month.year}/month={self.key.month.isoformat()}/{name}"


def write(connection: duckdb.DuckDBPyConnection, store: TableStore, new: NewVintage, rows: str) -> WrittenFile:
    """Write a partition's file from SQL that gives the table's columns and `payload_sha256`.

    A file of that name that exists already is replaced: nothing says that its rows are these. Raises InvalidRows with
    line and column.
    """
    path = store.folder / new.file_name
    store.keep(write_partial(connection, TABLES[store.table], path, new, rows), new.file_name)
    return describe(connection, path, new.file_name)


def write_partial(
    connection: duckdb.DuckDBPyConnection, table: LakeTable, path: Path, new: NewVintage, rows: str
) -> Path:
    """Write a partition's file, under another name beside the path that it will have; return that name.

    Raises InvalidRows with line and column.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = partial_of(path)
    try:
        connection.execute(_copy_statement(table, new, rows, partial))
        _refuse_repeats(connection, table, partial)
        _refuse_currencies(connection, partial)
        if table.adds_up:
            _refuse_nested(connection, table, partial)
    except duckdb.InvalidInputException as error:
        partial.unlink(missing_ok=True)
        raise InvalidRows(str(error).removeprefix("Invalid Input Error: ")) from None
    except BaseException:
        partial.unlink(missing_ok=True)
        raise
    return partial


def partial_of(path: Path) -> Path:
    """Return the path of a partition's file until it is finished."""
    return path.with_name(f".{path.name}.partial")


def _copy_statement(table: LakeTable, new: NewVintage, rows: str, path: Path) -> str:
    """Return the statement that checks, sorts and writes the rows in one pass."""
    checked = ", ".join(_checked(table, column, new.key.month) for column in table.columns)
    return f"""
        copy (
            select {checked}, '{new.source_id}' as source_id, '{new.id}' as vintage, payload_sha256
            from ({rows})
            order by {", ".join(table.sorted_by)}
        ) to {literal(path)} (format parquet, parquet_version v2, compression zstd, row_group_size {ROWS_A_GROUP})
    """


def _checked(table: LakeTable, column: str, month: date) -> str:
    """Return SQL for a column that raises DuckDB's `error` with line, column and value for an invalid value."""
    rules = {**INVALID, **INVALID_BY_TABLE.get(table.name, {})}
    if column not in rules:
        return f"{column}::{table.columns[column]} as {column}"
    wrong, complaint = rules[column].format(column, month), literal(f" is not {EXPECTED[column]}")
    found = f"'line ' || line_number || ': {column} ' || coalesce({column}::varchar, 'nothing') || {complaint}"
    return f"case when {wrong} then error({found}) else {column} end::{table.columns[column]} as {column}"


def _refuse_repeats(connection: duckdb.DuckDBPyConnection, table: LakeTable, path: Path) -> None:
    """Raise InvalidRows if a month has the same flow, code and partner twice: in sorted rows they are neighbours."""
    same = " and ".join(f"{column} = lag({column}) over ()" for column in table.sorted_by)
    shown = ", ".join(("month", "line_number", *table.sorted_by))
    rows = f"select {shown}, {same} as repeats from read_parquet({literal(path)})"
    repeats = f"select {shown} from ({rows}) where repeats limit 1"
    repeated = connection.execute(repeats)
    if row := repeated.fetchone():
        found = dict(zip((column[0] for column in repeated.description), row, strict=True))
        repeat = ", ".join(f"{column} {found[column]}" for column in table.sorted_by)
        raise InvalidRows(f"line {found['line_number']}: {repeat} comes twice in {found['month']:%Y-%m}")


def _refuse_currencies(connection: duckdb.DuckDBPyConnection, path: Path) -> None:
    currencies = f"select distinct currency from read_parquet({literal(path)}) order by 1"
    found = [currency for (currency,) in connection.execute(currencies).fetchall()]
    if len(found) > 1:
        raise InvalidRows(f"one month in {' and '.join(found)}: a partition is in one currency")


def _refuse_nested(connection: duckdb.DuckDBPyConnection, table: LakeTable, path: Path) -> None:
    """Raise InvalidRows if a month has both a code and a longer one within it: the trade would be counted twice."""
    file = f"read_parquet({literal(path)})"
    lengths = connection.execute(f"select distinct length(hs_code) from {file} order by 1").fetchall()
    same = ", ".join(column for column in table.sorted_by if column != "hs_code")
    for (length,) in lengths[:-1]:
        nested = f"""
            select part.line_number, part.hs_code, whole.hs_code
            from (from {file} where length(hs_code) > {length}) as part
            inner join (from {file} where length(hs_code) = {length}) as whole using ({same})
            where left(part.hs_code, {length}) = whole.hs_code
            limit 1
        """
        if row := connection.execute(nested).fetchone():
            line, code, whole = row
            raise InvalidRows(
                f"line {line}: hs_code {code} is part of {whole}, which is a row too: its trade would count twice"
            )


def describe(connection: duckdb.DuckDBPyConnection, path: Path, name: str) -> WrittenFile:
    """Return what is in a partition's file, which has or will have this name in the table's folder."""
    facts = f"""
        select count(*), min(case when hs_code = 'TOTAL' then 0 else length(hs_code) end), any_value(currency)
        from read_parquet({literal(path)})
    """
    [(rows, hs_digits, currency)] = connection.execute(facts).fetchall()
    return WrittenFile(
        file=name,
        sha256=file_sha256(path),
        bytes=path.stat().st_size,
        rows=rows,
        hs_digits=hs_digits or 0,
        currency=currency or "HKD",
    )

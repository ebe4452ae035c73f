"""A partition's file: rows of one month, held against the table's rules, sorted so that a reader can skip most."""

from dataclasses import dataclass
from datetime import date
from pathlib import Path

import duckdb

from orchestration.lake.errors import InvalidRows
from orchestration.lake.manifest import PartitionKey
from orchestration.lake.table_store import TableStore
from orchestration.sources.lake_tables import TRADE_MIRROR, LakeTable
from orchestration.storage.files import file_sha256
from orchestration.warehouse.sql import literal

ROWS_A_GROUP = 122_880  # DuckDB's own; a month of Hong Kong's detail is one to five groups
FLOWS = ("imports", "total_exports", "domestic_exports", "re_exports")
# All trade of a month was under HK$ 0.8 trillion in 2026; no row is more.
LARGEST = "10000000000000"
PARTNER = "not regexp_full_match({0}, '[1-9][0-9]{{0,2}}')"  # the world is 0, and no partner
# What a column of a table may hold, beside its type: SQL that is true of a value that is wrong.
WRONG = {
    "month": "{0} is distinct from date '{1}' or extract(day from {0}) <> 1",
    "flow": f"{{0}} is null or {{0}} not in {FLOWS}",
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
# Partners are asked for their totals too, which stand beside those of Hong Kong and are added to nothing.
WRONG_OF = {TRADE_MIRROR.name: {"hs_code": "coalesce({0} <> 'TOTAL', true) and (" + WRONG["hs_code"] + ")"}}


@dataclass(frozen=True)
class WrittenFile:
    """A partition's file as it was written."""

    file: str
    sha256: str
    bytes: int
    rows: int
    hs_digits: int
    currency: str


def file_name(key: PartitionKey, vintage: str) -> str:
    """Return a partition's file, relative to its table: readers prune by the year and month in its path."""
    name = f"{key.provider}-{key.dataset}-{vintage}.parquet"
    return f"year={key.month.year}/month={key.month.isoformat()}/{name}"


def write(
    connection: duckdb.DuckDBPyConnection,
    table: LakeTable,
    store: TableStore,
    key: PartitionKey,
    vintage: str,
    source_id: str,
    rows: str,
) -> WrittenFile:
    """Write a partition's file from SQL that gives the table's columns and `payload_sha256`.

    An existing file of that name was made from the same rows and is kept. Raises InvalidRows with line and column.
    """
    path = store.folder / file_name(key, vintage)
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        partial = path.with_name(f".{path.name}.partial")
        try:
            connection.execute(_copy(table, key.month, vintage, source_id, rows, partial))
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
        store.keep(partial, file_name(key, vintage))
    return _describe(connection, store.folder, path)


def _copy(table: LakeTable, month: date, vintage: str, source_id: str, rows: str, path: Path) -> str:
    """Return the statement that checks, sorts and writes the rows in one pass."""
    checked = ", ".join(_checked(table, column, month) for column in table.columns)
    return f"""
        copy (
            select {checked}, '{source_id}' as source_id, '{vintage}' as vintage, payload_sha256
            from ({rows})
            order by {", ".join(table.sorted_by)}
        ) to {literal(path)} (format parquet, parquet_version v2, compression zstd, row_group_size {ROWS_A_GROUP})
    """


def _checked(table: LakeTable, column: str, month: date) -> str:
    rules = {**WRONG, **WRONG_OF.get(table.name, {})}
    wrong = rules[column].format(column, month) if column in rules else "false"
    found = f"'line ' || line_number || ': {column} ' || coalesce({column}::varchar, 'nothing') || ' can''t be'"
    return f"case when {wrong} then error({found}) else {column} end::{table.columns[column]} as {column}"


def _refuse_repeats(connection: duckdb.DuckDBPyConnection, table: LakeTable, path: Path) -> None:
    """Refuse a month in which the same flow, code and partner come twice: sorted, they stand side by side."""
    same = " and ".join(f"{column} = lag({column}) over ()" for column in table.sorted_by)
    told = ", ".join(("month", "line_number", *table.sorted_by))
    rows = f"select {told}, {same} as repeats from read_parquet({literal(path)})"
    repeats = f"select {told} from ({rows}) where repeats limit 1"
    repeated = connection.execute(repeats)
    if row := repeated.fetchone():
        found = dict(zip((column[0] for column in repeated.description), row, strict=True))
        shown = ", ".join(f"{column} {found[column]}" for column in table.sorted_by)
        raise InvalidRows(f"line {found['line_number']}: {shown} comes twice in {found['month']:%Y-%m}")


def _refuse_currencies(connection: duckdb.DuckDBPyConnection, path: Path) -> None:
    currencies = f"select distinct currency from read_parquet({literal(path)}) order by 1"
    found = [currency for (currency,) in connection.execute(currencies).fetchall()]
    if len(found) > 1:
        raise InvalidRows(f"one month in {' and '.join(found)}: a partition is in one currency")


def _refuse_nested(connection: duckdb.DuckDBPyConnection, table: LakeTable, path: Path) -> None:
    """Refuse a month in which a code and one that lies in it both stand: the trade of the one is in the other's."""
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
                f"line {line}: hs_code {code} lies in {whole}, which stands beside it: its trade is there twice"
            )


def _describe(connection: duckdb.DuckDBPyConnection, folder: Path, path: Path) -> WrittenFile:
    facts = f"""
        select count(*), min(case when hs_code = 'TOTAL' then 0 else length(hs_code) end), any_value(currency)
        from read_parquet({literal(path)})
    """
    [(rows, hs_digits, currency)] = connection.execute(facts).fetchall()
    return WrittenFile(
        file=str(path.relative_to(folder)),
        sha256=file_sha256(path),
        bytes=path.stat().st_size,
        rows=rows,
        hs_digits=hs_digits or 0,
        currency=currency or "HKD",
    )

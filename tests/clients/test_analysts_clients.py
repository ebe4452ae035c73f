"""A release, read with each client that the docs name, in its own environment: values, keys of types, comments."""

import json
import os
import subprocess
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest

from tests.clients.environments import LOCKS_DIR, node_modules, wheels, with_wheels

pytestmark = pytest.mark.slow

QUERY = "select month, balance_hkd_mn, source_id from marts.fct_trade_balance_monthly where month = '2026-03-01'"
COMMENT = "First day of the month."
SQLALCHEMY = """
import json, sys
import sqlalchemy
from sqlalchemy import create_engine, inspect, text
from sqlalchemy.pool import NullPool
engine = create_engine(f"duckdb:///{sys.argv[1]}", connect_args={"read_only": True}, poolclass=NullPool)
columns = inspect(engine).get_columns("fct_trade_balance_monthly", schema="marts")
with engine.connect() as connection:
    rows = [[str(value) for value in row] for row in connection.execute(text(sys.argv[2]))]
print(json.dumps({
    "version": sqlalchemy.__version__,
    "tables": sorted(inspect(engine).get_table_names(schema="reference")),
    "types": {column["name"]: str(column["type"]) for column in columns[:4]},
    "comment": columns[0]["comment"],
    "rows": rows,
}))
"""
ADBC = """
import json, sys
import duckdb
from adbc_driver_manager import dbapi
driver = dict(driver=duckdb._duckdb.__file__, entrypoint="duckdb_adbc_init")
options = {"path": sys.argv[1], "access_mode": "READ_ONLY"}
with dbapi.connect(**driver, db_kwargs=options) as connection, connection.cursor() as cursor:
    cursor.execute(sys.argv[2])
    table = cursor.fetch_arrow_table()
    try:
        cursor.execute("delete from marts.dim_month")
        refusal = None
    except dbapi.Error as error:
        refusal = str(error)
print(json.dumps({
    "schema": {field.name: str(field.type) for field in table.schema},
    "rows": [[str(value) for value in row.values()] for row in table.to_pylist()],
    "refusal": refusal,
}))
"""
PARQUET = """
import json, sys
from pyarrow import parquet
table = parquet.read_table(sys.argv[1])
[row] = [row for row in table.to_pylist() if str(row["month"]) == "2026-03-01"]
print(json.dumps([str(table.schema.field("balance_hkd_mn").type), str(row["balance_hkd_mn"])]))
"""


@pytest.fixture
def published(built_home: Path) -> Path:
    return built_home / "current" / "warehouse.duckdb"


def answer(command: list[str], environment: Mapping[str, str] | None = None) -> Any:
    ran = subprocess.run(
        command, capture_output=True, text=True, env=environment or os.environ, timeout=120, check=False
    )
    assert ran.returncode == 0, ran.stderr
    return json.loads(ran.stdout)


@pytest.mark.parametrize(("name", "version"), [("sqlalchemy-2.0", "2.0."), ("sqlalchemy-1.4", "1.4.")])
def test_sqlalchemy_reflects_types_and_comments(
    name: str, version: str, published: Path, require: Callable[[bool, str], None]
) -> None:
    folder = wheels(name)
    require(folder is not None, f"{name} cannot be fetched")
    read = answer([sys.executable, "-c", SQLALCHEMY, str(published), QUERY], with_wheels(folder))
    assert read.pop("version").startswith(version)
    assert "partners" in read.pop("tables")
    assert read == {
        "types": {
            "month": "DATE",
            "total_exports_hkd_mn": "NUMERIC(18, 3)",
            "imports_hkd_mn": "NUMERIC(18, 3)",
            "balance_hkd_mn": "NUMERIC(18, 3)",
        },
        "comment": COMMENT,
        "rows": [["2026-03-01", "-89083.000", "csd_table_410_50001"]],
    }


def test_adbc_reads_arrow_and_writes_nothing(published: Path, require: Callable[[bool, str], None]) -> None:
    folder = wheels("adbc")
    require(folder is not None, "the ADBC driver manager cannot be fetched")
    read = answer([sys.executable, "-c", ADBC, str(published), QUERY], with_wheels(folder))
    assert "read-only" in read.pop("refusal")
    assert read == {
        "schema": {"month": "date32[day]", "balance_hkd_mn": "decimal128(18, 3)", "source_id": "string"},
        "rows": [["2026-03-01", "-89083.000", "csd_table_410_50001"]],
    }


def test_parquet_is_read_without_duckdb(published: Path, require: Callable[[bool, str], None]) -> None:
    folder = wheels("adbc")
    require(folder is not None, "pyarrow cannot be fetched")
    file = published.parent / "parquet" / "marts" / "fct_trade_balance_monthly.parquet"
    read = answer([sys.executable, "-c", PARQUET, str(file)], with_wheels(folder))
    assert read == ["decimal128(18, 3)", "-89083.000"]


def test_duckdb_command_line_reads_rows_and_comments(published: Path, require: Callable[[bool, str], None]) -> None:
    folder = wheels("duckdb-cli")
    require(folder is not None, "the DuckDB command line cannot be fetched")
    duckdb = [sys.executable, "-m", "duckdb_cli", "-readonly", "-json", str(published)]
    assert answer([*duckdb, QUERY], with_wheels(folder)) == [
        {"month": "2026-03-01", "balance_hkd_mn": "-89083.000", "source_id": "csd_table_410_50001"}
    ]
    comments = (
        "select comment from duckdb_columns() where table_name = 'fct_trade_balance_monthly' and column_name = 'month'"
    )
    assert answer([*duckdb, comments], with_wheels(folder)) == [{"comment": COMMENT}]


def test_node_reads_a_release(published: Path, require: Callable[[bool, str], None]) -> None:
    folder = node_modules()
    require(folder is not None, "Node's DuckDB client cannot be fetched")
    script = LOCKS_DIR / "node" / "read.mjs"
    assert answer(["node", str(script), str(folder), str(published), QUERY]) == [
        {"month": "2026-03-01", "balance_hkd_mn": "-89083.000", "source_id": "csd_table_410_50001"}
    ]

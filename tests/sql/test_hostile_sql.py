"""No statement on a release reads a file, writes anything, loads code, reaches the network or changes a setting."""

import hashlib
import os
from collections.abc import Iterator
from pathlib import Path

import duckdb
import pytest

from orchestration.warehouse import releases
from orchestration.warehouse.releases import Release
from tests.conftest import run_entrepot

# {out} is a path that must not come to be.
HOSTILE = """\
copy marts.fct_trade_balance_monthly to '{out}'
copy (select 1) to '{out}' (format parquet)
copy marts.dim_month from '/etc/passwd'
export database '{out}'
import database '{out}'
prepare p as copy (select 1) to '{out}'; execute p
explain analyze copy (select 1) to '{out}'
select * from query('copy (select 1) to ''{out}''')
select * from read_csv('/etc/passwd', header = false, sep = '|')
select * from read_text('/etc/passwd')
select * from read_blob('/etc/passwd')
select * from read_json('/etc/hostname')
select * from read_ndjson_objects('/etc/hostname')
select * from read_parquet('/etc/passwd')
select * from parquet_metadata('/etc/passwd')
select * from sniff_csv('/etc/passwd')
select * from glob('/etc/*')
select * from query_table('/etc/passwd')
select getenv('HOME')
select * from duckdb_secrets()
from '/etc/passwd.csv'
from '../../../ledger.jsonl'
select * from read_csv('https://example.org/x.csv')
select * from read_csv('s3://bucket/x.csv')
from 'https://example.org/x.parquet'
attach '{out}' as other
attach '/etc/passwd' as other (read_only)
attach ':memory:' as other
attach 'dbname=postgres' as other (type postgres)
detach warehouse
install httpfs
force install spatial
load httpfs
load '{out}'
update extensions
select * from iceberg_scan('/tmp')
set enable_external_access = true
set global enable_external_access = true
reset enable_external_access
set lock_configuration = false
set allowed_directories = ['/']
set temp_directory = '/tmp'
set memory_limit = '100GB'
set allow_unsigned_extensions = true
set home_directory = '/tmp'
set log_query_path = '{out}'
pragma enable_profiling = 'json'
pragma profiling_output = '{out}'
call enable_logging()
create secret s (type s3, key_id 'a', secret 'b')
create table marts.x (i integer)
create or replace table marts.dim_month as select 1
create schema x
create view marts.x as select 1
create or replace macro marts.as_of(day) as table select 1
create sequence marts.x
create type marts.mood as enum ('a')
create index i on marts.dim_month (month)
insert into marts.dim_month select * from marts.dim_month
update marts.fct_trade_balance_monthly set balance_hkd_mn = 0
delete from marts.fct_trade_balance_monthly
truncate marts.dim_month
merge into marts.dim_month using marts.dim_month as s on false when not matched then insert
begin; insert into marts.dim_month select * from marts.dim_month; commit
drop table marts.dim_month
drop schema marts cascade
alter table marts.dim_month add column x integer
alter table marts.dim_month rename to y
comment on table marts.dim_month is 'x'
""".splitlines()
# What DuckDB takes, and what leaves the file as it is: it is opened read-only, and a temporary table is in memory.
HARMLESS = ("checkpoint", "vacuum", "create temp table t as select 1", "select write_log('x')")


@pytest.fixture(scope="module")
def release(built_home: Path) -> Release:
    return releases.current_release(built_home / "current")


@pytest.fixture
def connection(release: Release) -> Iterator[duckdb.DuckDBPyConnection]:
    with releases.connect(release) as connection:
        yield connection


@pytest.fixture
def untouched(release: Release, tmp_path: Path) -> Iterator[Path]:
    """A path that must not come to be, beside a release that must stay as it is."""
    before = stand(release)
    yield tmp_path / "out"
    assert list(tmp_path.iterdir()) == []
    assert stand(release) == before


def stand(release: Release) -> dict[str, str]:
    """Return the hash of each file in the folder of a release."""
    files = [path for path in release.path.rglob("*") if path.is_file()]
    return {str(path): hashlib.sha256(path.read_bytes()).hexdigest() for path in files}


@pytest.mark.parametrize("statement", HOSTILE)
def test_a_hostile_statement_is_refused(statement: str, connection: duckdb.DuckDBPyConnection, untouched: Path) -> None:
    with pytest.raises(duckdb.Error):
        connection.execute(statement.format(out=untouched)).fetchall()


@pytest.mark.parametrize("statement", HARMLESS)
def test_what_is_taken_changes_nothing(statement: str, connection: duckdb.DuckDBPyConnection, untouched: Path) -> None:
    connection.execute(statement)


@pytest.mark.parametrize("form", [(), ("--csv",), ("--json",)])
def test_the_command_refuses_in_every_form(form: tuple[str, ...], built_home: Path, untouched: Path) -> None:
    refused = run_entrepot(built_home, "sql", *form, f"copy (select 1) to '{untouched}'")
    assert refused.returncode == 1
    assert refused.stdout == ""
    assert "file system operations are disabled" in refused.stderr
    assert "Traceback" not in refused.stderr


def test_there_are_enough_statements_to_mean_something() -> None:
    assert len(set(HOSTILE)) >= 40
    assert os.access("/etc/passwd", os.R_OK)

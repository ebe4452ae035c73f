"""No statement on a release reads a file, writes anything, loads code, reaches the network or changes a setting."""

import hashlib
import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import duckdb
import pytest

from orchestration import releases
from orchestration.releases import Release
from testing.commands import call_entrepot

of_lake = pytest.mark.xdist_group("lake")
# {out} is a path that no statement may create.
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
# Accepted by DuckDB without changing the file: it is opened read-only, and a temporary table is in memory.
HARMLESS = ("checkpoint", "vacuum", "create temp table t as select 1", "select write_log('x')")


# {file} is a file of the lake that a view reads, and {address} its address in the view; all statements target it.
HOSTILE_TO_LAKE = """\
copy (select 1 as i) to '{file}'
copy (select 1 as i) to '{file}' (use_tmp_file false)
copy (select 1 as i) to '{address}'
copy (select 1 as i) to '{address}' (use_tmp_file false)
copy (select 1 as i) to '{address}' (format parquet, append)
copy (select 1 as i) to '{address}' (format csv, use_tmp_file false)
copy (select 1 as i) to '{address}' (format parquet, per_thread_output, overwrite)
copy (select 1 as i) to '{address}' (format parquet, file_size_bytes 1000, overwrite)
copy (select 1 as i, 2 as j) to '{address}' (format parquet, partition_by (i), overwrite)
with x as (copy (select 1 as i) to '{address}' (use_tmp_file false)) select * from x
explain analyze copy (select 1 as i) to '{address}' (use_tmp_file false)
prepare p as copy (select 1 as i) to '{address}' (use_tmp_file false); execute p
select * from query('with x as (copy (select 1) to ''{address}'' (use_tmp_file false)) select * from x')
export database '{address}'
attach '{address}' as other
attach '{file}' as other
copy (select 1 as i) to 'lake://{out}'
select * from read_parquet('{file}')
select * from read_parquet('{other}')
select * from read_parquet('lake://{other}')
select * from read_text('lake:///etc/passwd')
select * from read_blob('lake://{out}')
select * from warehouse.marts.fct_trade_detail_monthly
insert into marts.fct_trade_detail_monthly select * from marts.fct_trade_detail_monthly
drop view marts.fct_trade_detail_monthly
drop view lake.marts.fct_trade_detail_monthly
create table lake.marts.x (i integer)
""".splitlines()
DETAIL = "select count(*), sum(value_hkd_mn) from marts.fct_trade_detail_monthly"


@pytest.fixture(scope="module")
def release(built_home: Path) -> Release:
    return releases.current_release(built_home / "current")


@pytest.fixture
def connection(release: Release) -> Iterator[duckdb.DuckDBPyConnection]:
    with releases.connect(release) as connection:
        yield connection


@pytest.fixture
def untouched(release: Release, tmp_path: Path) -> Iterator[Path]:
    """A path that no statement may create, beside a release that must not change."""
    before = state_of(release)
    yield tmp_path / "out"
    assert list(tmp_path.iterdir()) == []
    assert state_of(release) == before


def state_of(release: Release) -> dict[str, str]:
    """Return the hash of each file in the folder of a release."""
    files = [path for path in release.path.rglob("*") if path.is_file()]
    return {str(path): hashlib.sha256(path.read_bytes()).hexdigest() for path in files}


@pytest.mark.parametrize("statement", HOSTILE)
def test_hostile_statement_is_rejected(statement: str, connection: duckdb.DuckDBPyConnection, untouched: Path) -> None:
    with pytest.raises(duckdb.Error):
        connection.execute(statement.format(out=untouched)).fetchall()


@pytest.mark.parametrize("statement", HARMLESS)
def test_accepted_statement_changes_nothing(
    statement: str, connection: duckdb.DuckDBPyConnection, untouched: Path
) -> None:
    connection.execute(statement)


@pytest.mark.parametrize("form", [(), ("--csv",), ("--json",)])
def test_command_rejects_hostile_sql_in_every_output_format(
    form: tuple[str, ...], built_home: Path, untouched: Path
) -> None:
    refused = call_entrepot(built_home, "sql", *form, f"copy (select 1) to '{untouched}'")
    assert refused.returncode == 1
    assert refused.stdout == ""
    assert "file system operations are disabled" in refused.stderr
    assert "Traceback" not in refused.stderr


@pytest.fixture(scope="module")
def unnamed(home_with_lake: Path) -> Iterator[Path]:
    """A file of the lake that no view reads."""
    [file, _] = lake_of(home_with_lake)
    unnamed = Path(shutil.copy(file, file.with_name("unnamed.parquet")))
    yield unnamed
    unnamed.unlink()


def lake_of(home: Path) -> list[Path]:
    return sorted((home / "lake").rglob("files-*.parquet"))


@pytest.fixture
def with_lake(home_with_lake: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    """A connection like that of `entrepot sql`, to a release and a lake that must not change."""
    release, lake = releases.current_release(home_with_lake / "current"), Release(home_with_lake / "lake")
    before = state_of(release), state_of(lake)
    with releases.connect_with_lake(release) as connection:
        yield connection
    assert (state_of(release), state_of(lake)) == before


@of_lake
def test_lake_views_can_be_queried(with_lake: duckdb.DuckDBPyConnection) -> None:
    assert with_lake.execute(DETAIL).fetchall() == [(12, 7)]
    assert with_lake.execute("select count(*) from marts.fct_trade_detail_history").fetchall() == [(12,)]
    assert with_lake.execute("select count(*) > 100 from marts.fct_trade_balance_monthly").fetchall() == [(True,)]
    assert with_lake.execute("select count(*) > 100 from reference.partners").fetchall() == [(True,)]


@of_lake
@pytest.mark.parametrize("statement", [*HOSTILE, *HOSTILE_TO_LAKE])
def test_hostile_statement_is_rejected_with_the_lake(
    statement: str,
    home_with_lake: Path,
    unnamed: Path,
    with_lake: duckdb.DuckDBPyConnection,
    tmp_path: Path,
) -> None:
    [file, _] = lake_of(home_with_lake)
    names = {"file": file, "address": f"lake://{file}", "other": unnamed}
    with pytest.raises(duckdb.Error):
        with_lake.execute(statement.format(out=tmp_path / "out", **names)).fetchall()
    assert list(tmp_path.iterdir()) == []


@of_lake
def test_writable_lake_file_is_not_changed(home_with_lake: Path) -> None:
    """The file's mode does not protect it: root and its owner could write to it."""
    [file, _] = lake_of(home_with_lake)
    before = file.read_bytes()
    file.chmod(0o666)
    try:
        with (
            releases.connect_with_lake(releases.current_release(home_with_lake / "current")) as connection,
            pytest.raises(duckdb.Error, match="can't be written"),
        ):
            connection.execute(f"copy (select 1) to 'lake://{file}' (use_tmp_file false)")
    finally:
        file.chmod(0o444)
    assert file.read_bytes() == before


@of_lake
def test_description_that_names_another_file_gives_no_access(home_with_lake: Path, tmp_path: Path) -> None:
    release = Release(Path(shutil.copytree(home_with_lake / "current", tmp_path / "release")))
    release.datapackage["lake"] = [{"path": "/etc/passwd"}]
    with releases.connect_with_lake(release) as connection, pytest.raises(duckdb.PermissionException):
        connection.execute("select * from read_text('lake:///etc/passwd')").fetchall()


@of_lake
def test_missing_lake_file_is_an_error_and_aggregates_still_work(home_with_lake: Path, tmp_path: Path) -> None:
    [file, _] = lake_of(home_with_lake)
    file.rename(tmp_path / "away")
    try:
        queried = call_entrepot(home_with_lake, "sql", DETAIL)
        verified = call_entrepot(home_with_lake, "releases", "verify")
        other = call_entrepot(home_with_lake, "sql", "--csv", "select count(*) > 0 as is_held from marts.dim_month")
    finally:
        (tmp_path / "away").rename(file)
    assert queried.returncode == verified.returncode == 1
    assert f"such as {file}. Restore the lake to where it was" in queried.stderr
    assert f"{file.name} is missing" in verified.stderr
    assert other.stdout.split() == ["is_held", "true"]
    assert call_entrepot(home_with_lake, "releases", "verify").returncode == 0


def test_target_file_of_hostile_statements_is_readable() -> None:
    assert os.access("/etc/passwd", os.R_OK)

"""SQL Lab reads the marts and does nothing else, and no other database can be connected to."""

import hashlib
from pathlib import Path

import pytest

from tests.serving.superset.client import Client

pytestmark = pytest.mark.superset

HOSTILE = """
select * from read_csv('/etc/passwd')
select * from read_csv_auto('/etc/passwd')
select * from read_csv('https://127.0.0.1/x.csv')
select * from read_text('/etc/passwd')
select * from read_blob('/etc/hostname')
select * from read_json('/etc/passwd')
select * from read_parquet('{home}/current/parquet/marts/dim_month.parquet')
select * from parquet_metadata('{home}/current/parquet/marts/dim_month.parquet')
select * from sniff_csv('/etc/passwd')
select * from glob('/*')
select * from '/etc/passwd'
select * from '{home}/current/parquet/marts/dim_month.parquet'
from read_text('/etc/passwd')
with stolen as (select * from read_text('/etc/passwd')) select * from stolen
select * from query('select * from read_text(''/etc/passwd'')')
select * from query_table('/etc/passwd')
describe select * from read_text('/etc/passwd')
summarize '/etc/passwd'
explain analyze copy (select 1) to '{home}/stolen.csv'
select getenv('HOME')
select * from duckdb_secrets()
select * from which_secret('s3://x', 's3')
copy marts.dim_month to '{home}/stolen.csv'
copy (select 1) to '{home}/stolen.parquet' (format parquet)
copy marts.dim_month from '/etc/passwd'
export database '{home}/stolen'
import database '{home}/stolen'
attach '{home}/stolen.duckdb' as stolen
attach ':memory:' as scratch
detach warehouse
use reference
install httpfs
force install httpfs from 'http://127.0.0.1/x'
load httpfs
load '{home}/x.duckdb_extension'
set enable_external_access = true
set lock_configuration = false
set global memory_limit = '100GB'
set schema = 'reference'
reset lock_configuration
pragma enable_external_access = true
pragma memory_limit = '1TB'
pragma database_list
pragma version
call pragma_version()
checkpoint
vacuum
begin transaction
prepare hidden as select 1
create table marts.mine as select 1 as x
create temp table mine as select 1 as x
create view marts.mine as select 1 as x
create macro mine() as 1
create schema mine
create secret mine (type s3, key_id 'a', secret 'b')
drop table marts.dim_month
alter table marts.dim_month add column x integer
comment on table marts.dim_month is 'x'
insert into marts.dim_month default values
update marts.dim_month set month = null
delete from marts.dim_month
truncate marts.dim_month
select 1; drop table marts.dim_month
select 1; copy (select 1) to '{home}/stolen.csv'
""".strip().splitlines()

OTHER_DATABASES = (
    "duckdb:////{home}/build/warehouse.duckdb",
    "duckdb:////{home}/current/warehouse.duckdb?access_mode=read_write",
    "duckdb:///:memory:",
    "duckdb:////etc/passwd",
    "sqlite:////{home}/superset/metadata.db",
    "shillelagh+safe://",
    "postgresql://postgres@127.0.0.1/postgres",
)


def release_hash(home: Path) -> str:
    return hashlib.sha256((home / "current" / "warehouse.duckdb").read_bytes()).hexdigest()


def test_query_runs_and_its_own_limit_is_kept(superset: Client) -> None:
    answer = superset.sql(
        "select month, balance_hkd_mn from marts.fct_trade_balance_monthly order by month desc limit 1"
    )
    assert answer.json()["data"] == [{"month": "2026-08-01", "balance_hkd_mn": -71242.0}]


@pytest.mark.parametrize("query", ["show tables", "describe marts.dim_month", "pivot marts.dim_source on publisher"])
def test_every_form_of_read_runs(superset: Client, query: str) -> None:
    assert superset.sql(query).status_code == 200


def test_sixty_hostile_statements_are_refused_and_change_nothing(superset: Client) -> None:
    before, there = release_hash(superset.home), sorted(path.name for path in superset.home.iterdir())
    assert len(HOSTILE) >= 60
    for statement in HOSTILE:
        answer = superset.sql(statement.format(home=superset.home))
        assert answer.status_code in (403, 422, 500), statement
        assert "root:" not in answer.text, statement
        assert answer.json()["errors"][0]["message"], statement
    assert release_hash(superset.home) == before
    assert sorted(path.name for path in superset.home.iterdir()) == there


@pytest.mark.parametrize("address", OTHER_DATABASES)
def test_no_other_database_can_be_connected_to(superset: Client, address: str) -> None:
    uri = address.format(home=str(superset.home).lstrip("/"))
    tested = superset.http.post("/database/test_connection/", json={"sqlalchemy_uri": uri, "database_name": "other"})
    assert tested.status_code >= 400, tested.text
    made = superset.http.post("/database/", json={"sqlalchemy_uri": uri, "database_name": "other"})
    assert made.status_code >= 400, made.text
    assert len(superset.listed("database")) == 1


def test_database_opens_read_only_even_if_its_record_was_changed(superset: Client) -> None:
    (database,) = superset.listed("database")
    loose = '{"engine_params": {"connect_args": {"read_only": false, "config": {"enable_external_access": true}}}}'
    change = {"allow_dml": True, "allow_file_upload": True, "extra": loose}
    changed = superset.http.put(f"/database/{database['id']}", json=change)
    try:
        assert changed.status_code == 200
        for statement in ("select * from read_text('/etc/passwd')", "delete from marts.dim_month"):
            assert superset.sql(statement).status_code >= 400, statement
    finally:
        tight = {"allow_dml": False, "allow_file_upload": False, "extra": "{}"}
        superset.http.put(f"/database/{database['id']}", json=tight).raise_for_status()

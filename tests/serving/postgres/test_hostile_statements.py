"""A reader of the release in PostgreSQL can do nothing else: each hostile statement is refused and changes nothing."""

from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from orchestration.serving import postgres as pg
from testing.postgres_server import Server, emptied
from testing.release_builds import OBSERVATIONS, publish_changed

pytestmark = pytest.mark.xdist_group("postgres")

FILES = [
    "copy (select 1) to program 'touch /tmp/entrepot-was-here'",
    "copy marts.headlines from program 'id'",
    "copy (select * from marts.balance) to '/tmp/entrepot-was-here'",
    "copy marts.headlines (text) from '/etc/passwd'",
    "select lo_import('/etc/passwd')",
    "select lo_export(1, '/tmp/entrepot-was-here')",
    "select lo_from_bytea(0, 'kept')",
    "select lo_create(0)",
    "select pg_read_file('/etc/passwd')",
    "select pg_read_binary_file('/etc/passwd')",
    "select pg_read_file('postgresql.conf')",
    "select pg_ls_dir('/')",
    "select pg_stat_file('/etc/passwd')",
    "select * from pg_ls_logdir()",
    "load '/tmp/evil.so'",
]
WRITES = [
    "insert into marts.headlines values ('Surplus', 9)",
    "update marts.balance set value_hkd_mn = 0",
    "delete from reference.partners",
    "truncate marts.balance",
    "merge into marts.headlines h using (select 1) s on true when matched then delete",
    "with gone as (delete from marts.balance returning *) select * from gone",
    "select * from marts.balance for update",
    "do $$ begin lock table marts.balance in access exclusive mode; end $$",
    "explain analyze delete from marts.balance",
]
DEFINITIONS = [
    "create table marts.mine (i int)",
    "create table public.mine (i int)",
    "create temp table mine (i int)",
    "create view reference.mine as select 1",
    "create schema mine",
    "create function marts.mine() returns int language sql as 'select 1'",
    "create function public.mine() returns int language c as '/tmp/evil.so', 'f'",
    "create or replace function marts.as_of(on_day date) returns int language sql as 'select 1'",
    "create foreign data wrapper elsewhere",
    "create index on marts.balance (flow)",
    "create trigger t before insert on marts.balance for each row execute function f()",
    "create rule r as on select to marts.headlines do instead select 1",
    "create publication all_of_it for all tables",
    "create event trigger t on ddl_command_end execute function f()",
    "alter table marts.balance add column mine int",
    "alter table marts.balance owner to bi",
    "alter schema marts rename to mine",
    "drop table marts.balance",
    "drop schema reference cascade",
    "drop database postgres",
    "comment on table marts.balance is 'mine'",
]
ROLES = [
    "set role entrepot_loader",
    "set role postgres",
    "set role pg_read_server_files",
    "set session authorization entrepot_loader",
    "set session authorization postgres",
    "alter role bi superuser",
    "alter role bi createdb createrole",
    "alter role entrepot_reader login",
    "alter role entrepot_loader password 'known'",
    "alter role postgres nologin",
    "create role mine superuser login",
    "drop role entrepot_reader",
    "grant entrepot_loader to bi",
    "grant pg_write_all_data to bi",
    "grant pg_execute_server_program to bi",
    "reassign owned by entrepot_loader to bi",
    "alter default privileges for role entrepot_loader grant all on tables to bi",
    "do $$ begin execute 'grant entrepot_loader to bi'; end $$",
]
SERVER = [
    "alter system set archive_command = 'touch /tmp/entrepot-was-here'",
    "alter database entrepot set search_path = public",
    "set session_replication_role = replica",
    "set dynamic_library_path = '/tmp'",
    "select pg_reload_conf()",
    "select pg_rotate_logfile()",
    "select pg_switch_wal()",
    "select pg_create_logical_replication_slot('mine', 'test_decoding')",
    "select pg_terminate_backend(pid) from pg_stat_activity where usename = 'postgres'",
    "create subscription s connection 'host=127.0.0.1 dbname=entrepot' publication p",
    "select rolpassword from pg_authid",
    "select set_config('log_statement', 'none', false)",
    "checkpoint",
]
# Extensions and functions that an administrator would have to install first.
ABSENT = [
    "select pg_file_write('/tmp/entrepot-was-here', 'x', false)",
    "select * from dblink('host=127.0.0.1', 'select 1') as t (i int)",
    "select * from dblink_connect('host=127.0.0.1')",
    "create extension dblink schema marts",
    "create extension file_fdw schema marts",
    "create extension plpython3u schema marts",
]
# These give a warning instead of an error, because a reader has a right on the table, but not the right to grant it.
IGNORED = [
    "grant select on marts.balance to public",
    "grant all on marts.balance to bi",
    "grant usage on schema marts to public",
    "vacuum marts.balance",
    "analyze marts.balance",
    "revoke select on marts.balance from entrepot_reader",
]
STATE = """
select
    (select array_agg(c::text order by oid) from (
        select oid, relname, relnamespace, relowner, relacl, relkind, relfilenode, relhasrules, relhastriggers
        from pg_class) c),
    (select array_agg(n::text order by oid) from (select oid, nspname, nspowner, nspacl from pg_namespace
        where nspname !~ '^pg_(toast_)?temp') n),
    (select array_agg(p::text order by oid) from (select oid, proname, prosrc, proacl from pg_proc) p),
    (select array_agg(a::text order by oid) from pg_authid a),
    (select array_agg(m::text order by roleid, member) from pg_auth_members m),
    (select array_agg(d::text order by oid) from (select oid, datname, datacl from pg_database) d),
    (select array_agg(e.extname order by oid) from pg_extension e),
    (select count(*) from pg_largeobject_metadata), (select count(*) from pg_default_acl),
    (select count(*) from pg_event_trigger), (select count(*) from pg_publication),
    (select count(*) from pg_subscription), (select count(*) from pg_replication_slots),
    (select count(*) from pg_foreign_server), (select count(*) from pg_db_role_setting),
    (select array_agg(f::text) from pg_file_settings f), (select count(*) from pg_description),
    (select array_agg(b::text order by month, flow) from marts.balance b),
    (select array_agg(h::text) from marts.headlines h),
    (select array_agg(r::text order by code) from reference.partners r)
"""


@pytest.fixture(scope="module")
def release(postgres: Server, tmp_path_factory: pytest.TempPathFactory) -> Server:
    """The server with a tiny release."""
    pg.load(
        emptied(postgres).loader, publish_changed(tmp_path_factory.mktemp("hostile"), OBSERVATIONS), "entrepot_reader"
    )
    return postgres


@pytest.fixture(scope="module")
def watching(release: Server) -> Iterator[psycopg.Connection]:
    with psycopg.connect(release.admin, autocommit=True) as admin:
        yield admin


@pytest.fixture(scope="module")
def reading(release: Server) -> Iterator[psycopg.Connection]:
    with psycopg.connect(release.reader, autocommit=True) as reader:
        yield reader


def state(watching: psycopg.Connection) -> object:
    return watching.execute(STATE).fetchone()


@pytest.mark.parametrize("statement", [*FILES, *WRITES, *DEFINITIONS, *ROLES, *SERVER, *ABSENT])
def test_reader_statement_is_refused(reading: psycopg.Connection, watching: psycopg.Connection, statement: str) -> None:
    before = state(watching)
    denied = (psycopg.errors.InsufficientPrivilege,)
    absent = (psycopg.errors.UndefinedFunction, psycopg.errors.FeatureNotSupported)
    with pytest.raises(denied + absent if statement in ABSENT else denied):
        reading.execute(statement.encode())
    assert reading.execute("select session_user, current_user").fetchone() == ("bi", "bi")
    assert state(watching) == before
    assert not Path("/tmp/entrepot-was-here").exists()  # noqa: S108


@pytest.mark.parametrize("statement", IGNORED)
def test_grants_by_the_reader_change_nothing(
    reading: psycopg.Connection, watching: psycopg.Connection, statement: str
) -> None:
    before = state(watching)
    notices: list[str | None] = []

    def listen(notice: psycopg.errors.Diagnostic) -> None:
        notices.append(notice.severity_nonlocalized)

    reading.add_notice_handler(listen)
    reading.execute(statement.encode())
    reading.remove_notice_handler(listen)
    assert set(notices) == {"WARNING"}
    assert state(watching) == before


RIGHTS = """
select distinct grantee::regrole::text, privilege_type from (
    select (aclexplode(relacl)).* from pg_class where relnamespace in ('marts'::regnamespace, 'reference'::regnamespace)
    union all select (aclexplode(nspacl)).* from pg_namespace where nspname in ('marts', 'reference')
    union all select (aclexplode(coalesce(proacl, acldefault('f', proowner)))).* from pg_proc
        where pronamespace = 'marts'::regnamespace
) as granted where grantee <> grantor order by 1, 2
"""


def test_only_the_reader_has_rights(watching: psycopg.Connection) -> None:
    rights = [("entrepot_reader", right) for right in ("EXECUTE", "SELECT", "USAGE")]
    assert watching.execute(RIGHTS).fetchall() == rights


def test_reader_reads_everything_and_other_roles_nothing(release: Server, reading: psycopg.Connection) -> None:
    assert reading.execute("select count(*) from marts.balance").fetchone() == (3,)
    assert reading.execute("select count(*) from reference.partners").fetchone() == (2,)
    with psycopg.connect(release.admin, autocommit=True) as admin:
        admin.execute("create role stranger")
        try:
            admin.execute("set role stranger")
            for query in ("select 1 from marts.balance", "select 1 from reference.partners"):
                with pytest.raises(psycopg.errors.InsufficientPrivilege):
                    admin.execute(query.encode())
        finally:
            admin.execute("reset role; drop role stranger")

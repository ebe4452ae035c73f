"""Loads into PostgreSQL that are refused: the old release stays loaded, and nothing else is left behind."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from pathlib import Path

import psycopg
import pytest

from orchestration.releases import Release
from orchestration.serving import postgres as pg
from orchestration.serving.postgres import swap
from testing.postgres_server import Server, emptied
from testing.release_builds import generation, publish_changed
from tests.serving.postgres.test_postgres import READER, ask

pytestmark = pytest.mark.xdist_group("postgres")

NUMBERS = "select distinct generation from marts.balance union select generation from marts.headlines"
LEFT = "select count(*) from pg_namespace where nspname like 'entrepot%'"


@pytest.fixture
def server(postgres: Server) -> Server:
    """The server with no release in it."""
    return emptied(postgres)


@pytest.fixture
def newer(server: Server, tmp_path: Path) -> Release:
    """A release that is not loaded yet; an older one is."""
    pg.load(server.loader, publish_changed(tmp_path, generation(1)), READER)
    return publish_changed(tmp_path, generation(2))


def assert_the_old_stays_and_the_next_load_succeeds(server: Server, newer: Release) -> None:
    assert ask(server.reader, NUMBERS) == [(1,)]
    assert ask(server.admin, LEFT) == [(0,)]
    pg.load(server.loader, newer, READER)
    assert ask(server.reader, NUMBERS) == [(2,)]


@contextmanager
def interfering(server: Server, tag: str, action: str) -> Iterator[None]:
    """Make the server run a function at each statement of a kind, by an event trigger."""
    with psycopg.connect(server.admin, autocommit=True) as admin:
        body = f"create function public.interfere() returns event_trigger language plpgsql as $$ begin {action}; end $$"
        admin.execute(body.encode())
        trigger = f"create event trigger interfere on ddl_command_end when tag in ('{tag}')"
        admin.execute(f"{trigger} execute function public.interfere()".encode())
        try:
            yield
        finally:
            admin.execute("drop event trigger interfere")
            admin.execute("drop function public.interfere")


@pytest.mark.parametrize("tag", ["CREATE TABLE", "ALTER TABLE", "GRANT", "DROP TABLE", "DROP SCHEMA", "COMMENT"])
def test_full_disk_at_any_step_keeps_the_old_release(server: Server, newer: Release, tag: str) -> None:
    full = "raise exception 'could not extend file: No space left on device' using errcode = 'disk_full'"
    with interfering(server, tag, full), pytest.raises(pg.PostgresError, match="No space left on device"):
        pg.load(server.loader, newer, READER)
    assert_the_old_stays_and_the_next_load_succeeds(server, newer)


def test_rows_that_the_server_changed_are_not_served(server: Server, newer: Release) -> None:
    bend = "if to_regclass('entrepot_loading_marts.balance') is not null then"
    bend += " update entrepot_loading_marts.balance set yoy_pct = yoy_pct + 1e-13 where flow = 'imports'; end if"
    with (
        interfering(server, "COMMENT", bend),
        pytest.raises(pg.ReleaseMismatch, match=r"the rows differ.*marts\.balance"),
    ):
        pg.load(server.loader, newer, READER)
    assert_the_old_stays_and_the_next_load_succeeds(server, newer)


def test_rows_that_the_server_lost_are_not_served(server: Server, newer: Release) -> None:
    lose = "if to_regclass('entrepot_loading_marts.balance') is not null then"
    lose += " delete from entrepot_loading_marts.balance where flow = 'total_exports'; end if"
    with interfering(server, "COMMENT", lose), pytest.raises(pg.ReleaseMismatch, match="2 rows were read back of 3"):
        pg.load(server.loader, newer, READER)
    assert_the_old_stays_and_the_next_load_succeeds(server, newer)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ("insert into marts.headlines values ('a' || chr(0), 2)", "invalid byte sequence.*headlines, line 2"),
        ("create table marts.odd as select [1, 2] as list", r"INTEGER\[\] has no exact equivalent.*marts\.odd\.list"),
        ("create table marts.old as select date '-0044-03-15' as ides", "the rows differ"),
    ],
    ids=["a character that PostgreSQL cannot hold", "a type that it lacks", "a day that it would read as another"],
)
def test_value_or_type_that_postgresql_lacks_is_refused_by_name(
    server: Server, newer: Release, tmp_path: Path, change: str, message: str
) -> None:
    with pytest.raises(pg.PostgresError, match=message):
        pg.load(server.loader, publish_changed(tmp_path, change), READER)
    assert_the_old_stays_and_the_next_load_succeeds(server, newer)


def test_second_concurrent_load_is_refused_and_the_first_is_named(server: Server, newer: Release) -> None:
    with psycopg.connect(server.loader, application_name="entrepot") as first:
        first.execute("create schema entrepot_loading_marts")
        with pytest.raises(pg.PostgresBusy, match=rf"another load is running \(process {first.info.backend_pid} of"):
            pg.load(server.loader, newer, READER)
        first.rollback()
    assert_the_old_stays_and_the_next_load_succeeds(server, newer)


# Locks that any role may take: by advisory keys, among them the one that loads once used, and on what it may read.
READERS_LOCKS = [
    f"select pg_advisory_lock({0x656E747265706F74}), pg_advisory_lock(0), pg_advisory_lock(1, 1)",
    "select pg_advisory_lock_shared(n) from generate_series(1, 1000) as n",
    "begin; lock table pg_catalog.pg_class, pg_catalog.pg_namespace, pg_catalog.pg_locks in access share mode",
    "begin isolation level repeatable read; select count(*) from pg_catalog.pg_class",
    "listen entrepot; notify entrepot",
    "set application_name = 'entrepot'; begin; select 1",
]


@pytest.mark.parametrize("locks", READERS_LOCKS)
def test_reader_cannot_keep_a_load_waiting(server: Server, newer: Release, locks: str) -> None:
    with psycopg.connect(server.reader, autocommit=True) as reading:
        reading.execute(locks.encode())
        pg.load(server.loader, newer, READER)
        assert ask(server.reader, NUMBERS) == [(2,)]


def test_readers_sessions_leave_one_for_the_load(server: Server, newer: Release) -> None:
    with ExitStack() as sessions:
        for _ in range(20):
            sessions.enter_context(psycopg.connect(server.reader))
        with pytest.raises(psycopg.OperationalError, match="too many connections for role"):
            psycopg.connect(server.reader)
        pg.load(server.loader, newer, READER)


def test_full_server_is_named_with_a_remedy(server: Server, newer: Release) -> None:
    with psycopg.connect(server.admin, autocommit=True) as admin:
        admin.execute("alter role entrepot_loader connection limit 0")
        try:
            with pytest.raises(pg.PostgresUnavailable, match=r"too many connections.*connection limit 20"):
                pg.load(server.loader, newer, READER)
        finally:
            admin.execute("alter role entrepot_loader connection limit -1")
    assert_the_old_stays_and_the_next_load_succeeds(server, newer)


def test_schema_that_only_loads_make_is_named_if_somebody_made_it(server: Server, newer: Release) -> None:
    with psycopg.connect(server.loader) as other:
        other.execute("create schema entrepot_loading_marts")
    try:
        with pytest.raises(pg.PostgresError, match=r'"entrepot_loading_marts" already exists.*drop it'):
            pg.load(server.loader, newer, READER)
    finally:
        with psycopg.connect(server.loader) as other:
            other.execute("drop schema entrepot_loading_marts")
    assert_the_old_stays_and_the_next_load_succeeds(server, newer)


def test_blocking_reader_is_named_and_other_readers_do_not_wait(
    server: Server, newer: Release, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(swap, "GIVE_UP_SECONDS", 1)
    with psycopg.connect(server.reader, application_name="a dashboard") as reading, ThreadPoolExecutor(1) as pool:
        reading.execute("select * from marts.headlines")
        loading = pool.submit(pg.load, server.loader, newer, READER)
        with psycopg.connect(server.reader, autocommit=True, options="-c statement_timeout=3s") as other:
            while not loading.done():
                assert other.execute(NUMBERS).fetchall() == [(1,)]
        with pytest.raises(pg.PostgresBusy, match=f"process {reading.info.backend_pid} of bi a dashboard"):
            loading.result()
        assert reading.execute(NUMBERS).fetchall() == [(1,)]
    assert_the_old_stays_and_the_next_load_succeeds(server, newer)


def test_foreign_schema_is_not_changed(server: Server, tmp_path: Path) -> None:
    with psycopg.connect(server.loader) as connection:
        connection.execute("create schema marts; create table marts.mine as select 1 as one")
    with pytest.raises(pg.PostgresError, match="schema marts that Entrepot did not create"):
        pg.load(server.loader, publish_changed(tmp_path), READER)
    assert ask(server.loader, "select one from marts.mine") == [(1,)]


def test_foreign_view_on_the_release_is_not_dropped(server: Server, newer: Release) -> None:
    with psycopg.connect(server.loader) as connection:
        connection.execute("create schema own; create view own.sums as select sum(generation) from marts.balance")
    try:
        with pytest.raises(pg.PostgresError, match=r"view own\.sums depends on table marts\.balance"):
            pg.load(server.loader, newer, READER)
        assert ask(server.loader, "select * from own.sums") == [(3,)]
    finally:
        with psycopg.connect(server.loader) as connection:
            connection.execute("drop schema own cascade")
    assert_the_old_stays_and_the_next_load_succeeds(server, newer)


@pytest.mark.parametrize("reader", ["postgres", "entrepot_loader"])
def test_reader_role_with_more_rights_is_refused(server: Server, newer: Release, reader: str) -> None:
    with pytest.raises(pg.PostgresError, match="can do more than read"):
        pg.load(server.loader, newer, reader)
    assert_the_old_stays_and_the_next_load_succeeds(server, newer)


def test_missing_reader_role_is_created_or_requested(server: Server, newer: Release) -> None:
    with pytest.raises(pg.PostgresError, match='administrator to run: create role "auditors" nologin'):
        pg.load(server.loader, newer, "auditors")
    pg.load(server.admin, newer, "auditors")
    try:
        roles = ask(server.admin, "select rolcanlogin, rolsuper from pg_roles where rolname = 'auditors'")
        assert roles == [(False, False)]
    finally:
        with psycopg.connect(server.admin) as admin:
            admin.execute("drop schema marts, reference cascade; drop role auditors")


@pytest.mark.parametrize("part", ["password", "port"])
def test_unreachable_server_is_named_without_the_password(server: Server, newer: Release, part: str) -> None:
    password = server.passwords["entrepot_loader"]
    wrong = server.loader.replace(password, "not-the-s3cret") if part == "password" else server.loader
    wrong = wrong.replace(f":{server.port}/", ":1/") if part == "port" else wrong
    with pytest.raises(pg.PostgresUnavailable) as refused:
        pg.load(wrong, newer, READER)
    assert "postgresql://entrepot_loader@127.0.0.1" in str(refused.value)
    assert "s3cret" not in repr(refused.value) + str(refused.value)
    assert password not in repr(refused.value) + str(refused.value)

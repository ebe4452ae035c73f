"""Readers of PostgreSQL while releases are swapped or loads are killed: they see one release or the other."""

import operator
import os
import random
import signal
import time
from collections.abc import Iterator
from contextlib import suppress
from functools import partial
from multiprocessing.process import BaseProcess
from pathlib import Path

import psycopg
import pytest

from orchestration.releases import Release
from orchestration.serving import postgres as pg
from testing import readers
from testing.postgres_server import Server, emptied
from testing.release_builds import OBSERVATIONS, generation, publish_changed

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("postgres")]
READER = "entrepot_reader"
SWAPS = 20
ALL_AGREE = """
select array_agg(distinct generation) from (
    select generation from marts.balance union all select generation from marts.headlines
    union all select generation from marts.exports_only union all select line_number from marts.as_of('2026-02-01')
) as everywhere
"""


@pytest.fixture
def server(postgres: Server) -> Server:
    return emptied(postgres)


def made(folder: Path, number: int, *changes: str) -> Release:
    """Return a release with its number in every table that readers query."""
    numbered = OBSERVATIONS.replace("range::integer as line_number", f"{number} as line_number")
    return publish_changed(folder, numbered, generation(number), *changes)


def number_seen(connection: psycopg.Connection) -> int:
    [numbers] = connection.execute(ALL_AGREE).fetchone() or [None]
    if numbers not in ([1], [2]):
        raise AssertionError(f"a mixed state: {numbers}")
    return int(numbers[0])


def with_new_connections(url: str) -> Iterator[int]:
    while True:
        with psycopg.connect(url) as connection:
            yield number_seen(connection)


def with_one_connection_and_prepared_statements(url: str) -> Iterator[int]:
    with psycopg.connect(url, autocommit=True) as connection:
        connection.prepare_threshold = 0
        while True:
            yield number_seen(connection)


def with_transactions_of_many_statements(url: str) -> Iterator[int]:
    with psycopg.connect(url) as connection:
        while True:
            with connection.transaction():
                seen = {number_seen(connection) for _ in range(3)}
            if len(seen) != 1:
                raise AssertionError(f"a transaction saw several releases: {seen}")
            yield seen.pop()


def test_swaps_disturb_no_reader_and_every_reader_sees_each_release_whole(server: Server, tmp_path: Path) -> None:
    releases = [made(tmp_path / str(number), number) for number in (1, 2)]
    pg.load(server.loader, releases[0], READER)
    reads = (with_new_connections, with_one_connection_and_prepared_statements, with_transactions_of_many_statements)
    with readers.reading(reads, server.reader) as running:
        for swap in range(SWAPS):
            number = 2 - swap % 2
            pg.load(server.loader, releases[number - 1], READER)
            running.wait_until_seen(partial(operator.eq, number))


def loaded_in_another_process(server: Server, release: Release) -> BaseProcess:
    process = readers.SERVER.Process(target=pg.load, args=(server.loader, release, READER))
    process.start()
    return process


def wait_until_no_load_is_connected(server: Server) -> None:
    """Wait until the server has detected the disconnected client and rolled back."""
    alive = "select count(*) from pg_stat_activity where usename = 'entrepot_loader'"
    deadline = time.monotonic() + 30
    with psycopg.connect(server.admin, autocommit=True) as admin:
        while admin.execute(alive).fetchone() != (0,):
            assert time.monotonic() < deadline
            time.sleep(0.01)


def test_load_killed_at_a_random_instant_leaves_the_old_or_the_new_release(server: Server, tmp_path: Path) -> None:
    filler = "create table marts.filler as select range as i, 'synthetic ' || range as text from range(100000)"
    releases = [made(tmp_path / str(number), number, filler) for number in (1, 2)]
    pg.load(server.loader, releases[0], READER)
    began = time.monotonic()
    pg.load(server.loader, releases[0], READER)
    whole = time.monotonic() - began
    pick = random.Random(1952)  # noqa: S311 - instants, not secrets
    now, outcomes = 1, []
    for _ in range(6):
        killed = loaded_in_another_process(server, releases[2 - now])
        time.sleep(pick.uniform(0.05, 1.2) * whole)
        assert killed.pid is not None
        with suppress(ProcessLookupError):
            os.kill(killed.pid, signal.SIGKILL)
        killed.join()
        wait_until_no_load_is_connected(server)
        with psycopg.connect(server.admin) as admin:
            left = admin.execute("select count(*) from pg_namespace where nspname like 'entrepot%'").fetchone()
            assert left == (0,)
        with psycopg.connect(server.reader) as reading:
            reached = number_seen(reading)
            assert reading.execute("select count(*) from marts.filler").fetchone() == (100_000,)
        loaded = pg.loaded(server.reader)
        assert loaded is not None
        assert loaded.release == releases[reached - 1].id
        outcomes.append(reached != now)
        now = reached
    # Some kills hit before the commit; the next load succeeds.
    assert False in outcomes
    pg.load(server.loader, releases[2 - now], READER)
    with psycopg.connect(server.reader) as reading:
        assert number_seen(reading) == 3 - now

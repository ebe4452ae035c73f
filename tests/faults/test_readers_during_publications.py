"""Readers while releases are published: no error, no torn read, and every reader sees each new release."""

import operator
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

import duckdb
import pytest

from orchestration import releases
from orchestration.releases.directory import GRACE_SECONDS
from testing import readers
from testing.release_builds import generation, publish_changed

pytestmark = pytest.mark.slow

NUMBERS = "select distinct generation from marts.balance union select generation from marts.headlines"


def number_seen(connection: duckdb.DuckDBPyConnection) -> int:
    numbers = connection.execute(NUMBERS).fetchall()
    if len(numbers) != 1:
        raise AssertionError(f"a torn read: generations {numbers}")
    return int(numbers[0][0])


def open_current(home: str) -> duckdb.DuckDBPyConnection:
    return duckdb.connect(f"{home}/current/warehouse.duckdb", read_only=True)


def with_new_connections(home: str) -> int:
    with open_current(home) as connection:
        return number_seen(connection)


def with_long_lived_connections(home: str) -> int:
    """Keep a connection for many queries, which must all see one release, then reconnect."""
    with open_current(home) as connection:
        numbers = {number_seen(connection) for _ in range(20)}
    if len(numbers) != 1:
        raise AssertionError(f"a connection saw several releases: {numbers}")
    return numbers.pop()


def with_overlapping_connections(home: str) -> int:
    """Reconnect before the old connection is closed, as a pool does."""
    with open_current(home) as old:
        before = number_seen(old)
        with open_current(home) as new:
            after = number_seen(new)
        if number_seen(old) != before or after < before:
            raise AssertionError(f"an old connection moved, or a new one went back: {before}, {after}")
    return after


def with_a_verified_release(home: str) -> int:
    release = releases.current_release(Path(home, "current"))
    releases.verify(release)
    with releases.connect(release) as connection:
        return number_seen(connection)


def never_going_back(read: Callable[[str], int], home: str) -> Iterator[int]:
    last = 0
    while True:
        number = read(home)
        if number < last:
            raise AssertionError(f"generation {number} was read after {last}")
        yield (last := number)


def with_the_parquet_files_of_a_release(home: str) -> int:
    """Resolve `current` once, then read two files by their paths, as a reader of Parquet files does."""
    folder = Path(home, "current").resolve()
    with duckdb.connect() as connection:
        numbers = [
            connection.execute(
                f"select max(generation) from read_parquet('{folder}/parquet/marts/{table}.parquet')"
            ).fetchall()
            for table in ("balance", "headlines")
        ]
    if numbers[0] != numbers[1]:
        raise AssertionError(f"a torn read: generations {numbers}")
    return int(numbers[0][0][0])


READS = [
    partial(never_going_back, read)
    for read in (
        with_new_connections,
        with_long_lived_connections,
        with_overlapping_connections,
        with_a_verified_release,
        with_the_parquet_files_of_a_release,
    )
]


@pytest.mark.timeout(600)
@pytest.mark.parametrize("publications", [20, pytest.param(50, marks=pytest.mark.soak)])
def test_publications_disturb_no_reader_and_every_reader_sees_each_release(tmp_path: Path, publications: int) -> None:
    publish_changed(tmp_path, generation(1))
    with readers.reading(READS, str(tmp_path)) as running:
        for number in range(2, publications + 2):
            assert publish_changed(tmp_path, generation(number), keep=2, grace_seconds=GRACE_SECONDS).is_new
            running.wait_until_seen(partial(operator.le, number))

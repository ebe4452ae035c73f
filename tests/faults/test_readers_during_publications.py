"""Readers in a loop while releases are published: no error, no torn read, and each new release is seen."""

import multiprocessing
import time
from collections.abc import Callable
from multiprocessing.synchronize import Event
from pathlib import Path
from typing import Any

import duckdb
import pytest

from orchestration import releases
from testing.release_builds import generation, publish_changed

pytestmark = pytest.mark.slow

SERVER = multiprocessing.get_context("forkserver")
SERVER.set_forkserver_preload(["duckdb", "frictionless", "orchestration.releases"])

# Four readers without a pause would leave two cores no time to publish.
PAUSE_SECONDS = 0.01
NUMBERS = "select distinct generation from marts.balance union select generation from marts.headlines"


def number_seen(connection: duckdb.DuckDBPyConnection) -> int:
    numbers = connection.execute(NUMBERS).fetchall()
    if len(numbers) != 1:
        raise AssertionError(f"a torn read: generations {numbers}")
    return int(numbers[0][0])


def open_current(home: Path) -> duckdb.DuckDBPyConnection:
    return duckdb.connect(str(home / "current" / "warehouse.duckdb"), read_only=True)


def with_new_connections(home: Path) -> int:
    with open_current(home) as connection:
        return number_seen(connection)


def with_long_lived_connections(home: Path) -> int:
    """Hold a connection over many queries, which must all see one release, then reconnect."""
    with open_current(home) as connection:
        numbers = {number_seen(connection) for _ in range(20)}
    if len(numbers) != 1:
        raise AssertionError(f"a connection saw several releases: {numbers}")
    return numbers.pop()


def with_overlapping_connections(home: Path) -> int:
    """Reconnect before the old connection is closed, as a pool does."""
    with open_current(home) as old:
        before = number_seen(old)
        with open_current(home) as new:
            after = number_seen(new)
        if number_seen(old) != before or after < before:
            raise AssertionError(f"an old connection moved, or a new one went back: {before}, {after}")
    return after


def with_our_own_connection_and_every_hash(home: Path) -> int:
    release = releases.current_release(home / "current")
    releases.verify(release)
    with releases.connect(release) as connection:
        return number_seen(connection)


def read_in_a_loop(read: Callable[[Path], int], home: Path, seen: Any, stop: Event, faults: Any) -> None:
    try:
        while not stop.is_set():
            number = read(home)
            if number < seen.value:
                raise AssertionError(f"generation {number} was read after {seen.value}")
            seen.value = number
            time.sleep(PAUSE_SECONDS)
    except BaseException as error:
        faults.put(f"{read.__name__}: {error!r}")
        raise


@pytest.mark.timeout(600)
@pytest.mark.parametrize("publications", [20, pytest.param(50, marks=pytest.mark.soak)])
def test_publications_disturb_no_reader_and_each_is_seen_by_all(tmp_path: Path, publications: int) -> None:
    publish_changed(tmp_path, generation(1))
    stop, faults = SERVER.Event(), SERVER.SimpleQueue()
    reads = (
        with_new_connections,
        with_long_lived_connections,
        with_overlapping_connections,
        with_our_own_connection_and_every_hash,
    )
    seen = [SERVER.Value("i", 0) for _ in reads]
    readers = [
        SERVER.Process(target=read_in_a_loop, args=(read, tmp_path, value, stop, faults))
        for read, value in zip(reads, seen, strict=True)
    ]
    for reader in readers:
        reader.start()
    try:
        for number in range(2, publications + 2):
            assert publish_changed(tmp_path, generation(number), keep=5).is_new
            deadline = time.monotonic() + 30
            while any(value.value < number for value in seen):
                assert faults.empty(), faults.get()
                assert time.monotonic() < deadline, f"{number} was not seen by all: {[value.value for value in seen]}"
                time.sleep(0.005)
    finally:
        stop.set()
        for reader in readers:
            reader.join(30)
    assert faults.empty(), faults.get()
    assert [reader.exitcode for reader in readers] == [0] * len(readers)

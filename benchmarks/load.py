"""Twenty clients run a dashboard's queries while releases are published; `make load` runs it for five minutes.

A client runs one query of the example gallery, pauses for half a second, and runs the next. Half of the clients open a
connection for each query, as pools without state do; the others keep one for ten seconds. The times are compared with
those of the same queries by a single client without pauses while nothing is published. Both are measured on the
release's file, and on a PostgreSQL server of our own (without fsync) that each release is loaded into.
"""

import json
import multiprocessing
import os
import random
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from functools import partial
from multiprocessing.managers import ListProxy
from multiprocessing.synchronize import Event
from pathlib import Path
from typing import Annotated

import duckdb
import psycopg
import typer

from orchestration.releases import Release
from orchestration.releases.sql import examples
from orchestration.serving import postgres
from testing import postgres_server
from testing.release_builds import publish_build

CLIENTS = 20
LOOK_SECONDS = 0.5
HELD_SECONDS = 10
IDLE_ROUNDS = 20
PROCESSES = multiprocessing.get_context("forkserver")
QUERIES = [example.query for example in examples.examples()]

Connection = duckdb.DuckDBPyConnection | psycopg.Connection
Connect = Callable[[], Connection]
Ask = Callable[[], float]
Publish = Callable[[int], object]


def open_current(home: Path) -> duckdb.DuckDBPyConnection:
    return duckdb.connect(str(home / "current" / "warehouse.duckdb"), read_only=True)


def open_postgres(url: str) -> psycopg.Connection:
    return psycopg.connect(url, autocommit=True)


def ask(connection: Connection, query: str) -> None:
    assert connection.execute(query).fetchall()


@contextmanager
def connecting(connect: Connect, queries: Iterator[str]) -> Iterator[Ask]:
    """Yield a function that runs one query on a new connection and returns the milliseconds, connecting included."""

    def query_anew() -> float:
        began = time.perf_counter()
        with closing(connect()) as connection:
            ask(connection, next(queries))
        return 1000 * (time.perf_counter() - began)

    yield query_anew


@contextmanager
def holding(connect: Connect, queries: Iterator[str]) -> Iterator[Ask]:
    """Yield a function that runs one query on a connection kept for ten seconds, and returns the milliseconds."""
    held, until = connect(), time.monotonic() + HELD_SECONDS

    def query_held() -> float:
        nonlocal held, until
        began = time.perf_counter()
        if time.monotonic() > until:
            held.close()
            held, until = connect(), time.monotonic() + HELD_SECONDS
        ask(held, next(queries))
        return 1000 * (time.perf_counter() - began)

    try:
        yield query_held
    finally:
        held.close()


def in_turn(start: int) -> Iterator[str]:
    while True:
        yield QUERIES[start % len(QUERIES)]
        start += 1


def client(number: int, connect: Connect, stop: Event, times: "ListProxy[float]", errors: "ListProxy[str]") -> None:
    """Run queries until `stop` is set; append the milliseconds of each query, and every error."""
    queries, rest, own = in_turn(number), random.Random(number), []  # noqa: S311 - pauses, not secrets
    with (holding if number % 2 else connecting)(connect, queries) as asking:
        while not stop.wait(LOOK_SECONDS * rest.uniform(0.5, 1.5)):
            try:
                own.append(asking())
            except Exception as error:  # noqa: BLE001 - every error counts
                errors.append(repr(error))
    times.extend(own)


def publish(home: Path, number: int) -> Release:
    """Publish a release that differs from the one before in a comment."""
    build = home / "build" / "warehouse.duckdb"
    with duckdb.connect(str(build)) as connection:
        connection.execute(f"comment on table marts.dim_month is 'synthetic comment, {number} at {time.time()}'")
    release = publish_build(build, home, keep=5)
    assert release.is_new
    return release


def publish_to_postgres(home: Path, url: str, number: int) -> None:
    postgres.load(url, publish(home, number), "entrepot_reader")


def under_load(
    connect: Connect, publish_next: Publish, seconds: float, publications: int
) -> tuple[list[float], list[str]]:
    """Return the milliseconds of each query, and the errors, of all clients while releases are published."""
    with PROCESSES.Manager() as manager:
        times, errors, stop = manager.list(), manager.list(), PROCESSES.Event()
        clients = [
            PROCESSES.Process(target=client, args=(number, connect, stop, times, errors)) for number in range(CLIENTS)
        ]
        for process in clients:
            process.start()
        began = time.monotonic()
        for number in range(publications):
            publish_next(number)
            time.sleep(max(0, began + seconds * (number + 1) / publications - time.monotonic()))
        stop.set()
        for process in clients:
            process.join(60)
        errors.extend([f"a client ended with {process.exitcode}" for process in clients if process.exitcode])
        return list(times), list(errors)


def idle(connect: Connect) -> list[float]:
    """Return the milliseconds of the same queries by a single client, after a warm-up round."""
    times = []
    for kind in (holding, connecting):
        with kind(connect, in_turn(0)) as asking:
            times += [asking() for _ in range(len(QUERIES) * (IDLE_ROUNDS + 1))][len(QUERIES) :]
    return times


def measure(home: Path, seconds: float, publications: int) -> dict[str, float]:
    """Return what clients of the release file of a built home measured."""
    return _measure(partial(open_current, home), partial(publish, home), seconds, publications)


def measure_postgres(home: Path, binaries: Path, seconds: float, publications: int) -> dict[str, float]:
    """Return what clients of PostgreSQL measured, with each release of a built home loaded into it."""
    with postgres_server.running(binaries) as server:
        publish_next = partial(publish_to_postgres, home, server.loader)
        publish_next(0)
        return _measure(partial(open_postgres, server.reader), publish_next, seconds, publications)


def _measure(connect: Connect, publish_next: Publish, seconds: float, publications: int) -> dict[str, float]:
    alone = statistics.quantiles(idle(connect), n=100)
    times, errors = under_load(connect, publish_next, seconds, publications)
    for error in errors[:5]:
        print(f"error: {error}", file=sys.stderr)
    at = statistics.quantiles(times, n=100)
    return {
        "seconds": seconds,
        "publications": publications,
        "clients": CLIENTS,
        "queries": len(times),
        "errors": len(errors),
        "p50_ms": round(at[49], 2),
        "p95_ms": round(at[94], 2),
        "p99_ms": round(at[98], 2),
        "idle_p50_ms": round(alone[49], 2),
        "idle_p95_ms": round(alone[94], 2),
        "p95_to_idle": round(at[94] / alone[94], 2),
    }


def main(
    seconds: Annotated[float, typer.Option(help="How long the clients run queries.")] = 300,
    publications: Annotated[int, typer.Option(help="Releases that are published meanwhile.")] = 30,
) -> None:
    """Build the embedded record in a folder of its own, and let clients run queries while releases are published."""
    home = Path(tempfile.mkdtemp(prefix="entrepot-load-"))
    try:
        command = [str(Path(sys.executable).with_name("entrepot")), "build", "--json"]
        subprocess.run(command, env={**os.environ, "ENTREPOT_HOME": str(home)}, check=True, stdout=subprocess.DEVNULL)
        measured = {"files": measure(home, seconds, publications)}
        if binaries := postgres_server.programs():
            measured["postgres"] = measure_postgres(home, binaries, seconds, publications)
    finally:
        shutil.rmtree(home)
    print(json.dumps(measured, indent=2))
    raise typer.Exit(int(any(route["errors"] for route in measured.values())))


if __name__ == "__main__":
    typer.run(main)

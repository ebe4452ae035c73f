"""The build file: the one private database that runs write. Nobody else opens it, and one run at a time may."""

import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import duckdb
from filelock import FileLock, Timeout

from orchestration.settings import Settings

_held_here: set[Path] = set()


class WarehouseHeld(Exception):
    """Another run holds the warehouse."""


@contextmanager
def hold(settings: Settings, purpose: str) -> Iterator[None]:
    """Lock the warehouse for one run, with the build file of a killed run recovered.

    A process that has the lock keeps it: a command holds it around the run that it starts.
    Raises WarehouseHeld, with the purpose and start of the other run, if another process has the lock.
    """
    if settings.lock_file in _held_here:
        yield
        return
    with _locked(settings, purpose):
        recover(settings)
        yield


@contextmanager
def _locked(settings: Settings, purpose: str) -> Iterator[None]:
    """Take the lock, with a note of who has it. It ends with the process, however that ends."""
    settings.lock_file.parent.mkdir(parents=True, exist_ok=True)
    lock, holder = FileLock(settings.lock_file), settings.lock_file.with_suffix(".json")
    try:
        lock.acquire(timeout=0)
    except Timeout:
        raise WarehouseHeld(
            f"another run holds the warehouse at {settings.home}: {_describe(holder)}; wait for it to end and run again"
        ) from None
    _held_here.add(settings.lock_file)
    try:
        since = datetime.now(UTC).isoformat(timespec="seconds")
        holder.write_text(json.dumps({"purpose": purpose, "pid": os.getpid(), "since": since}))
        yield
    finally:
        _held_here.discard(settings.lock_file)
        lock.release()


def is_held(settings: Settings) -> bool:
    """Return True if a process holds the warehouse; the lock goes with the process, however it ends."""
    if not settings.lock_file.exists():
        return False
    lock = FileLock(settings.lock_file)
    try:
        lock.acquire(timeout=0)
    except Timeout:
        return True
    lock.release()
    return False


def recover(settings: Settings) -> None:
    """Bring the build file that a killed run left behind in order, from its write-ahead log.

    DuckDB 2.0 reads such a log before it has loaded its own functions, and fails on the comment of a column where a
    CHECK constraint calls one; attached to an instance that is already up it succeeds. A file that is beyond that is
    put aside: the next load makes it again from the archive.
    """
    path = settings.build_file
    if not path.with_name(f"{path.name}.wal").exists():
        return
    try:
        with duckdb.connect() as connection:
            connection.execute("attach $path as build", {"path": str(path)})
            connection.execute("checkpoint build")
    except duckdb.Error as error:
        if "lock" in str(error):  # somebody has it open; it is not broken
            raise
        for file in (path, path.with_name(f"{path.name}.wal")):
            file.replace(file.with_name(f"{file.name}.broken"))


def _describe(holder: Path) -> str:
    """Return who wrote the note beside the lock; a run that has just begun may not have written it yet."""
    try:
        who = json.loads(holder.read_text())
    except (OSError, ValueError):
        return "a run that has just begun"
    return f"{who['purpose']} (process {who['pid']}, since {who['since']})"


@contextmanager
def connect(settings: Settings, *, read_only: bool = False) -> Iterator[duckdb.DuckDBPyConnection]:
    """Open the build file, and close it whatever happens: while it is open nobody else can open it.

    It takes no more memory than ENTREPOT_MEMORY_LIMIT allows; what needs more spills to disk.
    """
    settings.build_file.parent.mkdir(parents=True, exist_ok=True)
    limits: dict[str, str | bool | int | float | list[str]] = {
        "memory_limit": settings.memory_limit,
        "temp_directory": str(settings.spill_dir),
    }
    connection = duckdb.connect(str(settings.build_file), read_only=read_only, config=limits)
    try:
        yield connection
    finally:
        connection.close()

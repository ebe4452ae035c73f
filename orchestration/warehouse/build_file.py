"""The build file: the private database that runs write. Only runs open it, and only one run at a time."""

import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import duckdb
from filelock import FileLock, Timeout

from orchestration.settings import Settings

_held_here: set[Path] = set()  # lock files that this process holds; a second FileLock of one would time out


class WarehouseHeld(Exception):
    """Another process holds the lock of the warehouse."""


@contextmanager
def hold(settings: Settings, purpose: str) -> Iterator[None]:
    """Lock the warehouse for one run, and recover the build file if a run was killed.

    If this process has the lock already, nothing happens: a command holds it around the run that it starts.
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
    """Take the lock, and write the purpose and process id beside it. It is released even if the process is killed."""
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
    """Return True if a process holds the warehouse. A process that was killed no longer does."""
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
    """Apply the write-ahead log that a killed run left beside the build file.

    DuckDB 2.0 replays such a log before it has loaded its own functions, and fails on the comment of a column whose
    CHECK constraint calls one. Attaching the file to a running instance works. A file that can't be recovered is
    renamed to `.broken`: the next load rebuilds it from the archive.
    """
    path = settings.build_file
    if not path.with_name(f"{path.name}.wal").exists():
        return
    try:
        with duckdb.connect() as connection:
            connection.execute("attach $path as build", {"path": str(path)})
            connection.execute("checkpoint build")
    except duckdb.Error as error:
        if "lock" in str(error):  # another process has it open: it is not broken
            raise
        for file in (path, path.with_name(f"{path.name}.wal")):
            file.replace(file.with_name(f"{file.name}.broken"))


def _describe(holder: Path) -> str:
    """Return a description of the process that holds the lock, which may not have written its note yet."""
    try:
        note = json.loads(holder.read_text())
    except (OSError, ValueError):
        return "a run that has just started"
    return f"{note['purpose']} (process {note['pid']}, since {note['since']})"


@contextmanager
def connect(settings: Settings, *, read_only: bool = False) -> Iterator[duckdb.DuckDBPyConnection]:
    """Open the build file, and close it on any error: while it is open, no other process can open it.

    Queries that need more memory than ENTREPOT_MEMORY_LIMIT spill to disk.
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

"""The build file: the private database that runs write. Only runs open it, and only one run at a time."""

import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import duckdb
from filelock import FileLock, Timeout

from orchestration.home import mark_layout
from orchestration.settings import Settings
from orchestration.storage.files import set_aside, set_aside_unless_file, set_aside_unless_folder
from orchestration.warehouse import recovery

_held_here: set[Path] = set()  # lock files that this process holds; a second FileLock of one would time out


class WarehouseHeld(Exception):
    """Another process holds the lock of the warehouse."""


@contextmanager
def hold(settings: Settings, purpose: str) -> Iterator[None]:
    """Lock the warehouse for one run, and recover the build file if a run was killed.

    If this process has the lock already, nothing happens: a command holds it around the run that it starts.
    Raises NewerHome, and WarehouseHeld, with the purpose and start of the other run, if another process has the lock.
    """
    if settings.lock_file in _held_here:
        yield
        return
    mark_layout(settings.home)
    with _locked(settings, purpose):
        recovery.recover(settings)
        yield
        recovery.remember(settings)


@contextmanager
def _locked(settings: Settings, purpose: str) -> Iterator[None]:
    """Take the lock, and write the purpose and process id beside it. It is released even if the process is killed."""
    set_aside_unless_folder(settings.lock_file.parent)
    lock, holder = _lock(settings), settings.lock_file.with_suffix(".json")
    set_aside_unless_file(holder)
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
    lock = _lock(settings)
    try:
        lock.acquire(timeout=0)
    except Timeout:
        return True
    lock.release()
    return False


def _lock(settings: Settings) -> FileLock:
    if settings.lock_file.is_symlink():  # FileLock refuses links
        set_aside(settings.lock_file)
    set_aside_unless_file(settings.lock_file)
    return FileLock(settings.lock_file)


def _describe(holder: Path) -> str:
    """Return a description of the process that holds the lock, which may not have written its note yet."""
    try:
        note = json.loads(holder.read_text())
        return f"{note['purpose']} (process {note['pid']}, since {note['since']})"
    except (OSError, ValueError, LookupError, TypeError):
        return "a run that has just started"


@contextmanager
def connect(settings: Settings, *, read_only: bool = False) -> Iterator[duckdb.DuckDBPyConnection]:
    """Open the build file, and close it on any error: while it is open, no other process can open it.

    Queries that need more memory than ENTREPOT_MEMORY_LIMIT spill to disk.
    """
    settings.build_file.parent.mkdir(parents=True, exist_ok=True)
    connection = duckdb.connect(str(settings.build_file), read_only=read_only, config=recovery.limits(settings))
    try:
        yield connection
    except duckdb.Error:
        recovery.suspect(settings)
        raise
    finally:
        connection.close()

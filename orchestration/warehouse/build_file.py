"""The build file: the private database that runs write. Only runs open it, and only one run at a time."""

import os
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime

import duckdb

from orchestration.home import mark_layout
from orchestration.settings import Settings
from orchestration.storage import locks
from orchestration.warehouse import recovery


class WarehouseHeld(Exception):
    """Another process holds the lock of the warehouse."""


@contextmanager
def hold(settings: Settings, purpose: str) -> Iterator[None]:
    """Lock the warehouse for one run, and recover the build file if a run was killed.

    If this process has the lock already, nothing happens: a command holds it around the run that it starts.
    Raises NewerHome, and WarehouseHeld, with the purpose and start of the other run, if another process has the lock.
    """
    if locks.is_locked_here(settings.lock_file):
        yield
        return
    mark_layout(settings.home)
    since = datetime.now(UTC).isoformat(timespec="seconds")
    with ExitStack() as held:
        try:
            note = {"purpose": purpose, "pid": os.getpid(), "since": since}
            held.enter_context(locks.locked(settings.lock_file, note))
        except locks.Locked as other:
            who = other.described("{purpose} (process {pid}, since {since})", "a run that has just started")
            raise WarehouseHeld(
                f"another run holds the warehouse at {settings.home}: {who}; wait for it to end and run again"
            ) from None
        recovery.recover(settings)
        yield
        recovery.remember(settings)


def is_held(settings: Settings) -> bool:
    """Return True if a process holds the warehouse. A process that was killed no longer does."""
    return locks.is_locked(settings.lock_file)


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

"""The build file: the one private database that runs write. Nobody else opens it, and one run at a time may."""

import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime

import duckdb
from filelock import FileLock, Timeout

from orchestration.settings import Settings


class WarehouseHeld(Exception):
    """Another run holds the warehouse."""


@contextmanager
def hold(settings: Settings, purpose: str) -> Iterator[None]:
    """Hold the warehouse for one run; the lock goes with the process, however it ends.

    Raises WarehouseHeld, with who holds it and since when, if another run does.
    """
    settings.lock_file.parent.mkdir(parents=True, exist_ok=True)
    holder = settings.lock_file.with_suffix(".json")
    try:
        with FileLock(settings.lock_file, timeout=0):
            since = datetime.now(UTC).isoformat(timespec="seconds")
            holder.write_text(json.dumps({"purpose": purpose, "pid": os.getpid(), "since": since}))
            yield
    except Timeout:
        who = json.loads(holder.read_text()) if holder.exists() else {}
        raise WarehouseHeld(
            f"another run holds the warehouse at {settings.home}: {who.get('purpose', 'a run that just began')}"
            f" (process {who.get('pid', '?')}, since {who.get('since', '?')}); wait for it to end and run again"
        ) from None


@contextmanager
def connect(settings: Settings, *, read_only: bool = False) -> Iterator[duckdb.DuckDBPyConnection]:
    """Open the build file, and close it whatever happens: while it is open nobody else can open it."""
    settings.build_file.parent.mkdir(parents=True, exist_ok=True)
    connection = duckdb.connect(str(settings.build_file), read_only=read_only)
    try:
        yield connection
    finally:
        connection.close()

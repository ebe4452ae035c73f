"""Recovery of the build file: what a killed run left is completed, and a damaged file is set aside.

The next load rebuilds everything from the archive. Reading a whole file takes as long as a small build, so it is read
only if it is not as the last run left it, or if a run failed.
"""

import errno
import logging
import os
from pathlib import Path

import duckdb

from orchestration.settings import Settings
from orchestration.storage.files import set_aside, set_aside_unless_file
from orchestration.warehouse.sql import identifier

TABLES = "select schema_name, table_name from duckdb_tables() where database_name = 'build'"
# What an error of this machine, rather than of the file, says.
FAULTS_OF_MACHINE = (
    "Could not set lock",
    *map(os.strerror, (errno.EACCES, errno.EPERM, errno.ENOSPC, errno.EDQUOT, errno.EMFILE, errno.ENFILE, errno.EROFS)),
)
_suspects: set[Path] = set()  # build files that a run of this process failed with

Limits = dict[str, str | bool | int | float | list[str]]


def limits(settings: Settings) -> Limits:
    """Return the configuration of DuckDB for the build file."""
    return {"memory_limit": settings.memory_limit, "temp_directory": str(settings.spill_dir)}


def recover(settings: Settings) -> None:
    """Apply the write-ahead log that a killed run left, and set aside a file that can't be read.

    Call it only while holding the warehouse. Raises duckdb.Error if the file is fine, but this machine is not: the disk
    is full, another process has it open.
    """
    path, log = settings.build_file, _log(settings.build_file)
    set_aside_unless_file(path)
    set_aside_unless_file(log)
    if not path.exists():
        log.unlink(missing_ok=True)  # without its file it is of no use
        return
    if not log.exists() and _remembered(path) == _state(path):
        return
    if problem := _problem(settings):
        for file in filter(os.path.lexists, (path, log)):
            set_aside(file)
        logging.getLogger(__name__).warning(
            "%s can't be used (%s); it is now %s.broken, and is built anew from the archive",
            *(path, problem, path.name),
        )


def remember(settings: Settings) -> None:
    """Record that the build file is as a run left it, unless the run failed."""
    path = settings.build_file
    if path in _suspects:
        _suspects.discard(path)
    elif path.is_file() and not _log(path).exists():
        set_aside_unless_file(_mark(path))
        _mark(path).write_text(_state(path))


def suspect(settings: Settings) -> None:
    """Have the next run read all of the build file: the error of this one may come from damage."""
    _suspects.add(settings.build_file)
    if _mark(settings.build_file).is_file():
        _mark(settings.build_file).unlink()


def _problem(settings: Settings) -> str | None:
    """Return what is wrong with the build file, after applying its log and reading every row; None if it is fine.

    DuckDB 2.0 replays a log before it has loaded its own functions, and fails on the comment of a column whose CHECK
    constraint calls one. Attaching the file to a running instance works.
    """
    if not settings.build_file.stat().st_size:
        return "it is empty"
    try:
        with duckdb.connect(config=limits(settings)) as connection:
            connection.execute("attach $path as build", {"path": str(settings.build_file)})
            connection.execute("checkpoint build")
            for schema, table in connection.execute(TABLES).fetchall():
                connection.execute(f"select max(hash(columns(*))) from build.{identifier(schema)}.{identifier(table)}")
                connection.fetchall()
    except duckdb.OutOfMemoryException:
        raise
    except duckdb.Error as error:
        message = str(error).partition("\n")[0]
        if any(fault in message for fault in FAULTS_OF_MACHINE):
            raise
        return message
    return None


def _log(path: Path) -> Path:
    return path.with_name(f"{path.name}.wal")


def _mark(path: Path) -> Path:
    return path.with_name(f"{path.name}.state")


def _state(path: Path) -> str:
    state = path.stat()
    return f"{state.st_ino} {state.st_size} {state.st_mtime_ns}"


def _remembered(path: Path) -> str | None:
    try:
        return _mark(path).read_text()
    except (OSError, ValueError):
        return None

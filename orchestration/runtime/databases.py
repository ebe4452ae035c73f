"""Dagster's SQLite databases: where they are, and what happens to damaged ones.

They hold the history of runs, which nothing else needs: a damaged one is set aside, and Dagster makes a new one.
"""

import hashlib
import logging
import os
import sqlite3
import struct
from contextlib import closing
from pathlib import Path
from urllib.parse import quote

from orchestration.runtime.private_folder import private_folder
from orchestration.settings import Settings
from orchestration.storage.files import set_aside, set_aside_unless_file, set_aside_unless_folder

FOLDERS = ("history", "history/runs", "schedules")
DATABASES = ("history/runs.db", "history/runs/index.db", "schedules/schedules.db")
# Dagster writes its folder into SQLAlchemy's URLs, where % begins an escape, and looks for dagster.yaml by a pattern.
UNSAFE = "%*[]"
MAGIC = b"SQLite format 3\0"
DAMAGE = (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB)
# Bytes. Reading a larger one takes as long as a run; only its header is checked.
READ_WHOLE_UP_TO = 50_000_000


def base_folder(settings: Settings) -> Path:
    """Return Dagster's folder by a path that Dagster can use: if necessary, by a link in a private folder."""
    if not any(character in str(settings.dagster_home) for character in UNSAFE):
        return settings.dagster_home
    link = private_folder() / f"dagster-{hashlib.sha256(str(settings.home).encode()).hexdigest()[:16]}"
    if not link.is_symlink() or link.readlink() != settings.dagster_home:
        link.unlink(missing_ok=True)
        link.symlink_to(settings.dagster_home)
    return link


def repair(folder: Path) -> None:
    """Set aside what is damaged below Dagster's folder, and say so."""
    set_aside_unless_folder(folder)
    for name in FOLDERS:
        set_aside_unless_folder(folder / name)
    logs_of_runs = (folder / "history" / "runs").glob("*.db")
    for path in {*(folder / name for name in DATABASES), *logs_of_runs}:
        is_main = path.relative_to(folder).as_posix() in DATABASES
        if os.path.lexists(path) and (_has_damaged_header(path) or (is_main and _is_damaged(path))):
            _set_aside(path)


def _set_aside(path: Path) -> None:
    for file in (path, *(path.with_name(f"{path.name}-{suffix}") for suffix in ("wal", "shm", "journal"))):
        if os.path.lexists(file):
            set_aside(file)
    logging.getLogger(__name__).warning(
        "Dagster's database %s is damaged; it is now %s.broken, and its history of runs is lost", path, path.name
    )


def _has_damaged_header(path: Path) -> bool:
    """Return True if a file does not begin as a database does, or ends before its last page."""
    if not path.is_file():
        return True
    with path.open("rb") as file:
        header = file.read(100)
    if len(header) < 100 or not header.startswith(MAGIC):
        return True
    page_size, pages = struct.unpack(">H", header[16:18])[0], struct.unpack(">I", header[28:32])[0]
    # While there is a write-ahead log, the last pages may be in it only.
    is_whole = path.with_name(f"{path.name}-wal").exists()
    return not is_whole and path.stat().st_size < pages * (65_536 if page_size == 1 else page_size)


def _is_damaged(path: Path) -> bool:
    for suffix in ("wal", "shm"):
        set_aside_unless_file(path.with_name(f"{path.name}-{suffix}"))
    if path.stat().st_size > READ_WHOLE_UP_TO:
        return False
    try:
        with closing(sqlite3.connect(f"file:{quote(str(path))}?mode=rw", uri=True)) as connection:
            return bool(connection.execute("pragma quick_check(1)").fetchone() != ("ok",))
    except sqlite3.Error as error:  # others, such as a lock, say nothing about the file
        return int(getattr(error, "sqlite_errorcode", 0)) & 0xFF in DAMAGE

"""Lock files: what only one process may do at a time, with a note of who does it, for the error of the others."""

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from filelock import FileLock, Timeout

from orchestration.storage.files import set_aside, set_aside_unless_file, set_aside_unless_folder


class Locked(Exception):
    """Another process holds the lock; `note` is what it wrote, empty if it has not yet."""

    def __init__(self, note: Mapping[str, Any]) -> None:
        super().__init__(str(note))
        self.note = note

    def described(self, form: str, otherwise: str) -> str:
        """Return a text with the note's fields in braces, or another one if the note lacks one of them."""
        try:
            return form.format_map(self.note)
        except KeyError:
            return otherwise


@contextmanager
def locked(file: Path, note: Mapping[str, Any]) -> Iterator[None]:
    """Hold the lock of a file, with a note beside it, `.json`. It is released even if the process is killed.

    Raises Locked if another process holds it.
    """
    lock, note_file = _lock(file), _note_file(file)
    set_aside_unless_file(note_file)
    try:
        lock.acquire(timeout=0)
    except Timeout:
        raise Locked(_read(note_file)) from None
    try:
        note_file.write_text(json.dumps(note))
        yield
    finally:
        lock.release()


def is_locked_here(file: Path) -> bool:
    """Return True if this process holds the lock of a file."""
    return _lock(file).is_locked


def is_locked(file: Path) -> bool:
    """Return True if a process holds the lock of a file. A process that was killed no longer does."""
    if not file.exists():
        return False
    lock = _lock(file)
    if lock.is_locked:
        return True
    try:
        lock.acquire(timeout=0)
    except Timeout:
        return True
    lock.release()
    return False


def _lock(file: Path) -> FileLock:
    """Return the lock of a file, the same object for the whole process."""
    set_aside_unless_folder(file.parent)
    if file.is_symlink():  # FileLock refuses links
        set_aside(file)
    set_aside_unless_file(file)
    return FileLock(file, is_singleton=True, thread_local=False)


def _note_file(file: Path) -> Path:
    return file.with_suffix(".json")


def _read(note_file: Path) -> Mapping[str, Any]:
    try:
        note = json.loads(note_file.read_text())
    except (OSError, ValueError):
        return {}
    return note if isinstance(note, dict) else {}

"""The archive's logs: entries in the order of writing. A killed process leaves no half-written entry."""

import os
from abc import ABC, abstractmethod
from collections.abc import Iterator
from pathlib import Path
from threading import Lock

from orchestration.storage.files import fsync
from orchestration.storage.input_files import require_file


class Log(ABC):
    """A log of JSON texts. Several threads of one process may append at the same time, but only one process."""

    @abstractmethod
    def append(self, entry: str) -> None:
        """Add an entry; it is durable when this returns."""

    @abstractmethod
    def entries(self) -> Iterator[tuple[str, bytes]]:
        """Yield every entry, oldest first: its place for messages, such as file and line, and its bytes."""


class FileLog(Log):
    """A log in a file, with one entry per line."""

    def __init__(self, file: Path) -> None:
        self.file = file
        self._appending = Lock()  # publishers are fetched concurrently

    def __str__(self) -> str:
        return str(self.file)

    def append(self, entry: str) -> None:
        self.file.parent.mkdir(parents=True, exist_ok=True)
        with self._appending:
            with self.file.open("ab") as file:
                _cut_half_written_line(self.file)
                file.write(entry.encode() + b"\n")
            fsync(self.file)

    def entries(self) -> Iterator[tuple[str, bytes]]:
        """Yield the lines of the file, except blank ones and a last line that a killed run left half-written."""
        if self.file.exists():
            require_file(self.file)
            with self.file.open("rb") as lines:
                for number, line in enumerate(lines, start=1):
                    if line.endswith(b"\n") and not line.isspace():
                        yield f"{self.file}, line {number}", line


def _cut_half_written_line(log: Path) -> None:
    """Cut the half-written line that a killed run left at the end of the file."""
    with log.open("rb") as file:
        size = file.seek(0, os.SEEK_END)
        file.seek(max(0, size - 1))
        if file.read() in (b"", b"\n"):
            return
    os.truncate(log, log.read_bytes().rfind(b"\n") + 1)

"""Files that a user names on the command line: read up to a limit, and only from what ends.

Opening a pipe without a writer blocks, and a device such as /dev/zero has no end.
"""

import os
import select
import stat
import sys
from collections.abc import Callable
from pathlib import Path

from orchestration.storage.store import StorageError

KINDS = {
    stat.S_IFDIR: "a folder",
    stat.S_IFCHR: "a device",
    stat.S_IFBLK: "a device",
    stat.S_IFSOCK: "a socket",
    stat.S_IFIFO: "a pipe",
}
CHUNK = 1 << 20
# Seconds until a program must have opened a named pipe, and between two of its writes.
WAIT_FOR_WRITER = 10
LONGEST_PAUSE = 120
STANDARD_INPUT = "standard input"


class UnreadableFile(StorageError):
    """A file that a user named can't be read; the message says why."""

    def __init__(self, where: Path | str, reason: str) -> None:
        self.what, self.where, self.remedy = reason, str(where), ""
        Exception.__init__(self, f"{where} {reason}")


def is_utf8(text: str) -> bool:
    """Return False if a user's text had bytes that are not UTF-8: Python makes halves of surrogate pairs of them."""
    return not any("\ud800" <= character <= "\udfff" for character in text)


def require_file(path: Path) -> int:
    """Return the size of a file. Raises UnreadableFile if it is missing, a folder, a pipe, or not readable."""
    try:
        state = path.stat()
    except (OSError, ValueError) as error:  # ValueError: a NUL in the name
        raise _unreadable(path, error) from None
    if not stat.S_ISREG(state.st_mode):
        kind = KINDS.get(stat.S_IFMT(state.st_mode), "something else")
        raise UnreadableFile(path, f"is {kind}, not a file; name a file")
    if not os.access(path, os.R_OK):
        raise UnreadableFile(path, "can't be read: Permission denied")
    return state.st_size


def read_file(path: Path, limit: int) -> bytes:
    """Return the bytes of a file. Raises UnreadableFile, also if it has more than `limit` bytes."""
    if (size := require_file(path)) > limit:
        raise UnreadableFile(path, _too_large(limit, f"{size:,}"))
    return _read(path, limit)


def read_file_or_pipe(path: Path, limit: int) -> bytes:
    """Return the bytes of a file or of a pipe, such as that of `<(command)`. Raises UnreadableFile.

    A pipe that nothing opens for writing, or that pauses for minutes, is an error too.
    """
    try:
        is_pipe = stat.S_ISFIFO(path.stat().st_mode)
    except (OSError, ValueError) as error:
        raise _unreadable(path, error) from None
    return _read(path, limit) if is_pipe else read_file(path, limit)


def read_standard_input(limit: int) -> bytes:
    """Return the bytes of standard input, to its end. Raises UnreadableFile, also if there are more than `limit`."""
    if sys.stdin is None:  # the shell closed it: `<&-`
        raise UnreadableFile(STANDARD_INPUT, "is closed; name a file")
    try:
        return _up_to(limit, sys.stdin.buffer.read, STANDARD_INPUT)
    except OSError as error:
        raise _unreadable(STANDARD_INPUT, error) from None


def _read(path: Path, limit: int) -> bytes:
    try:
        # Without O_NONBLOCK, opening a pipe waits until a program opens its other end.
        descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_NOCTTY | os.O_CLOEXEC)
        with os.fdopen(descriptor, "rb", buffering=0) as file:
            if not stat.S_ISFIFO(os.fstat(descriptor).st_mode):
                return _up_to(limit, file.read, path)
            return _up_to(limit, lambda size: _next_of_pipe(descriptor, size, path), path)
    except OSError as error:
        raise _unreadable(path, error) from None


def _up_to(limit: int, read: Callable[[int], bytes | None], where: Path | str) -> bytes:
    content = bytearray()
    while chunk := read(CHUNK):
        content += chunk
        if len(content) > limit:
            raise UnreadableFile(where, _too_large(limit))
    return bytes(content)


def _next_of_pipe(descriptor: int, size: int, path: Path) -> bytes:
    """Return the next bytes of a pipe, b"" at its end. Raises UnreadableFile if none come."""
    has_waited = False
    while True:
        try:
            chunk = os.read(descriptor, size)
        except BlockingIOError:  # a program has it open, and has not written yet
            if not _events(descriptor, LONGEST_PAUSE):
                raise UnreadableFile(path, f"is a pipe that gave nothing for {LONGEST_PAUSE} seconds") from None
            continue
        # At the end, too, there is nothing to read, but the pipe has been open for writing before.
        if chunk or any(event & select.POLLHUP for event in _events(descriptor, 0)):
            return chunk
        if has_waited:
            raise UnreadableFile(path, "is a pipe without a writer; name a file")
        _events(descriptor, WAIT_FOR_WRITER)
        has_waited = True


def _events(descriptor: int, seconds: float) -> list[int]:
    """Return the events of a pipe, after waiting for one: bytes, or its end."""
    poll = select.poll()
    poll.register(descriptor, select.POLLIN)
    return [event for _, event in poll.poll(seconds * 1000)]


def _too_large(limit: int, size: str = "more") -> str:
    return f"has {size} bytes; at most {limit:,} are read"


def _unreadable(where: Path | str, error: OSError | ValueError) -> UnreadableFile:
    return UnreadableFile(where, f"can't be read: {getattr(error, 'strerror', None) or error}")

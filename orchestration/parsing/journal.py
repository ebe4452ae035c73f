"""Which bytes are being parsed at the moment, on disk: a run that is killed as a whole leaves their entry behind.

An entry counts how often a process ended without having finished with the bytes. After the second time in a row they
are no longer parsed. One kill proves nothing: it may have been meant for the run.
"""

import errno
import fcntl
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

MOST_KILLS = 2


class TooManyKills(Exception):
    """Processes were killed again and again while they parsed these bytes."""


class Journal:
    """A folder with a file for each payload that is being parsed."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    @contextmanager
    def entry(self, name: str) -> Iterator[None]:
        """Keep an entry while the block runs. Raises TooManyKills if earlier blocks of that name never ended.

        An exception is an end too, such as that of Ctrl-C: only a kill leaves the entry.
        """
        self._folder.mkdir(parents=True, exist_ok=True)
        path = self._folder / name
        with path.open("a+b") as file:
            # The lock goes with its process. Another one may be parsing the same bytes: it has not been killed.
            if not _is_locked_now(file.fileno()):
                yield
                return
            file.seek(0)
            kills = len(file.read())
            if kills >= MOST_KILLS:
                raise TooManyKills(f"was at work when {kills} runs in a row were killed")
            file.write(b"x")
            file.flush()
            try:
                yield
            finally:
                path.unlink(missing_ok=True)

    def forget(self, sha256: str) -> None:
        """Delete the entries of a payload, so that it is parsed again."""
        for path in self._folder.glob(f"*-{sha256}-*"):
            path.unlink(missing_ok=True)


def _is_locked_now(descriptor: int) -> bool:
    """Lock a file; return False if another process has locked it."""
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        if error.errno in (errno.EWOULDBLOCK, errno.EACCES):
            return False
        raise
    return True

"""Unexpected errors while one publisher is fetched from or one file is imported: they concern nothing else."""

import logging

from orchestration.archive import ArchiveError
from orchestration.storage import StorageError
from orchestration.storage.faults import is_of_this_machine

log = logging.getLogger(__name__)
LONGEST = 900


def sentence(error: Exception) -> str:
    """Return an unexpected error as a problem of its publisher or file; the log has its traceback at level debug.

    Raises:
        Exception: The error itself, if something is wrong with this machine or the archive: it concerns everything.
    """
    if isinstance(error, (StorageError, ArchiveError)) or is_of_this_machine(error):
        raise error
    log.debug("an unexpected error", exc_info=error)
    return f"an unexpected {type(error).__name__}: {error}"


def shown(problem: str) -> str:
    """Return a problem on one line of printable text, whatever a publisher put into it."""
    text = " ".join(problem.split())
    printable = "".join(character if character.isprintable() else "\ufffd" for character in text)
    return printable if len(printable) <= LONGEST else f"{printable[:LONGEST]}…"

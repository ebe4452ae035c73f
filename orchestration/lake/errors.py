"""Errors of the lake, and which errors are the fault of one payload or file."""

import logging
import os

import duckdb

from orchestration.archive import ArchiveError
from orchestration.storage import StorageError
from orchestration.storage.faults import MACHINE, is_of_this_machine

log = logging.getLogger(__name__)


class LakeError(Exception):
    """A table of the lake can't be read or written; the message says what, where, and what to do."""


class InvalidRows(LakeError):
    """Rows that a table of the lake does not allow. None of their month or file is stored."""


def reason_of(error: Exception) -> str:
    """Return why what a month or payload was to be made of is refused.

    Raises:
        Exception: The error itself, if something is wrong with this machine, the archive or the lake.
    """
    from orchestration.sources.connector import Refused  # imports pandas, which every command would wait for

    if isinstance(error, (InvalidRows, Refused)):
        return str(error)
    if isinstance(error, (LakeError, StorageError, ArchiveError, duckdb.OutOfMemoryException)):
        raise error
    if is_of_this_machine(error):
        raise error
    if isinstance(error, duckdb.Error):
        raise_fault_of_this_machine(error)
    log.debug("an unexpected error", exc_info=error)
    return f"an unexpected {type(error).__name__}: {' '.join(str(error).split())[:300]}"


def raise_fault_of_this_machine(error: duckdb.Error) -> None:
    """Raise OSError if DuckDB reports, as an error of input and output, what no payload can cause: a full disk."""
    if isinstance(error, duckdb.IOException):
        for code in MACHINE:
            if os.strerror(code) in str(error):
                raise OSError(code, str(error)) from None

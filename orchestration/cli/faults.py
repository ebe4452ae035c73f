"""Faults of this machine, such as a full disk, in words: what happened, where, and what to do."""

import errno
import os
import sqlite3
import sys
from contextlib import suppress

REMEDIES = {
    errno.ENOSPC: "free some space, then run again",
    errno.EDQUOT: "free some of your quota, then run again",
    errno.EROFS: "make the file system writable, or set ENTREPOT_HOME to a folder elsewhere",
    errno.EACCES: "give this user access, or set ENTREPOT_HOME to a folder of this user",
    errno.EPERM: "give this user access, or set ENTREPOT_HOME to a folder of this user",
    errno.EIO: "check the disk; `entrepot releases verify` says whether the current release is whole",
    errno.EMFILE: "raise the limit of open files (ulimit -n), then run again",
}


def of_machine(error: BaseException) -> BaseException | None:
    """Return the fault of this machine that an exception is or was raised from; None if it is another error.

    Libraries wrap such faults in exceptions of their own: SQLAlchemy those of SQLite, Dagster those of a step.
    """
    cause: BaseException | None = error
    while cause and not isinstance(cause, (OSError, MemoryError, sqlite3.OperationalError)):
        cause = cause.__cause__
    return cause


def describe(fault: BaseException) -> str:
    """Return a fault as a sentence."""
    if isinstance(fault, sqlite3.Error):
        return f"Dagster's records can't be read or written: {fault}; check the disk, then run again"
    if isinstance(fault, MemoryError):
        return "there is not enough memory; close other programs, then run again"
    if not isinstance(fault, OSError) or fault.strerror is None:
        return str(fault)
    where = f": {os.fsdecode(fault.filename)}" if isinstance(fault.filename, (str, bytes)) else ""
    remedy = REMEDIES.get(fault.errno or 0)
    return f"{fault.strerror}{where}" + (f"; {remedy}" if remedy else "")


def flush_output() -> OSError | None:
    """Write what standard output still holds; return the error if it can't be written.

    Python would try again at exit and print a traceback, so nothing more is written after an error.
    """
    try:
        sys.stdout.flush()
    except OSError as error:
        with suppress(OSError), open(os.devnull, "wb") as nowhere:
            os.dup2(nowhere.fileno(), sys.stdout.fileno())
        return error
    return None

"""Which errors are faults of this machine: what an input can't cause and another input would meet too."""

import errno

MACHINE = frozenset(
    {
        *(errno.ENOSPC, errno.EDQUOT, errno.EROFS, errno.EIO, errno.EACCES, errno.EPERM),
        *(errno.EMFILE, errno.ENFILE, errno.ENOMEM, errno.EAGAIN),
    }
)


def is_of_this_machine(error: BaseException) -> bool:
    """Return True for a full disk, missing permission, a broken disk, or a lack of memory or file handles."""
    return isinstance(error, MemoryError) or (isinstance(error, OSError) and error.errno in MACHINE)

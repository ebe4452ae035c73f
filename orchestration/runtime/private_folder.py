"""A folder in the temporary folder that only this user can enter: for sockets and links, whose names must be short."""

import os
import stat
import tempfile
from pathlib import Path


def private_folder() -> Path:
    """Return the folder. Raises PermissionError when another user made it, or can enter it."""
    folder = Path(tempfile.gettempdir()) / f"entrepot-{os.getuid()}"
    folder.mkdir(mode=0o700, exist_ok=True)
    state = folder.lstat()
    if not stat.S_ISDIR(state.st_mode) or state.st_uid != os.getuid() or stat.S_IMODE(state.st_mode) & 0o077:
        raise PermissionError(f"{folder} is not this user's own; delete it, or set TMPDIR to a private folder")
    return folder

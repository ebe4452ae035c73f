"""Local files: their hashes, and writing them so that a kill or a power cut leaves the old file or the new one."""

import hashlib
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import IO


def file_sha256(path: Path) -> str:
    """Return the SHA-256 of a file's bytes, in hexadecimal."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def fsync(path: Path) -> None:
    """Flush a file's bytes, or the entries of a folder, to disk."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def finalize_file(path: Path) -> None:
    """Make a finished file read-only and flush it to disk."""
    path.chmod(0o444)
    fsync(path)


def replace_durably(finished: Path, path: Path) -> None:
    """Rename a finished file or link to `path`, replacing what is there. The rename survives a power cut."""
    os.replace(finished, path)
    # A rename is an entry of the folder: without this flush it could be lost, although the file's bytes are on disk.
    fsync(path.parent)


def set_aside(path: Path) -> Path:
    """Rename a damaged file, folder or link to `.broken`, in place of an earlier one, and return the new path."""
    broken = path.with_name(f"{path.name}.broken")
    if broken.is_dir() and not broken.is_symlink():
        shutil.rmtree(broken)
    path.replace(broken)
    return broken


def set_aside_unless_file(path: Path) -> None:
    """Rename what is in the place of a file, such as a folder or a dangling link, to `.broken`."""
    if os.path.lexists(path) and not path.is_file():
        set_aside(path)


def set_aside_unless_folder(path: Path) -> None:
    """Rename what is in the place of a folder, such as a file, to `.broken`, and make sure that the folder exists."""
    if os.path.lexists(path) and not path.is_dir():
        set_aside(path)
    path.mkdir(parents=True, exist_ok=True)


@contextmanager
def write_atomically(path: Path) -> Iterator[IO[bytes]]:
    """Yield a temporary file that becomes `path`, read-only and durable, when the block ends without an exception."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with NamedTemporaryFile(dir=path.parent, prefix=f".{path.name}.", suffix=".partial", delete=False) as file:
        temporary = Path(file.name)
        try:
            yield file
            file.flush()
            finalize_file(temporary)
            replace_durably(temporary, path)
        except BaseException:
            temporary.unlink(missing_ok=True)
            raise

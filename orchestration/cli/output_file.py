"""The files that commands write for users: never one of the program's own, and whole or not at all."""

import os
import stat
from collections.abc import Iterable, Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import typer

from orchestration import storage
from orchestration.settings import Settings

REMEDY = "name another file"
OWN = ("archive", "build", "releases", "current", "lake", "dagster", "superset", "as-of", "layout.json")


def checked(path: Path, settings: Settings, option: str = "--out") -> Path:
    """Return the file to write for a path that a user gave: absolute and without links, or a device as it was given.

    Raises typer.BadParameter if it is in a folder of the program (releases, archive, lake, ...), whatever the way
    there; if it is another name of a file there; or if it is neither a file nor a device such as /dev/stdout.
    """

    def refuse(reason: str) -> typer.BadParameter:
        return typer.BadParameter(f"{path} {reason}; {REMEDY}", param_hint=option)

    try:
        state = path.stat() if path.exists() else None
        target, own = path.resolve(), own_folders(settings)
        if is_own(target, settings):
            raise refuse("is in a folder that only the program itself writes to")
        if state is None:
            return target
        if is_device(path) and not stat.S_ISBLK(state.st_mode):
            return path
        if not stat.S_ISREG(state.st_mode):
            raise refuse("is not a file")
        if state.st_nlink > 1 and any(os.path.samestat(state, each.stat()) for each in _files(own)):
            raise refuse("is another name of a file that only the program itself writes to")
    except (OSError, ValueError, RuntimeError) as error:  # too long a name, a NUL in it, links in a circle
        raise refuse(f"can't be written ({getattr(error, 'strerror', None) or error})") from None
    return target


def write(target: Path, content: bytes) -> None:
    """Write a file that `checked` returned. An older one is replaced: another name of it keeps its content."""
    if is_device(target):
        target.write_bytes(content)
        return
    with TemporaryDirectory(dir=target.parent, prefix=".entrepot-") as folder:
        part = Path(folder) / "part"
        part.write_bytes(content)
        part.replace(target)


def is_device(path: Path) -> bool:
    """Return True for /dev/stdout, /dev/null and the like, which can be written to but not replaced."""
    return path.absolute().parent in (Path("/dev"), Path("/dev/fd"))


def is_own(path: Path, settings: Settings) -> bool:
    """Return True if a path is one of the program's own folders, or is or would be in one."""
    return any(_is_within(path.resolve(), folder) for folder in own_folders(settings))


def own_folders(settings: Settings) -> list[Path]:
    """Return every folder that only the program writes to, also where the archive or the lake is elsewhere."""
    elsewhere = (settings.archive_dir, settings.lake_dir, settings.releases)
    return [*(settings.home / name for name in OWN), *(folder for place in elsewhere if (folder := _folder(place)))]


def _folder(place: Path | str | None) -> Path | None:
    """Return the folder that a setting names, also by a URL; None if it is an object store's or is not set."""
    if isinstance(place, str):
        return storage.local_folder(place)
    return place


def _is_within(target: Path, folder: Path) -> bool:
    """Return True if a path is a folder or below it: by name, or as the same folder by another name or letter case."""
    real = folder.resolve()
    if real == target or real in target.parents:
        return True
    if not folder.exists():
        return str(target).casefold().startswith(f"{real}{os.sep}".casefold())
    state = folder.stat()
    return any(os.path.samestat(state, each.stat()) for each in (target, *target.parents) if each.exists())


def _files(folders: Iterable[Path]) -> Iterator[Path]:
    return (path for folder in folders for path in folder.rglob("*") if path.is_file())

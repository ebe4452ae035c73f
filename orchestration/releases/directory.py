"""The folder of releases and the `current` link: which releases are kept, which is current, and how both change.

A release appears by one rename and becomes current by another; both are flushed to disk. Names that begin with a dot
are unfinished or half-deleted releases; the next publication deletes them.
"""

import os
import re
import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cached_property
from pathlib import Path
from typing import Any

from filelock import FileLock, Timeout

from orchestration.releases import package
from orchestration.releases.errors import (
    NoRelease,
    ReleaseDamaged,
    ReleaseError,
    ReleasesLocked,
    UnknownRelease,
    WriteFailed,
)
from orchestration.storage.files import fsync, replace_durably

DATABASE = "warehouse.duckdb"
DATAPACKAGE = "datapackage.json"
TIME_FORMAT = "%Y%m%dT%H%M%SZ"
ID_PATTERN = re.compile(r"\d{8}T\d{6}Z-[0-9a-f]{8}")
STAGING = ".publishing"
DELETING = ".retiring"
SPILL = ".spill"
LOCK_SECONDS = 30
GRACE_SECONDS = 60


@dataclass(frozen=True)
class Release:
    """A release on disk. Ids sort in the order of publication. `is_new` is True if the call that returns it made it."""

    path: Path
    is_new: bool = field(default=False, compare=False)

    @property
    def id(self) -> str:
        return self.path.name

    @property
    def database(self) -> Path:
        return self.path / DATABASE

    @cached_property
    def datapackage(self) -> dict[str, Any]:
        """Return datapackage.json. Raises ReleaseDamaged when it is missing, or not a description of a release."""
        try:
            described = package.parse((self.path / DATAPACKAGE).read_bytes())
        except (OSError, ValueError) as error:
            remedy = "Build again, roll back to another release, or delete this folder."
            raise ReleaseDamaged(f"the release's description cannot be read ({error})", self.path, remedy) from error
        return described

    @property
    def content_id(self) -> str:
        return str(self.datapackage["contentId"])

    @property
    def created(self) -> datetime:
        return datetime.fromisoformat(self.datapackage["created"])

    @property
    def rows(self) -> dict[str, int]:
        """Return the row count of each table, by `schema.table`."""
        return {item["name"]: item["rows"] for item in self.datapackage["resources"] if "rows" in item}

    @property
    def content_hashes(self) -> dict[str, str]:
        """Return the content hash of each table, by `schema.table`: equal hashes, equal rows."""
        return {item["name"]: item["contentHash"] for item in self.datapackage["resources"] if "contentHash" in item}

    def size_of(self, file: str) -> int | None:
        """Return the size of a file of the release as described, bytes; None when the release has no such file."""
        return next((item["bytes"] for item in self.datapackage["resources"] if item["path"] == file), None)


@dataclass(frozen=True)
class ReleaseDirectory:
    """Where releases are published: their folder, the link to the current one, and how many of them are kept.

    A release that was current less than `grace_seconds` ago is kept too: readers may be about to open its files.
    """

    path: Path
    current: Path
    keep: int
    grace_seconds: float = GRACE_SECONDS


def list_releases(releases_dir: Path) -> list[Release]:
    """Return the releases in a folder, newest first."""
    if not releases_dir.is_dir():
        return []
    names = sorted((name for name in os.listdir(releases_dir) if ID_PATTERN.fullmatch(name)), reverse=True)
    return [Release(releases_dir / name) for name in names]


def current_release(current: Path) -> Release:
    """Return the release that users see now. Raises NoRelease if `current` does not lead to one."""
    try:
        path = current.resolve(strict=True)
    except (OSError, RuntimeError):  # RuntimeError: a link to itself
        path = None
    if path is None or not ID_PATTERN.fullmatch(path.name) or not path.is_dir():
        is_there = os.path.lexists(current)
        what = "`current` does not lead to a release" if is_there else "there is no current release"
        remedy = (
            "Make a release with `entrepot build`, or go back to one that is kept with `entrepot releases rollback`."
        )
        raise NoRelease(what, current, remedy)
    return Release(path)


def current_or_none(current: Path) -> Release | None:
    """Return the current release, or None if there is none or its description is unreadable."""
    try:
        release = current_release(current)
        return release if release.content_id else None
    except (ReleaseError, KeyError):
        return None


def find_release(releases_dir: Path, release_id: str) -> Release:
    """Return the release of an id. Raises UnknownRelease, which lists those that are kept."""
    for release in list_releases(releases_dir):
        if release.id == release_id:
            return release
    raise _unknown(f"no release {release_id!r} is kept", releases_dir)


def previous_release(releases_dir: Path, release: Release) -> Release:
    """Return the newest release that is older than another one. Raises UnknownRelease."""
    for earlier in list_releases(releases_dir):
        if earlier.id < release.id:
            return earlier
    raise _unknown(f"no release older than {release.id} is kept", releases_dir)


def _unknown(what: str, releases_dir: Path) -> UnknownRelease:
    names = ", ".join(release.id for release in list_releases(releases_dir)) or "none"
    return UnknownRelease(what, releases_dir, f"Name one of those kept: {names}.")


@contextmanager
def lock_releases(releases_dir: Path) -> Iterator[None]:
    """Lock the folder against other publications and rollbacks. The lock ends with the process, even if killed.

    Raises ReleasesLocked.
    """
    releases_dir.mkdir(parents=True, exist_ok=True)
    try:
        with FileLock(releases_dir / ".lock", timeout=LOCK_SECONDS):
            yield
    except Timeout as error:
        remedy = f"It did not end within {LOCK_SECONDS} s; wait for it and try again."
        raise ReleasesLocked("another process is publishing or rolling back", releases_dir, remedy) from error


@contextmanager
def staging_directory(releases_dir: Path) -> Iterator[Path]:
    """Yield an empty hidden folder to write a release in. It is deleted afterwards, unless it was moved into place."""
    delete_leftovers(releases_dir)
    staging = releases_dir / STAGING
    staging.mkdir()
    try:
        yield staging
    finally:
        shutil.rmtree(staging, ignore_errors=True)


def delete_leftovers(releases_dir: Path) -> None:
    """Delete what a killed publication left behind."""
    for leftover in (STAGING, DELETING, SPILL):
        if (releases_dir / leftover).exists():
            shutil.rmtree(releases_dir / leftover)


def fsync_folders(staging: Path) -> None:
    """Flush the folders of a finished release to disk; its files were flushed when they were finalized."""
    for folder in (staging, *(path for path in staging.rglob("*") if path.is_dir())):
        fsync(folder)


def new_release_id(releases_dir: Path, content_id: str, now: datetime) -> str:
    """Return the id of a release that is being made now, which sorts after those that are kept.

    Ids count whole seconds. A release made within the second of the last one, or after the clock was set back, gets
    the second after the last one's. `created` in its description is the exact time.
    """
    moment = now.astimezone(UTC).replace(microsecond=0)
    newest = next(iter(list_releases(releases_dir)), None)
    if newest:
        taken = datetime.strptime(newest.id.partition("-")[0], TIME_FORMAT).replace(tzinfo=UTC)
        moment = max(moment, taken + timedelta(seconds=1))
    return f"{moment.strftime(TIME_FORMAT)}-{content_id[:8]}"


def move_into_place(staging: Path, release_id: str) -> Path:
    """Move a finished release from its staging folder to its id's folder, and return that."""
    path = staging.parent / release_id
    replace_durably(staging, path)
    return path


def set_current(current: Path, release: Path) -> None:
    """Point `current` at a release by one rename of a relative link, so that the home folder can be moved.

    A file or folder in its place is moved aside.
    """
    before = Path(os.path.realpath(current))  # does not raise if the link leads to itself
    _move_aside(current)
    link = current.with_name(f".{current.name}.next")
    link.unlink(missing_ok=True)
    link.symlink_to(os.path.relpath(release, current.parent))
    try:
        replace_durably(link, current)
    except OSError as error:
        link.unlink(missing_ok=True)
        raise WriteFailed(
            f"the link cannot be made ({error})", current, "Move the file or folder of that name away."
        ) from error
    if before != Path(os.path.realpath(release)) and ID_PATTERN.fullmatch(before.name) and before.is_dir():
        os.utime(before)  # until now it was current: `delete_old_releases` looks at this


def _move_aside(current: Path) -> None:
    """Rename what is in the place of the link and is no link; an empty folder is removed."""
    if current.is_symlink() or not current.exists():
        return
    if current.is_dir() and not os.listdir(current):
        current.rmdir()
    else:
        current.rename(current.with_name(f"{current.name}.moved-aside-{datetime.now(UTC).strftime(TIME_FORMAT)}"))


def delete_old_releases(directory: ReleaseDirectory) -> None:
    """Delete all but the newest releases, the current one, and those that were current until just now.

    Readers that have a file of a deleted one open can go on.
    """
    now = current_release(directory.current)
    for release in list_releases(directory.path)[directory.keep :]:
        seconds = abs(time.time() - release.path.stat().st_mtime)
        if release.id != now.id and seconds >= directory.grace_seconds:
            delete_release(release)


def delete_release(release: Release) -> None:
    """Delete a release. It is renamed first, so that a kill never leaves a release with files missing."""
    deleting = release.path.with_name(DELETING)
    shutil.rmtree(deleting, ignore_errors=True)  # left behind by a kill
    release.path.rename(deleting)
    shutil.rmtree(deleting)

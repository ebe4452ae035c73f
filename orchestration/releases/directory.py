"""The folder of releases and the `current` link: what is kept, what is current, and how both change atomically.

A release appears by one rename and becomes current by another; both are flushed to disk. Whatever has a name that
begins with a dot is unfinished or on its way out, and is swept by the next publication.
"""

import json
import os
import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cached_property
from pathlib import Path
from typing import Any

from filelock import FileLock, Timeout

from orchestration.releases.errors import (
    NoRelease,
    ReleaseDamaged,
    ReleaseError,
    ReleasesHeld,
    UnknownRelease,
    WriteFailed,
)
from orchestration.storage.files import fsync, replace_durably

DATABASE = "warehouse.duckdb"
DATAPACKAGE = "datapackage.json"
TIME_FORMAT = "%Y%m%dT%H%M%SZ"
ID_PATTERN = re.compile(r"\d{8}T\d{6}Z-[0-9a-f]{8}")
STAGING = ".publishing"
RETIRING = ".retiring"
SPILL = ".spill"
LOCK_SECONDS = 30


@dataclass(frozen=True)
class Release:
    """A release on disk. Ids sort in the order of publication; `is_new` says that this very call made it."""

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
        """Return datapackage.json. Raises ReleaseDamaged when it is missing or not JSON."""
        try:
            described: dict[str, Any] = json.loads((self.path / DATAPACKAGE).read_bytes())
        except (OSError, ValueError) as error:
            remedy = f"Roll back to another release, or delete the folder {self.path} and build again."
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


def list_releases(releases_dir: Path) -> list[Release]:
    """Return the releases kept, newest first."""
    if not releases_dir.is_dir():
        return []
    names = sorted((name for name in os.listdir(releases_dir) if ID_PATTERN.fullmatch(name)), reverse=True)
    return [Release(releases_dir / name) for name in names]


def current_release(current: Path) -> Release:
    """Return the release that users see now. Raises NoRelease when `current` leads to none."""
    try:
        return Release(current.resolve(strict=True))
    except OSError as error:
        remedy = (
            "Make a release with `entrepot build`, or go back to one that is kept with `entrepot releases rollback`."
        )
        raise NoRelease("there is no current release", current, remedy) from error


def current_or_none(current: Path) -> Release | None:
    """Return the current release if there is one and its description can be read: a broken one is to be replaced."""
    try:
        release = current_release(current)
        return release if release.content_id else None
    except (ReleaseError, KeyError):
        return None


def rollback(releases_dir: Path, current: Path, to: str | None = None) -> Release:
    """Make a kept release current again: the one named, or else the newest that is older than the current one.

    Raises UnknownRelease when it is not kept, NoRelease when nothing is current to go back from.
    """
    with hold(releases_dir):
        kept = list_releases(releases_dir)
        names = ", ".join(release.id for release in kept) or "none"
        if to is None:
            now = current_release(current)
            wanted = next((release for release in kept if release.id < now.id), None)
            what = f"no release older than the current one ({now.id}) is kept"
        else:
            wanted = next((release for release in kept if release.id == to), None)
            what = f"no release {to!r} is kept"
        if wanted is None:
            raise UnknownRelease(what, releases_dir, f"Name one of those kept: {names}.")
        flip(current, wanted.path)
    return wanted


@contextmanager
def hold(releases_dir: Path) -> Iterator[None]:
    """Hold the folder against other publications and rollbacks; the lock goes with the process, however it ends."""
    releases_dir.mkdir(parents=True, exist_ok=True)
    try:
        with FileLock(releases_dir / ".lock", timeout=LOCK_SECONDS):
            yield
    except Timeout as error:
        remedy = f"It did not end within {LOCK_SECONDS} s; wait for it and try again."
        raise ReleasesHeld("another process is publishing or rolling back", releases_dir, remedy) from error


@contextmanager
def staging_directory(releases_dir: Path) -> Iterator[Path]:
    """Give an empty hidden folder to write a release in. It is gone afterwards, unless it was moved into place."""
    sweep(releases_dir)
    staging = releases_dir / STAGING
    staging.mkdir()
    try:
        yield staging
    finally:
        shutil.rmtree(staging, ignore_errors=True)


def sweep(releases_dir: Path) -> None:
    """Remove what a killed publication left behind."""
    for leftover in (STAGING, RETIRING, SPILL):
        if (releases_dir / leftover).exists():
            shutil.rmtree(releases_dir / leftover)


def flush_folders(staging: Path) -> None:
    """Flush what the folders of a finished release list; its files were flushed when they were sealed."""
    for folder in (staging, *(path for path in staging.rglob("*") if path.is_dir())):
        fsync(folder)


def next_id(releases_dir: Path, content_id: str, now: datetime) -> str:
    """Return the id of a release that is being made now, newer than those that are kept.

    Ids count whole seconds and must sort in order of publication, so one made within the second of the last, or with
    a clock that went back, takes the second after it. `created` in its description is the exact time.
    """
    moment = now.astimezone(UTC).replace(microsecond=0)
    newest = next(iter(list_releases(releases_dir)), None)
    if newest:
        taken = datetime.strptime(newest.id.partition("-")[0], TIME_FORMAT).replace(tzinfo=UTC)
        moment = max(moment, taken + timedelta(seconds=1))
    return f"{moment.strftime(TIME_FORMAT)}-{content_id[:8]}"


def place(staging: Path, release_id: str) -> Path:
    """Move a finished release among the others, under its id, and return its path."""
    path = staging.parent / release_id
    staging.rename(path)
    fsync(path.parent)
    return path


def flip(current: Path, release: Path) -> None:
    """Point `current` at a release by one rename of a relative link, so that the home folder can be moved."""
    coming = current.with_name(f".{current.name}.next")
    coming.unlink(missing_ok=True)
    coming.symlink_to(os.path.relpath(release, current.parent))
    try:
        replace_durably(coming, current)
    except OSError as error:
        coming.unlink(missing_ok=True)
        raise WriteFailed(f"the link cannot be made ({error})", current, "Move what stands there away.") from error


def retire(releases_dir: Path, current: Path, keep: int) -> None:
    """Delete all but the newest `keep` releases and the current one. A reader that has one open keeps its bytes."""
    now = current_release(current)
    for release in list_releases(releases_dir)[keep:]:
        if release.id != now.id:
            # Renamed first, so that a kill in the middle never leaves a release with files missing.
            release.path.rename(releases_dir / RETIRING)
            shutil.rmtree(releases_dir / RETIRING)

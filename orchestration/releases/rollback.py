"""Going back to an earlier release."""

from pathlib import Path

from orchestration.releases.directory import (
    Release,
    current_release,
    find_release,
    list_releases,
    lock_releases,
    previous_release,
    set_current,
)
from orchestration.releases.errors import NoRelease
from orchestration.releases.reader import verify


def rollback(releases_dir: Path, current: Path, to: str | None = None) -> Release:
    """Make an earlier release current again: the one named, or else the newest that is older than the current one.

    Without a current one, that is the newest of all. Its files are verified first.

    Raises UnknownRelease or NoRelease if there is no such release, ReleaseDamaged if it is not whole; `current` is then
    unchanged.
    """
    with lock_releases(releases_dir):
        wanted = find_release(releases_dir, to) if to is not None else _release_before_current(releases_dir, current)
        verify(wanted)
        set_current(current, wanted.path)
    return wanted


def _release_before_current(releases_dir: Path, current: Path) -> Release:
    try:
        return previous_release(releases_dir, current_release(current))
    except NoRelease:
        for newest in list_releases(releases_dir):
            return newest
        raise

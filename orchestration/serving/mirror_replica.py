"""The release elsewhere: copied to the URL of ENTREPOT_RELEASES, or fetched from one."""

from contextlib import suppress
from pathlib import Path
from typing import Any

from filelock import FileLock

from orchestration import releases, storage
from orchestration.settings import Settings


class NotSet(Exception):
    """There is no URL to copy to."""


def copy(settings: Settings) -> dict[str, Any]:
    """Copy the current release, whatever is there. Raises NotSet, ReleaseError, StorageError."""
    store = storage.open_store(_url(settings))
    # One at a time, and each looks for itself which release is current: the last to end copied the newest.
    with FileLock(releases.current_release(settings.current).path.with_name(".mirror.lock")):
        release = releases.current_release(settings.current)
        releases.mirror(release, store, settings.keep_releases)
    return {"place": store.location(), "release": release.id}


def copy_if_other(settings: Settings) -> tuple[str, bool]:
    """Copy the current release unless it is current at the URL; return its id, and whether it was copied now.

    Raises NotSet, ReleaseError, StorageError.
    """
    current, store = releases.current_release(settings.current), storage.open_store(_url(settings))
    with suppress(releases.ReleaseDamaged):  # a pointer that cannot be read: it is put there anew
        if releases.read_pointer(store) == releases.Pointer.to(current):
            return current.id, False
    return copy(settings)["release"], True


def state(settings: Settings) -> dict[str, Any]:
    """Return where releases are copied to, which is current there, and whether it is the one that is current here.

    `problem` says why nobody knows, when the URL cannot be read. Raises NotSet, NoRelease.
    """
    current = releases.current_release(settings.current).id
    state: dict[str, Any] = {"place": _url(settings), "current": current, "release": None}
    try:
        pointer = releases.read_pointer(storage.open_store(_url(settings)))
    except (storage.StorageError, releases.ReleaseDamaged) as error:
        return {**state, "is_current": False, "problem": str(error)}
    release = pointer.release if pointer else None
    return {**state, "release": release, "is_current": release == current, "problem": None}


def sentence(state: dict[str, Any]) -> str:
    """Return the state in a sentence, with what to do if there is anything to do."""
    if state["problem"]:
        return f"Copies of releases: {state['problem']}"
    if state["is_current"]:
        return f"{state['place']} has the current release"
    has = f"release {state['release']}, not the current one" if state["release"] else "no release"
    return f"{state['place']} has {has}; run `entrepot releases mirror`"


def fetch(url: str, home: Path, keep: int) -> dict[str, Any]:
    """Get the release that is current at a URL into a home, and make it current there. Raises as `releases.fetch`."""
    release = releases.fetch(
        storage.open_store(url), releases.ReleaseDirectory(home / "releases", home / "current", keep)
    )
    file = str(home / "current" / release.database.name)
    return {"release": release.id, "new": release.is_new, "file": file, "content_id": release.content_id}


def _url(settings: Settings) -> str:
    if settings.releases is None:
        raise NotSet("ENTREPOT_RELEASES is not set; docs/releases.md says how to copy releases to a URL")
    return settings.releases

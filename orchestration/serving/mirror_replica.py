"""Copies of releases at the URL of ENTREPOT_RELEASES, and fetching the current one from such a URL."""

from contextlib import suppress
from pathlib import Path
from typing import Any

from filelock import FileLock

from orchestration import releases, storage
from orchestration.releases import Release, ReleaseDamaged
from orchestration.serving.replica import NotSet, Replica


class MirrorReplica(Replica):
    """The release's files at a URL, and the pointer there to the release that is current."""

    def update(self) -> dict[str, Any]:
        store = storage.open_store(self.place)
        # The lock comes before the look at which release is current, so that the last of two copies is of the newest.
        with FileLock(self.current().path.with_name(".mirror.lock")):
            release = self.current()
            releases.mirror(release, store, self.settings.keep_releases)
        return {"place": store.location(), "release": release.id}

    @staticmethod
    def sentence(state: dict[str, Any]) -> str:
        if state["problem"]:
            return f"Copies of releases: {state['problem']}"
        if state["is_current"]:
            return f"{state['place']} has the current release"
        other = f"release {state['release']}, not the current one" if state["release"] else "no release"
        return f"{state['place']} has {other}; run `entrepot releases mirror`"

    def _place(self) -> str:
        if self.settings.releases is None:
            raise NotSet("ENTREPOT_RELEASES is not set; docs/releases.md says how to copy releases to a URL")
        return self.settings.releases

    def _found(self) -> dict[str, Any]:
        pointer = releases.read_pointer(storage.open_store(self.place))
        return {"release": pointer.release if pointer else None}

    def _has(self, release: Release) -> bool:
        with suppress(ReleaseDamaged):  # a damaged pointer is replaced by copying again
            return releases.read_pointer(storage.open_store(self.place)) == releases.Pointer.to(release)
        return False


def fetch(url: str, home: Path, keep: int) -> dict[str, Any]:
    """Fetch the current release of a URL into a home, and make it current there. Raises as `releases.fetch`."""
    directory = releases.ReleaseDirectory(home / "releases", home / "current", keep)
    release = releases.fetch(storage.open_store(url), directory)
    file = str(home / "current" / release.database.name)
    return {"release": release.id, "new": release.is_new, "file": file, "content_id": release.content_id}

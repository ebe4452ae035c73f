"""Copies of releases at a URL: first the files of a release, each read back, then the pointer to it, by one PUT.

`<URL>/<release id>/` holds the files of a release, and `<URL>/current.json` names the current one. Readers who follow
the pointer never see a half-copied release; a kill at any instant leaves it on a whole one.
"""

import hashlib
import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass

from orchestration.releases.directory import DATABASE, DATAPACKAGE, ID_PATTERN, Release
from orchestration.releases.errors import ReleaseDamaged
from orchestration.releases.reader import verify
from orchestration.storage import Missing, Store

POINTER = "current.json"
TRANSFERS = 8  # files copied concurrently


@dataclass(frozen=True)
class Pointer:
    """The content of current.json: release, content id, path of its database, and hash of its datapackage.json."""

    release: str
    content_id: str
    database: str
    datapackage_sha256: str

    @classmethod
    def to(cls, release: Release) -> "Pointer":
        """Return the pointer to a release. Raises ReleaseDamaged if its description cannot be read."""
        content_id = release.content_id
        described = hashlib.sha256((release.path / DATAPACKAGE).read_bytes()).hexdigest()
        return cls(release.id, content_id, f"{release.id}/{DATABASE}", described)


def read_pointer(store: Store) -> Pointer | None:
    """Return the pointer at a URL, or None if there is none. Raises StorageError, or ReleaseDamaged."""
    remedy = "Write the pointer again with `entrepot releases mirror`."
    try:
        content = json.loads(store.read(POINTER))
        pointer = Pointer(**{name: str(content[name]) for name in Pointer.__annotations__})
    except Missing:
        return None
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise ReleaseDamaged("the pointer cannot be read", store.location(POINTER), remedy) from error
    if not ID_PATTERN.fullmatch(pointer.release):
        raise ReleaseDamaged(f"the pointer names no release ({pointer.release!r})", store.location(POINTER), remedy)
    return pointer


def mirror(release: Release, store: Store, keep: int) -> None:
    """Copy a release to a URL, make it current there, and delete all but the newest `keep` there.

    Files that are already there and whole are not copied again. Raises StorageError, or ReleaseDamaged if a file is not
    as described, here or when read back. The pointer is then unchanged.
    """
    verify(release)
    pointer = Pointer.to(release)
    sizes = store.sizes(release.id)
    with ThreadPoolExecutor(TRANSFERS) as pool:
        copies = [pool.submit(_copy, release, store, sizes, file, sha256) for file, sha256 in _hashes(release)]
    for copy in copies:
        copy.result()
    # The description goes last: a release whose copy was interrupted has none, and so is recognized.
    _copy(release, store, sizes, DATAPACKAGE, pointer.datapackage_sha256)
    store.put(POINTER, json.dumps(asdict(pointer), indent=1).encode())
    _delete_old_releases(store, release.id, keep)


def _hashes(release: Release) -> Iterator[tuple[str, str]]:
    """Yield the path and SHA-256 of each file that the description of a release lists."""
    for item in release.datapackage["resources"]:
        yield item["path"], item["hash"].removeprefix("sha256:")


def _copy(release: Release, store: Store, sizes: dict[str, int], file: str, sha256: str) -> None:
    """Copy a file unless it is already there, and verify the copy by reading it back."""
    name, path = f"{release.id}/{file}", release.path / file
    if sizes.get(name) == path.stat().st_size and store.sha256(name) == sha256:
        return
    store.put_file(name, path)
    found = store.sha256(name)
    if found != sha256:
        remedy = "Copy it again with `entrepot releases mirror`."
        raise ReleaseDamaged(f"the copy has sha256:{found}, not sha256:{sha256}", store.location(name), remedy)


def _delete_old_releases(store: Store, current: str, keep: int) -> None:
    """Delete all but the newest `keep` releases and the current one, and what interrupted copies left behind.

    A release without a description does not count. An older one is left over; a newer one may still be being copied.
    So the description is deleted first.
    """
    names: dict[str, list[str]] = {}
    for name in store.sizes():
        folder, _, _ = name.partition("/")
        if ID_PATTERN.fullmatch(folder):
            names.setdefault(folder, []).append(name)
    whole = sorted((each for each in names if f"{each}/{DATAPACKAGE}" in names[each]), reverse=True)
    for each in sorted(names.keys() - {*whole[:keep], current}):
        if each in whole or each < current:
            store.delete(sorted(names[each], key=lambda name: not name.endswith(f"/{DATAPACKAGE}")))

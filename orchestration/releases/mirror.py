"""Releases at a URL: all objects of a release first, each read back, and the pointer to it last, by one PUT.

`<URL>/<release id>/` holds the files of a release, and `<URL>/current.json` names the one that is current. Who follows
the pointer never meets a half-made release; a kill at any instant leaves it on a whole one.
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
TRANSFERS = 8


@dataclass(frozen=True)
class Pointer:
    """What current.json says: the release, its content, where its database is, and the hash of its description."""

    release: str
    content_id: str
    database: str
    datapackage_sha256: str

    @classmethod
    def to(cls, release: Release) -> "Pointer":
        """Return the pointer to a release. Raises ReleaseDamaged when its description cannot be read."""
        content_id = release.content_id
        described = hashlib.sha256((release.path / DATAPACKAGE).read_bytes()).hexdigest()
        return cls(release.id, content_id, f"{release.id}/{DATABASE}", described)


def pointed(store: Store) -> Pointer | None:
    """Return which release is current at a URL, if any. Raises StorageError, or ReleaseDamaged for a wrong pointer."""
    remedy = "Put the pointer there again with `entrepot releases mirror`."
    try:
        said = json.loads(store.read(POINTER))
        pointer = Pointer(**{name: str(said[name]) for name in Pointer.__annotations__})
    except Missing:
        return None
    except (ValueError, KeyError, TypeError) as error:
        raise ReleaseDamaged("the pointer cannot be read", store.location(POINTER), remedy) from error
    if not ID_PATTERN.fullmatch(pointer.release):
        raise ReleaseDamaged(f"the pointer names no release ({pointer.release!r})", store.location(POINTER), remedy)
    return pointer


def mirror(release: Release, store: Store, keep: int) -> None:
    """Copy a release to a URL, make it current there, and keep the newest `keep`. What is there and whole stays.

    Raises StorageError, or ReleaseDamaged when a file is not as described: here, or read back from there. The pointer
    is then as it was.
    """
    verify(release)
    pointer = Pointer.to(release)
    held = store.sizes(release.id)
    with ThreadPoolExecutor(TRANSFERS) as pool:
        copies = [pool.submit(_copy, release, store, held, file, sha256) for file, sha256 in _described(release)]
    for copy in copies:
        copy.result()
    # Last, so that a release whose copy was cut short has none.
    _copy(release, store, held, DATAPACKAGE, pointer.datapackage_sha256)
    store.put(POINTER, json.dumps(asdict(pointer), indent=1).encode())
    _retire(store, release.id, keep)


def _described(release: Release) -> Iterator[tuple[str, str]]:
    """Yield the files of a release with their hashes."""
    for item in release.datapackage["resources"]:
        yield item["path"], item["hash"].removeprefix("sha256:")


def _copy(release: Release, store: Store, held: dict[str, int], file: str, sha256: str) -> None:
    """Copy a file unless it is there, and read it back."""
    name, path = f"{release.id}/{file}", release.path / file
    if held.get(name) == path.stat().st_size and store.sha256(name) == sha256:
        return
    store.put_file(name, path)
    found = store.sha256(name)
    if found != sha256:
        remedy = "Copy it again with `entrepot releases mirror`."
        raise ReleaseDamaged(f"the copy has sha256:{found}, not sha256:{sha256}", store.location(name), remedy)


def _retire(store: Store, current: str, keep: int) -> None:
    """Delete all but the newest `keep` releases and the current one, and what copies that were cut short left.

    Descriptions go first: a release without one counts for nothing. One without that is newer may be on its way.
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

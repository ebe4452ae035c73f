"""Fetching the release that is current at a URL: verified against its description, then moved into place."""

import hashlib
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from orchestration.releases import package
from orchestration.releases.datapackage import finalize_files
from orchestration.releases.directory import (
    DATAPACKAGE,
    Release,
    ReleaseDirectory,
    delete_old_releases,
    delete_release,
    fsync_folders,
    lock_releases,
    move_into_place,
    set_current,
    staging_directory,
)
from orchestration.releases.errors import NoRelease, ReleaseDamaged
from orchestration.releases.mirror import TRANSFERS, Pointer, read_pointer
from orchestration.releases.reader import verify
from orchestration.storage import Missing, Store

REMEDY = "Copy the release there again with `entrepot releases mirror`, where it was made."


def fetch(store: Store, directory: ReleaseDirectory) -> Release:
    """Fetch the release that is current at a URL, make it current here too, and delete the oldest ones here.

    A release that is already here and whole is not fetched again. If the release is deleted at the URL meanwhile, the
    one that has become current there is fetched instead. A kill at any instant leaves `current` on a whole release.

    Raises NoRelease if the URL has none, ReleaseDamaged if it is not as described, StorageError or ReleasesLocked;
    `current` is then unchanged.
    """
    with lock_releases(directory.path):
        pointer = _require_pointer(store)
        while True:
            try:
                release = _fetch_release(store, pointer, directory.path)
                break
            except (Missing, ReleaseDamaged):
                newer = _require_pointer(store)
                if newer == pointer:
                    raise
                pointer = newer
        set_current(directory.current, release.path)
        delete_old_releases(directory)
    return release


def _require_pointer(store: Store) -> Pointer:
    pointer = read_pointer(store)
    if pointer is None:
        raise NoRelease(
            "no release is current there", store.location(), "Is this the ENTREPOT_RELEASES of a warehouse?"
        )
    return pointer


def _fetch_release(store: Store, pointer: Pointer, releases_dir: Path) -> Release:
    """Return the release that a pointer names, fetched unless it is already here and whole."""
    here = Release(releases_dir / pointer.release)
    if _is_whole(here, pointer):
        return here
    with staging_directory(releases_dir) as staging:
        _fetch_files(staging, store, pointer)
        finalize_files(staging)
        fsync_folders(staging)
        if here.path.exists():  # damaged
            delete_release(here)
        return Release(move_into_place(staging, pointer.release), is_new=True)


def _is_whole(release: Release, pointer: Pointer) -> bool:
    if not release.path.exists():
        return False
    try:
        verify(release)
    except ReleaseDamaged:
        return False
    return Pointer.to(release) == pointer


def _fetch_files(staging: Path, store: Store, pointer: Pointer) -> None:
    """Fetch the files of a release into a folder, and verify them against the pointer and the description."""
    description = store.read(f"{pointer.release}/{DATAPACKAGE}")
    if hashlib.sha256(description).hexdigest() != pointer.datapackage_sha256:
        what = f"{DATAPACKAGE} is not the one that the pointer names"
        raise ReleaseDamaged(what, store.location(pointer.release), REMEDY)
    (staging / DATAPACKAGE).write_bytes(description)
    try:
        files = [str(item["path"]) for item in package.parse(description)["resources"]]
    except ValueError as error:
        what = f"{DATAPACKAGE} cannot be read ({error})"
        raise ReleaseDamaged(what, store.location(pointer.release), REMEDY) from error
    for file in files:
        (staging / file).parent.mkdir(parents=True, exist_ok=True)
    with ThreadPoolExecutor(TRANSFERS) as pool:
        fetched = [pool.submit(store.fetch, f"{pointer.release}/{file}", staging / file) for file in files]
    for each in fetched:
        each.result()
    try:
        verify(Release(staging))
    except ReleaseDamaged as damaged:
        raise ReleaseDamaged(damaged.what, store.location(pointer.release), REMEDY) from damaged

"""Getting the release that is current at a URL: verified against its description, then moved into place."""

import hashlib
import json
import shutil
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path, PurePosixPath

from orchestration.releases.datapackage import seal
from orchestration.releases.directory import (
    DATAPACKAGE,
    RETIRING,
    Release,
    flip,
    flush_folders,
    hold,
    place,
    retire,
    staging_directory,
)
from orchestration.releases.errors import NoRelease, ReleaseDamaged
from orchestration.releases.mirror import TRANSFERS, Pointer, pointed
from orchestration.releases.reader import verify
from orchestration.storage import Missing, Store

REMEDY = "Copy the release there again with `entrepot releases mirror`, where it was made."


def fetch(store: Store, releases_dir: Path, current: Path, keep: int) -> Release:
    """Get the release that is current at a URL, make it current here too, and keep the newest `keep`.

    One that is here and whole is not fetched again. A release that is retired there while it is being fetched is let
    go, and the one that the pointer names by then is fetched. A kill at any instant leaves `current` whole.

    Raises NoRelease when the URL has none, ReleaseDamaged when it is not as described, StorageError or ReleasesHeld;
    `current` is then as it was.
    """
    with hold(releases_dir):
        pointer = _pointed(store)
        while True:
            try:
                release = _got(store, pointer, releases_dir)
                break
            except (Missing, ReleaseDamaged):
                later = _pointed(store)
                if later == pointer:
                    raise
                pointer = later
        flip(current, release.path)
        retire(releases_dir, current, keep)
    return release


def _pointed(store: Store) -> Pointer:
    pointer = pointed(store)
    if pointer is None:
        raise NoRelease(
            "no release is current there", store.location(), "Is this the ENTREPOT_RELEASES of a warehouse?"
        )
    return pointer


def _got(store: Store, pointer: Pointer, releases_dir: Path) -> Release:
    """Return the release that a pointer names, as it is here or else fetched."""
    here = Release(releases_dir / pointer.release)
    if _is_whole(here, pointer):
        return here
    with staging_directory(releases_dir) as staging:
        _fill(staging, store, pointer)
        seal(staging)
        flush_folders(staging)
        if here.path.exists():  # damaged
            here.path.rename(releases_dir / RETIRING)
            shutil.rmtree(releases_dir / RETIRING)
        return Release(place(staging, pointer.release), is_new=True)


def _is_whole(release: Release, pointer: Pointer) -> bool:
    if not release.path.exists():
        return False
    try:
        verify(release)
    except ReleaseDamaged:
        return False
    return Pointer.to(release) == pointer


def _fill(staging: Path, store: Store, pointer: Pointer) -> None:
    """Fetch the files of a release into a folder, and hold them against what the pointer and the description say."""
    description = store.read(f"{pointer.release}/{DATAPACKAGE}")
    if hashlib.sha256(description).hexdigest() != pointer.datapackage_sha256:
        what = f"{DATAPACKAGE} is not the one that the pointer means"
        raise ReleaseDamaged(what, store.location(pointer.release), REMEDY)
    (staging / DATAPACKAGE).write_bytes(description)
    files = [str(item["path"]) for item in json.loads(description)["resources"]]
    for file in files:
        if PurePosixPath(file).is_absolute() or ".." in PurePosixPath(file).parts:
            raise ReleaseDamaged(f"a file leads out of the release ({file!r})", store.location(pointer.release), REMEDY)
        (staging / file).parent.mkdir(parents=True, exist_ok=True)
    with ThreadPoolExecutor(TRANSFERS) as pool:
        fetched = [pool.submit(store.fetch, f"{pointer.release}/{file}", staging / file) for file in files]
    for each in fetched:
        each.result()
    try:
        verify(Release(staging))
    except ReleaseDamaged as damaged:
        raise ReleaseDamaged(damaged.what, store.location(pointer.release), REMEDY) from damaged

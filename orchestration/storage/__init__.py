"""Object storage: a local folder, or the URL of an object store. `Store` says what both promise.

An object is visible whole or not at all, and is durable when `put` returns. Everything at a URL goes through fsspec,
whose file systems retry by themselves and read their credentials from the environment. A folder never imports fsspec.
"""

from pathlib import Path
from tempfile import TemporaryDirectory
from urllib.parse import unquote, urlsplit

from orchestration.storage.files import file_sha256
from orchestration.storage.folder_store import FolderStore
from orchestration.storage.store import Changed, Missing, StorageError, Store, validated_url

__all__ = [
    "Changed",
    "FolderStore",
    "Missing",
    "StorageError",
    "Store",
    "local_copy",
    "local_folder",
    "open_store",
    "validated_url",
]

# fsspec's names of its local file system. A URL's scheme may be in capital letters.
LOCAL_SCHEMES = frozenset({"file", "local"})


def open_store(location: Path | str) -> Store:
    """Return the store in a folder or at a URL, see `local_folder`. Raises StorageError for an invalid URL.

    Nothing is requested yet: whether the URL can be reached shows at the first use.
    """
    if isinstance(location, Path):
        return FolderStore(location)
    try:
        url = validated_url(location)
    except ValueError as error:
        raise StorageError(str(error), "this address", "Correct it.") from None
    if folder := local_folder(url):
        return FolderStore(folder)
    from orchestration.storage.object_store import ObjectStore

    return ObjectStore(url)


def local_folder(url: str) -> Path | None:
    """Return the folder that a URL names, in every spelling (`file://`, `FILE://localhost`, `local://`), or None."""
    parts = urlsplit(url)
    return Path(unquote(parts.path)) if parts.scheme in LOCAL_SCHEMES else None


def local_copy(store: Store, name: str, sha256: str, cache: Path) -> Path:
    """Return a local file with an object's bytes, for what reads files only, such as DuckDB's `attach`.

    In a folder it is the object itself. From a URL it is a copy in the cache folder, named by its hash, so that only
    the first use reads the store. Its bytes are verified at each use.

    Raises:
        Missing: There is no such object.
        Changed: Its bytes do not have that hash.
    """
    if isinstance(store, FolderStore):
        _verify(store, name, sha256, store.sha256(name))
        return store.root / name
    copy = cache / sha256
    if not copy.exists() or file_sha256(copy) != sha256:
        cache.mkdir(parents=True, exist_ok=True)
        with TemporaryDirectory(dir=cache, prefix=".") as folder:
            fetched = Path(folder) / sha256
            store.fetch(name, fetched)
            _verify(store, name, sha256, file_sha256(fetched))
            FolderStore(cache).put_file(sha256, fetched)
    return copy


def _verify(store: Store, name: str, sha256: str, found: str) -> None:
    if found != sha256:
        what = f"its bytes hash to {found}, not {sha256}"
        raise Changed(what, store.location(name), "Copy it there again from where it was made.")

"""Local copies of objects, for what reads files only, such as DuckDB's `attach`."""

from pathlib import Path
from tempfile import TemporaryDirectory

from orchestration.storage.errors import StorageError
from orchestration.storage.files import file_sha256
from orchestration.storage.folder import Folder
from orchestration.storage.store import Store


def local_copy(store: Store, name: str, sha256: str, cache: Path) -> Path:
    """Return a local file with an object's bytes: the file itself, or a copy in a cache folder, named by its hash.

    Only the first use reads the store. Raises Missing, or StorageError when the bytes do not have that hash.
    """
    if isinstance(store, Folder):
        return store.root / name
    copy = cache / sha256
    if not copy.exists():
        cache.mkdir(parents=True, exist_ok=True)
        with TemporaryDirectory(dir=cache, prefix=".") as folder:
            fetched = Path(folder) / sha256
            store.fetch(name, fetched)
            found = file_sha256(fetched)
            if found != sha256:
                what = f"its bytes hash to {found}, not {sha256}"
                raise StorageError(what, store.place(name), "Put it there again from where it was made.")
            Folder(cache).put_file(sha256, fetched)
    return copy

"""A store at a URL, through fsspec. Each object is written by one PUT, which object stores show whole or not at all."""

import hashlib
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

from fsspec.core import url_to_fs

from orchestration.storage.store import Missing, StorageError, Store

BLOCK_BYTES = 8 * 2**20
REMEDY = "Check the address, the network and the credentials, and try again."


class ObjectStore(Store):
    """Objects under a URL such as `s3://bucket/prefix`.

    fsspec's cache of listings is off: another process may have written since.
    """

    def __init__(self, url: str) -> None:
        self._url = url
        with self._storage_errors():
            self.filesystem, root = url_to_fs(self._url, use_listings_cache=False)
        self._root = root.rstrip("/")

    def location(self, name: str = "") -> str:
        return f"{self._url}/{name}" if name else self._url

    def put(self, name: str, payload: bytes) -> None:
        with self._storage_errors(name):
            self.filesystem.pipe_file(self._path(name), payload)

    def put_file(self, name: str, file: Path) -> None:
        with self._storage_errors(name):
            self.filesystem.put_file(str(file), self._path(name))

    def read(self, name: str) -> bytes:
        with self._storage_errors(name):
            return bytes(self.filesystem.cat_file(self._path(name)))

    def read_all(self, names: Iterable[str]) -> dict[str, bytes]:
        paths = {self._path(name): name for name in names}
        with self._storage_errors():
            found = self.filesystem.cat(list(paths)) if paths else {}
        return {name: bytes(found[path]) for path, name in paths.items()}

    def fetch(self, name: str, to: Path) -> None:
        with self._storage_errors(name):
            self.filesystem.get_file(self._path(name), str(to))

    def sha256(self, name: str) -> str:
        digest = hashlib.sha256()
        with self._storage_errors(name), self.filesystem.open(self._path(name), "rb", block_size=BLOCK_BYTES) as file:
            while block := file.read(BLOCK_BYTES):
                digest.update(block)
        return digest.hexdigest()

    def exists(self, name: str) -> bool:
        with self._storage_errors(name):
            return bool(self.filesystem.exists(self._path(name)))

    def sizes(self, folder: str = "") -> dict[str, int]:
        with self._storage_errors(folder):
            found = self.filesystem.find(self._path(folder), detail=True)
        return {path.removeprefix(f"{self._root}/"): int(found[path]["size"]) for path in sorted(found)}

    def delete(self, names: Iterable[str]) -> None:
        for name in names:
            try:
                with self._storage_errors(name):
                    self.filesystem.rm_file(self._path(name))
            except Missing:
                continue

    def _path(self, name: str) -> str:
        return f"{self._root}/{name}" if name else self._root

    @contextmanager
    def _storage_errors(self, name: str = "") -> Iterator[None]:
        """Raise what fsspec raises in the block as a StorageError."""
        try:
            yield
        except FileNotFoundError as error:
            raise Missing(f"there is no such object ({_message(error)})", self.location(name), REMEDY) from None
        except ImportError as error:
            raise StorageError(
                _message(error), self.location(name), "For s3:// run `pip install 'entrepot[s3]'`."
            ) from None
        except Exception as error:  # noqa: BLE001 - each file system raises its own errors, without a common base
            raise StorageError(_message(error), self.location(name), REMEDY) from None


def _message(error: Exception) -> str:
    """Return a file system's error message on one line."""
    return " ".join(str(error).split()) or type(error).__name__

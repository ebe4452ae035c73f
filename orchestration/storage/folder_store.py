"""A store in a local folder."""

import shutil
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from orchestration.storage.files import file_sha256, write_atomically
from orchestration.storage.store import Missing, StorageError, Store


class FolderStore(Store):
    """Objects as read-only files under a folder. Names that begin with a dot are unfinished files, not objects."""

    def __init__(self, root: Path) -> None:
        self.root = root

    def location(self, name: str = "") -> str:
        return str(self.root / name)

    def put(self, name: str, payload: bytes) -> None:
        self._write(name, lambda file: file.write(payload))

    def put_file(self, name: str, file: Path) -> None:
        with file.open("rb") as source:
            self._write(name, lambda target: shutil.copyfileobj(source, target))

    def read(self, name: str) -> bytes:
        with self._storage_errors(name):
            return (self.root / name).read_bytes()

    def read_all(self, names: Iterable[str]) -> dict[str, bytes]:
        return {name: self.read(name) for name in names}

    def fetch(self, name: str, to: Path) -> None:
        with self._storage_errors(name):
            shutil.copyfile(self.root / name, to)

    def sha256(self, name: str) -> str:
        with self._storage_errors(name):
            return file_sha256(self.root / name)

    def exists(self, name: str) -> bool:
        return (self.root / name).is_file()

    def sizes(self, folder: str = "") -> dict[str, int]:
        files = sorted(path for path in (self.root / folder).rglob("*") if path.is_file())
        named = ((path.relative_to(self.root), path) for path in files)
        return {
            name.as_posix(): path.stat().st_size
            for name, path in named
            if not any(part.startswith(".") for part in name.parts)
        }

    def delete(self, names: Iterable[str]) -> None:
        for name in names:
            with self._storage_errors(name):
                (self.root / name).unlink(missing_ok=True)

    def _write(self, name: str, write: Callable[[IO[bytes]], object]) -> None:
        with self._storage_errors(name), write_atomically(self.root / name) as file:
            write(file)

    @contextmanager
    def _storage_errors(self, name: str) -> Iterator[None]:
        """Raise what the operating system raises in the block as a StorageError."""
        try:
            yield
        except FileNotFoundError:
            raise Missing("there is no such file", self.root / name, "Check the path.") from None
        except OSError as error:
            raise StorageError(
                str(error.strerror or error), self.root / name, "Fix the cause and try again."
            ) from error

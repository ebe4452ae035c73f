"""What a folder and an object store can both do, and what they promise."""

from abc import ABC, abstractmethod
from collections.abc import Iterable
from pathlib import Path
from typing import Any


class Store(ABC):
    """Objects by name, such as `record/totals/0a1b`; names are relative, with `/` between their parts.

    Each method raises StorageError when the store cannot be reached or refuses.
    """

    # For DuckDB: `connection.register_filesystem(store.filesystem)`, once, then `read_parquet(store.place(name))`.
    # None for a folder, which DuckDB reads by itself.
    filesystem: Any = None

    @abstractmethod
    def place(self, name: str = "") -> str:
        """Return the path or URL of an object, or of the store."""

    @abstractmethod
    def put(self, name: str, payload: bytes) -> None:
        """Write an object, in the place of the one of that name if there is one.

        Readers see the old object or the new one, never a part; so does whoever looks after a kill. The new one is
        durable when this returns.
        """

    @abstractmethod
    def put_file(self, name: str, file: Path) -> None:
        """Write an object from a local file, as `put` does."""

    @abstractmethod
    def read(self, name: str) -> bytes:
        """Return an object's bytes. Raises Missing."""

    @abstractmethod
    def read_all(self, names: Iterable[str]) -> dict[str, bytes]:
        """Return the bytes of several small objects, read side by side. Raises Missing."""

    @abstractmethod
    def fetch(self, name: str, to: Path) -> None:
        """Write an object to a local file, which a failure may leave half-written. Raises Missing."""

    @abstractmethod
    def sha256(self, name: str) -> str:
        """Return the hash of an object's bytes, all of which are read. Raises Missing."""

    @abstractmethod
    def exists(self, name: str) -> bool:
        """Say whether there is an object of that name."""

    @abstractmethod
    def sizes(self, folder: str = "") -> dict[str, int]:
        """Return the size of every object below a folder, bytes, by name in order. Below none there is none."""

    @abstractmethod
    def delete(self, names: Iterable[str]) -> None:
        """Delete objects, one after the other; one that is gone already is no error."""

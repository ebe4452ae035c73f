"""What a folder and an object store can both do, what they promise, and the errors that they raise."""

from abc import ABC, abstractmethod
from collections.abc import Iterable
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit


class StorageError(Exception):
    """An object could not be written, read, listed or deleted. The message holds no credentials."""

    def __init__(self, what: str, where: object, remedy: str) -> None:
        self.what, self.where, self.remedy = what, str(where), remedy
        super().__init__(f"{what}: {where}. {remedy}")


class Missing(StorageError):
    """There is no object of that name, or not even the bucket."""


class Changed(StorageError):
    """An object's bytes do not have the hash that they should have."""


class Store(ABC):
    """Objects by name, such as `record/totals/0a1b`; names are relative, with `/` between their parts.

    Each method raises StorageError when the store cannot be reached or refuses.
    """

    # For DuckDB: `connection.register_filesystem(store.filesystem)` once, then `read_parquet(store.location(name))`.
    # None for a folder, which DuckDB reads by itself.
    filesystem: Any = None

    @abstractmethod
    def location(self, name: str = "") -> str:
        """Return the path or URL of an object, or of the store."""

    @abstractmethod
    def put(self, name: str, payload: bytes) -> None:
        """Write an object, replacing the one of that name if there is one.

        Readers see the old object or the new one, never a part of it, even after a kill. The new one is durable when
        this returns.
        """

    @abstractmethod
    def put_file(self, name: str, file: Path) -> None:
        """Write an object from a local file, as `put` does."""

    @abstractmethod
    def read(self, name: str) -> bytes:
        """Return an object's bytes. Raises Missing."""

    @abstractmethod
    def read_all(self, names: Iterable[str]) -> dict[str, bytes]:
        """Return the bytes of several small objects by name, read concurrently. Raises Missing."""

    @abstractmethod
    def fetch(self, name: str, to: Path) -> None:
        """Copy an object to a local file, which a failure may leave half-written. Raises Missing."""

    @abstractmethod
    def sha256(self, name: str) -> str:
        """Return the hash of an object's bytes, in hexadecimal. Reads all of them. Raises Missing."""

    @abstractmethod
    def exists(self, name: str) -> bool:
        """Return True if there is an object of that name."""

    @abstractmethod
    def sizes(self, folder: str = "") -> dict[str, int]:
        """Return the size in bytes of every object below a folder, sorted by name; empty if there is no such folder."""

    @abstractmethod
    def delete(self, names: Iterable[str]) -> None:
        """Delete objects one after the other. An object that is already gone is not an error."""


def validated_url(url: str) -> str:
    """Return a store's URL without trailing slashes.

    Raises ValueError, whose message does not repeat the URL, when it contains more than a location. fsspec would read
    `simplecache::s3://` and queries as options, some of which break what a store promises.
    """
    parts = urlsplit(url)
    if not parts.scheme or not (parts.netloc + parts.path).strip("/") or "::" in url or parts.query or parts.fragment:
        raise ValueError("must be a URL such as s3://bucket/prefix")
    if parts.password:
        raise ValueError("must hold no password: credentials come from the environment")
    return url.rstrip("/")

"""A read-only filesystem for DuckDB with a given set of files."""

from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, BinaryIO

from fsspec import AbstractFileSystem


class LakeFiles(AbstractFileSystem):  # type: ignore[misc]
    """Files by their `lake://` addresses. Methods that would change one raise, as they do in the base class."""

    protocol = "lake"
    cachable = False

    def __init__(self, paths: Mapping[str, str]) -> None:
        super().__init__()
        self._paths = {address: Path(path) for address, path in paths.items()}

    @classmethod
    def _strip_protocol(cls, path: str) -> str:
        return path

    def exists(self, path: str, **_: Any) -> bool:
        return path in self._paths

    def isfile(self, path: str) -> bool:
        return path in self._paths

    def isdir(self, _: str) -> bool:
        return False

    def glob(self, path: str, **_: Any) -> list[str]:
        return [path] if path in self._paths else []

    def info(self, path: str, **_: Any) -> dict[str, Any]:
        state = self._paths[path].stat()
        return {"name": path, "size": state.st_size, "type": "file", "mtime": state.st_mtime}

    def modified(self, path: str) -> datetime:
        return datetime.fromtimestamp(self._paths[path].stat().st_mtime, UTC)

    def open(self, path: str, mode: str = "rb", **_: Any) -> BinaryIO:
        """Open a file for reading. Raises PermissionError for any other mode."""
        if mode != "rb":
            raise PermissionError(f"{path}: the lake can't be written")
        return self._paths[path].open("rb")

"""Where objects are kept: a folder, or the URL of an object store. What both promise is in `Store`.

An object appears whole or not at all, and is durable when `put` returns. Everything at a URL goes through fsspec, whose
file systems bring their own retries and read their credentials from the environment. A folder never imports fsspec.
"""

from pathlib import Path
from urllib.parse import unquote, urlsplit

from orchestration.storage.copies import local_copy
from orchestration.storage.errors import Missing, StorageError
from orchestration.storage.folder import Folder
from orchestration.storage.store import Store
from orchestration.storage.urls import plain

__all__ = ["Folder", "Missing", "StorageError", "Store", "at", "local_copy"]


def at(place: Path | str) -> Store:
    """Return the store at a folder or a URL; `file://` leads to a folder. Raises StorageError for what is none.

    Nothing is asked yet: whether the URL can be reached shows at the first use.
    """
    if isinstance(place, Path):
        return Folder(place)
    try:
        url = plain(place)
    except ValueError as error:
        raise StorageError(str(error), "this address", "Correct it.") from None
    parts = urlsplit(url)
    if parts.scheme == "file":
        return Folder(Path(unquote(parts.path)))
    from orchestration.storage.objects import Objects

    return Objects(url)

"""A log in an object store, which cannot append: one object per entry, with names that sort in the order of writing.

A name is the time of writing, or a microsecond after the newest entry if the clock went back, and eight random digits,
so that no entry overwrites another. Entries never change: each machine reads one once and caches it in a file, one
entry per line. Which entries exist is known from the store's listing only, never from the cache.
"""

import hashlib
import secrets
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from functools import cached_property
from pathlib import Path
from threading import RLock

from orchestration.archive.logs import Log
from orchestration.storage import FolderStore, Store
from orchestration.storage.files import set_aside_unless_file

TIME_FORMAT = "%Y%m%dT%H%M%S.%fZ"


class ObjectLog(Log):
    """The log in a folder of a store: the entries listed at first use, and those appended by this object since.

    `cache` is the file of entries that were read before. Without one, all entries are read from the store.
    """

    def __init__(self, store: Store, folder: str, cache: Path | None) -> None:
        self._store, self._folder, self._cache = store, folder, cache
        self._entries: dict[str, bytes] = {}
        self._lock = RLock()  # publishers are fetched concurrently

    def __str__(self) -> str:
        return self._store.location(self._folder)

    def append(self, entry: str) -> None:
        with self._lock:
            name = f"{self._folder}/{_next_time(self._names)}-{secrets.token_hex(4)}.json"
            self._store.put(name, entry.encode())
            self._names.append(name)
            self._entries[name] = entry.encode()

    def entries(self) -> Iterator[tuple[str, bytes]]:
        with self._lock:
            missing = [name for name in self._names if name not in self._entries]
            if missing:
                self._read(missing)
            listed = [(self._store.location(name), self._entries[name]) for name in self._names]
        yield from listed

    @cached_property
    def _names(self) -> list[str]:
        return list(self._store.sizes(self._folder))

    def _read(self, missing: list[str]) -> None:
        """Read entries from the cache, and those that it lacks from the store; then rewrite the cache."""
        cached = _cached(self._cache)
        self._entries |= {name: cached[name] for name in missing if name in cached}
        unread = [name for name in missing if name not in cached]
        self._entries |= self._store.read_all(unread)
        if self._cache and unread:
            lines = b"".join(b"%s %s\n" % (name.encode(), self._entries[name]) for name in self._names)
            set_aside_unless_file(self._cache)
            FolderStore(self._cache.parent).put(self._cache.name, _hash(lines) + lines)


def _next_time(names: list[str]) -> str:
    """Return the time in the name of the next entry: now, or just after the newest entry."""
    now = datetime.now(UTC)
    if names:
        stamp = names[-1].rpartition("/")[2].partition("-")[0]
        now = max(now, datetime.strptime(stamp, TIME_FORMAT).replace(tzinfo=UTC) + timedelta(microseconds=1))
    return now.strftime(TIME_FORMAT)


def _hash(lines: bytes) -> bytes:
    """Return the first line of a cache: a hash of the others."""
    return hashlib.sha256(lines).hexdigest().encode() + b"\n"


def _cached(cache: Path | None) -> Mapping[str, bytes]:
    """Return the cached entries by name. A cache that is lost or damaged is harmless: entries are read again."""
    if cache is None or not cache.is_file():
        return {}
    first, _, lines = cache.read_bytes().partition(b"\n")
    if first + b"\n" != _hash(lines):
        return {}
    # Not `splitlines`: entries may contain other line separators. After the last line comes an empty one.
    return {name.decode(): entry for name, _, entry in (line.partition(b" ") for line in lines.split(b"\n")[:-1])}

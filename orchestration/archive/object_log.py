"""A log in an object store, which cannot append: one object per entry, with names that sort in the order of writing.

A name is the time of writing, or a microsecond after the newest entry if the clock went back, and eight random digits,
so that no entry overwrites another. Entries never change: each machine reads one once and caches it in a file, one
entry per line. Which entries exist is known from the store's listing only, never from the cache.
"""

import secrets
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from functools import cached_property
from pathlib import Path
from threading import RLock

from orchestration.archive.logs import Log
from orchestration.storage import FolderStore, Store

TIME_FORMAT = "%Y%m%dT%H%M%S.%fZ"


class ObjectLog(Log):
    """The log in a folder of a store: the entries listed at first use, and those appended by this object since.

    `cache` is the file of entries that were read before. Without one, all entries are read from the store.
    """

    def __init__(self, store: Store, folder: str, cache: Path | None) -> None:
        self._store, self._folder, self._cache = store, folder, cache
        self._entries: dict[str, str] = {}
        self._lock = RLock()  # publishers are fetched concurrently

    def __str__(self) -> str:
        return self._store.location(self._folder)

    def append(self, entry: str) -> None:
        with self._lock:
            name = f"{self._folder}/{_next_time(self._names)}-{secrets.token_hex(4)}.json"
            self._store.put(name, entry.encode())
            self._names.append(name)
            self._entries[name] = entry

    def entries(self) -> Iterator[str]:
        with self._lock:
            missing = [name for name in self._names if name not in self._entries]
            if missing:
                self._read(missing)
            listed = [self._entries[name] for name in self._names]
        yield from listed

    @cached_property
    def _names(self) -> list[str]:
        return list(self._store.sizes(self._folder))

    def _read(self, missing: list[str]) -> None:
        """Read entries from the cache, and those that it lacks from the store; then rewrite the cache."""
        cached = _cached(self._cache)
        self._entries |= {name: cached[name] for name in missing if name in cached}
        unread = [name for name in missing if name not in cached]
        self._entries |= {name: entry.decode() for name, entry in self._store.read_all(unread).items()}
        if self._cache and unread:
            lines = "".join(f"{name} {self._entries[name]}\n" for name in self._names)
            FolderStore(self._cache.parent).put(self._cache.name, lines.encode())


def _next_time(names: list[str]) -> str:
    """Return the time in the name of the next entry: now, or just after the newest entry."""
    now = datetime.now(UTC)
    if names:
        stamp = names[-1].rpartition("/")[2].partition("-")[0]
        now = max(now, datetime.strptime(stamp, TIME_FORMAT).replace(tzinfo=UTC) + timedelta(microseconds=1))
    return now.strftime(TIME_FORMAT)


def _cached(cache: Path | None) -> Mapping[str, str]:
    """Return the cached entries by name. A cache that is lost or truncated is harmless: entries are read again."""
    if cache is None or not cache.exists():
        return {}
    # Not `splitlines`: entries may contain other line separators, such as U+2028. A truncated last line is dropped.
    *lines, _ = cache.read_text(encoding="utf-8").split("\n")
    return {name: entry for name, _, entry in (line.partition(" ") for line in lines)}

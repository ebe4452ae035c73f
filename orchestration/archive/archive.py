"""Stores payloads under their SHA-256, and verifies it when they are read."""

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from orchestration import storage
from orchestration.archive.entries import Sighting, Visit
from orchestration.archive.logs import FileLog, Log
from orchestration.archive.object_log import ObjectLog
from orchestration.settings import Settings
from orchestration.storage.files import file_sha256


class ArchiveError(Exception):
    """A payload that the ledger lists is missing, or its bytes no longer match its hash."""


class Archive:
    """The archive in a folder or at a URL. Only a process that holds the warehouse's lock may write to it.

    Args:
        root: The folder or the URL.
        until: Ignore sightings after this time.
        cache: The folder where log entries of an archive at a URL are cached after they were read.

    Every method raises StorageError if the folder or URL can't be reached.
    """

    def __init__(self, root: Path | str, until: datetime | None = None, cache: Path | None = None) -> None:
        self._payloads = storage.open_store(root)
        self.ledger = self._log("ledger", cache)
        self.log_of_visits = self._log("visits", cache)
        self._until = until

    @classmethod
    def of(cls, settings: Settings, until: datetime | None = None) -> "Archive":
        """Return the archive that the settings name, without sightings after `until`."""
        return cls(settings.archive_dir, until, settings.build_file.parent)

    def _log(self, name: str, cache: Path | None) -> Log:
        if isinstance(self._payloads, storage.FolderStore):
            return FileLog(self._payloads.root / f"{name}.jsonl")
        # Archives at several URLs may share a cache folder.
        url_hash = hashlib.sha256(self._payloads.location().encode()).hexdigest()[:8]
        return ObjectLog(self._payloads, name, cache / f"{name}-{url_hash}.txt" if cache else None)

    def place(self, source: str, dataset: str, sha256: str) -> str:
        """Return the path or URL of a payload."""
        return self._payloads.location(_name(source, dataset, sha256))

    def store(self, payload: bytes, *, source: str, dataset: str, url: str, licence: str, **more: Any) -> Sighting:
        """Store the bytes, unless they are stored already, and record the sighting; both are durable on return.

        `more` are further fields of `Sighting`, such as `part`, `published_on` or `status`.
        """
        sighting = Sighting(
            source=source,
            dataset=dataset,
            sha256=hashlib.sha256(payload).hexdigest(),
            url=url,
            retrieved_at=datetime.now(UTC),
            bytes=len(payload),
            licence=licence,
            **more,
        )
        name = _name(source, dataset, sighting.sha256)
        if not self._payloads.exists(name):
            self._payloads.put(name, payload)
        self.ledger.append(sighting.to_json())
        return sighting

    def store_file(self, file: Path, **more: Any) -> Sighting:
        """Store a file that is too large for memory, as `store` does; `more` are the other fields of `Sighting`."""
        sha256 = file_sha256(file)
        size = file.stat().st_size
        sighting = Sighting(sha256=sha256, retrieved_at=datetime.now(UTC), bytes=size, **more)
        name = _name(sighting.source, sighting.dataset, sha256)
        if not self._payloads.exists(name):
            self._payloads.put_file(name, file)
        self.ledger.append(sighting.to_json())
        return sighting

    def local_file(self, seen: Sighting, cache: Path) -> Path:
        """Return the path of a payload as a local file: the archive's own, or a copy from the URL in `cache`.

        Raises StorageError if it is missing or its hash differs.
        """
        return storage.local_copy(self._payloads, _name(seen.source, seen.dataset, seen.sha256), seen.sha256, cache)

    def see_again(self, sighting: Sighting, headers: Mapping[str, str]) -> Sighting:
        """Record that the publisher still serves an archived payload, after an answer such as 304 Not Modified."""
        again = replace(sighting, retrieved_at=datetime.now(UTC), headers={**sighting.headers, **headers})
        self.ledger.append(again.to_json())
        return again

    def read(self, source: str, dataset: str, sha256: str) -> bytes:
        """Return a payload's bytes after checking their hash. Raises ArchiveError if they are missing or changed."""
        place = self.place(source, dataset, sha256)
        try:
            payload = self._payloads.read(_name(source, dataset, sha256))
        except storage.Missing:
            raise ArchiveError(f"{place} is missing; restore the archive from its backup") from None
        found = hashlib.sha256(payload).hexdigest()
        if found != sha256:
            raise ArchiveError(f"{place} was changed: its bytes now hash to {found}; restore it from a backup")
        return payload

    def sightings(self) -> Iterator[Sighting]:
        """Yield every sighting, oldest first."""
        seen = (Sighting.from_json(entry) for entry in self.ledger.entries())
        yield from (s for s in seen if self._until is None or s.retrieved_at <= self._until)

    def record(self, visit: Visit) -> None:
        """Record a visit to a publisher, whether it answered or not."""
        self.log_of_visits.append(visit.to_json())

    def visits(self) -> Iterator[Visit]:
        """Yield every visit to a publisher, oldest first."""
        yield from map(Visit.from_json, self.log_of_visits.entries())


def _name(source: str, dataset: str, sha256: str) -> str:
    return f"{source}/{dataset}/{sha256}"

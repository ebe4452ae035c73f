"""Keeping payloads, and giving them back with the proof that they are what was kept."""

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
    """A payload that the ledger names is missing, or its bytes no longer have the hash that names them."""


class Archive:
    """The archive in a folder or at a URL, as it was at a moment if one is given.

    Who writes holds the warehouse's lock.

    `cache` is the folder where the entries of a ledger at a URL are kept after they were read. Each method raises
    StorageError when the place cannot be reached.
    """

    def __init__(self, root: Path | str, until: datetime | None = None, cache: Path | None = None) -> None:
        self._payloads = storage.open_store(root)
        self.ledger = self._log("ledger", cache)
        self.log_of_visits = self._log("visits", cache)
        self._until = until

    @classmethod
    def of(cls, settings: Settings, until: datetime | None = None) -> "Archive":
        """Return the archive that the settings name, as it was at a moment if one is given."""
        return cls(settings.archive_dir, until, settings.build_file.parent)

    def _log(self, name: str, cache: Path | None) -> Log:
        if isinstance(self._payloads, storage.FolderStore):
            return FileLog(self._payloads.root / f"{name}.jsonl")
        place = hashlib.sha256(self._payloads.location().encode()).hexdigest()[:8]
        return ObjectLog(self._payloads, name, cache / f"{name}-{place}.txt" if cache else None)

    def place(self, source: str, dataset: str, sha256: str) -> str:
        """Return the path or URL of a payload."""
        return self._payloads.location(_name(source, dataset, sha256))

    def store(self, payload: bytes, *, source: str, dataset: str, url: str, licence: str, **more: Any) -> Sighting:
        """Keep the bytes, once, and record the sighting; both are durable when this returns.

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
        """Keep a file too large to be held in memory, as `store` does its bytes, and record the sighting."""
        sha256 = file_sha256(file)
        size = file.stat().st_size
        sighting = Sighting(sha256=sha256, retrieved_at=datetime.now(UTC), bytes=size, **more)
        name = _name(sighting.source, sighting.dataset, sha256)
        if not self._payloads.exists(name):
            self._payloads.put_file(name, file)
        self.ledger.append(sighting.to_json())
        return sighting

    def local_file(self, seen: Sighting, cache: Path) -> Path:
        """Return a payload as a local file: its own in a folder, else a copy, proved by its hash.

        Raises StorageError when it is missing or has another hash.
        """
        return storage.local_copy(self._payloads, _name(seen.source, seen.dataset, seen.sha256), seen.sha256, cache)

    def see_again(self, sighting: Sighting, headers: Mapping[str, str]) -> Sighting:
        """Record that the publisher still serves a payload that is held, without having sent it again."""
        again = replace(sighting, retrieved_at=datetime.now(UTC), headers={**sighting.headers, **headers})
        self.ledger.append(again.to_json())
        return again

    def read(self, source: str, dataset: str, sha256: str) -> bytes:
        """Return a payload's bytes, proved by their hash. Raises ArchiveError when they are missing or changed."""
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
        """Record that a publisher was asked, whether it answered or not."""
        self.log_of_visits.append(visit.to_json())

    def visits(self) -> Iterator[Visit]:
        """Yield every visit to a publisher, oldest first."""
        yield from map(Visit.from_json, self.log_of_visits.entries())


def _name(source: str, dataset: str, sha256: str) -> str:
    return f"{source}/{dataset}/{sha256}"

"""Stores payloads under their SHA-256, and verifies it when they are read."""

import hashlib
import re
from collections import Counter
from collections.abc import Collection, Iterator, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TypeVar

from orchestration import storage
from orchestration.archive.entries import QUARANTINED, Quarantine, Sighting, Visit
from orchestration.archive.logs import FileLog, Log
from orchestration.archive.object_log import ObjectLog
from orchestration.archive.released import LakeVintage, PayloadVintage, Released, ReleasedEntry
from orchestration.settings import Settings
from orchestration.storage.files import file_sha256

Entry = TypeVar("Entry", Sighting, Visit, Quarantine, ReleasedEntry)
PAYLOAD = re.compile(r"([^/]+)/[^/]+/[0-9a-f]{64}")
# A killed run may leave one payload of each source without an entry: the one that it was just storing. And the remedy
# for a damaged entry is to delete it. More than that is a loss.
MOST_MISSING = 1


class ArchiveError(Exception):
    """A payload of the ledger is missing, its bytes do not match its hash, or a log is damaged or incomplete."""


class Archive:
    """The archive in a folder or at a URL. Only a process that holds the warehouse's lock may write to it.

    Args:
        root: The folder or the URL.
        until: Ignore sightings and releases after this time.
        cache: The folder where log entries of an archive at a URL are cached after they were read.

    Every method raises StorageError if the folder or URL can't be reached.
    """

    def __init__(self, root: Path | str, until: datetime | None = None, cache: Path | None = None) -> None:
        self._payloads = storage.open_store(root)
        self.ledger = self._log("ledger", cache)
        self.log_of_visits = self._log("visits", cache)
        self.log_of_quarantines = self._log("quarantine", cache)
        self.log_of_releases = self._log("released", cache)
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

        The result says if the bytes are quarantined, as in `sightings`.
        `more` are further fields of `Sighting`, such as `part`, `published_on` or `status`. Raises ArchiveError if the
        ledger has lost its entries: a new one would hide that.
        """
        self._require_ledger()
        self._begin_log_of_releases()
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
        return _marked(sighting, self.quarantined())

    def store_file(self, file: Path, **more: Any) -> Sighting:
        """Store a file that is too large for memory, as `store` does; `more` are the other fields of `Sighting`."""
        self._require_ledger()
        self._begin_log_of_releases()
        sha256 = file_sha256(file)
        size = file.stat().st_size
        sighting = Sighting(sha256=sha256, retrieved_at=datetime.now(UTC), bytes=size, **more)
        name = _name(sighting.source, sighting.dataset, sha256)
        if not self._payloads.exists(name):
            self._payloads.put_file(name, file)
        self.ledger.append(sighting.to_json())
        return _marked(sighting, self.quarantined())

    def local_file(self, seen: Sighting, cache: Path) -> Path:
        """Return the path of a payload as a local file: the archive's own, or a copy from the URL in `cache`.

        Raises ArchiveError if its bytes are missing or changed.
        """
        name = _name(seen.source, seen.dataset, seen.sha256)
        try:
            return storage.local_copy(self._payloads, name, seen.sha256, cache)
        except storage.Missing as missing:
            raise _missing(missing.where) from None
        except storage.Changed as changed:
            raise _changed(changed.where, changed.what) from None

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
            raise _missing(place) from None
        found = hashlib.sha256(payload).hexdigest()
        if found != sha256:
            raise _changed(place, f"its bytes now hash to {found}")
        return payload

    def sightings(self) -> Iterator[Sighting]:
        """Yield every sighting, oldest first. Those of quarantined payloads have a problem, whenever they were seen.

        Raises ArchiveError if an entry can't be read, or if entries are missing: the ledger is empty and there are
        payloads, or it ends before payloads that were released.
        """
        self._require_ledger()
        quarantined = self.quarantined()
        loss = "its payload stays, and the next build reads it again if it is still served"
        seen = list(_read(self.ledger, Sighting, loss))
        self._require_end_of_ledger(max((s.retrieved_at for s in seen), default=None))
        yield from (_marked(s, quarantined) for s in seen if self._until is None or s.retrieved_at <= self._until)

    def quarantine(self, sha256: str, reason: str, *, undo: bool = False) -> None:
        """Set a payload aside, or take that back. Its bytes stay; nothing uses them while it is quarantined."""
        entry = Quarantine(sha256, reason, datetime.now(UTC), is_undone=undo)
        self.log_of_quarantines.append(entry.to_json())

    def quarantined(self) -> dict[str, str]:
        """Return the reason for each payload that is quarantined now, by hash. Archives of old versions have none."""
        reasons: dict[str, str] = {}
        for entry in _read(self.log_of_quarantines, Quarantine, "its payload is no longer set aside"):
            if entry.is_undone:
                reasons.pop(entry.sha256, None)
            else:
                reasons[entry.sha256] = entry.reason
        return reasons

    def record(self, visit: Visit) -> None:
        """Record a visit to a publisher, whether it answered or not."""
        self.log_of_visits.append(visit.to_json())

    def visits(self) -> Iterator[Visit]:
        """Yield every visit to a publisher, oldest first. Raises ArchiveError, as `sightings` does."""
        yield from _read(self.log_of_visits, Visit, "only the time of that visit is lost")

    def released(self) -> Released:
        """Return what was part of a release. Raises ArchiveError, as `sightings` does."""
        return Released.of(each for each in self._releases() if self._until is None or each.at <= self._until)

    def _releases(self) -> Iterator[ReleasedEntry]:
        return _read(self.log_of_releases, ReleasedEntry, "only what that release had first is lost")

    def record_release(self, release: str, payloads: Collection[PayloadVintage], lake: Collection[LakeVintage]) -> None:
        """Record what a release has that none had before, in time for it to become current; durable on return."""
        before = self.released()
        new_payloads = tuple(sorted(each for each in payloads if not before.has_payload(each)))
        new_lake = tuple(sorted(each for each in lake if not before.has_lake(each)))
        if new_payloads or new_lake:
            entry = ReleasedEntry(datetime.now(UTC), release, new_payloads, new_lake)
            self.log_of_releases.append(entry.to_json())

    def _require_ledger(self) -> None:
        """Raise ArchiveError if the ledger has no entries although payloads are stored or were released."""
        if next(self.ledger.entries(), None) is not None:
            return
        found = [match[1] for name in self._payloads.sizes() if (match := PAYLOAD.fullmatch(name))]
        if max(Counter(found).values(), default=0) > MOST_MISSING:
            raise ArchiveError(
                f"{self.ledger} is missing or empty, but {self._payloads.location()} holds {len(found)} payloads;"
                " restore the ledger from a backup, or move the whole archive away to begin a new one, without history"
            )

    def _require_end_of_ledger(self, newest: datetime | None) -> None:
        """Raise ArchiveError if payloads were released that are newer than the newest entry of the ledger."""
        released = {since for entry in self._releases() for *_, since in entry.payloads}
        lost = sorted(since for since in released if newest is None or since > newest)
        if len(lost) > MOST_MISSING:
            end = f"ends at {newest:%Y-%m-%d %H:%M:%S} UTC" if newest else "has no entries"
            raise ArchiveError(
                f"{self.ledger} {end}, but {len(lost)} later payloads were released, the last of"
                f" {lost[-1]:%Y-%m-%d %H:%M:%S} UTC; restore the ledger from a backup. To go on without the lost"
                f" entries, delete those of {self.log_of_releases} that name later payloads"
            )

    def _begin_log_of_releases(self) -> None:
        """Begin the log before the first payload that it is about is archived."""
        if next(iter(self.log_of_releases.entries()), None) is None:
            self.log_of_releases.append(ReleasedEntry(datetime.now(UTC)).to_json())


def _read(log: Log, kind: type[Entry], loss: str) -> Iterator[Entry]:
    for place, entry in log.entries():
        try:
            yield kind.from_json(entry)
        except ValueError as error:
            what = f"{place} can't be read ({error})"
            raise ArchiveError(f"{what}; restore it from a backup, or delete it: {loss}") from None


def _marked(seen: Sighting, quarantined: Mapping[str, str]) -> Sighting:
    """Return a sighting with the reason for its quarantine, if its payload is quarantined, as its problem."""
    if seen.sha256 not in quarantined:
        return seen
    return replace(seen, problem=f"{QUARANTINED}{quarantined[seen.sha256]}")


def _missing(place: str) -> ArchiveError:
    return ArchiveError(f"{place} is missing; restore the archive from its backup")


def _changed(place: str, how: str) -> ArchiveError:
    return ArchiveError(f"{place} was changed: {how}; restore it from a backup")


def _name(source: str, dataset: str, sha256: str) -> str:
    return f"{source}/{dataset}/{sha256}"

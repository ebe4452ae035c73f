"""Every payload that was ever read: immutable bytes, content-addressed, with a ledger of sightings.

`archive/<source>/<dataset>/<sha256>` holds the bytes; `archive/ledger.jsonl` holds one line a sighting, and
`archive/visits.jsonl` one each time that a publisher was asked. Bytes are on disk before anything parses them. Nothing
here is ever changed or deleted by a run.
"""

import hashlib
import json
import os
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, field, replace
from datetime import UTC, date, datetime
from pathlib import Path
from threading import Lock
from typing import Any


class ArchiveError(Exception):
    """A payload that the ledger names is missing, or its bytes no longer have the hash that names them."""


@dataclass(frozen=True)
class Sighting:
    """One time that a payload was seen: a line of the ledger.

    `part` is the part of the dataset that the payload is, such as a page: a later payload takes the place of an earlier
    one of the same part. `problem` says why a payload was never to be parsed: its transfer went wrong.
    """

    source: str
    dataset: str
    sha256: str
    url: str
    retrieved_at: datetime
    bytes: int
    licence: str
    published_on: date | None = None
    part: str = ""
    status: int | None = None
    problem: str | None = None
    parameters: dict[str, str] = field(default_factory=dict)
    headers: dict[str, str] = field(default_factory=dict)

    def to_json(self) -> str:
        row = asdict(self)
        row["retrieved_at"] = self.retrieved_at.isoformat()
        row["published_on"] = self.published_on.isoformat() if self.published_on else None
        return json.dumps(row, ensure_ascii=False, sort_keys=True)

    @classmethod
    def from_json(cls, line: str) -> "Sighting":
        row = json.loads(line)
        row["retrieved_at"] = datetime.fromisoformat(row["retrieved_at"])
        row["published_on"] = date.fromisoformat(row["published_on"]) if row["published_on"] else None
        return cls(**row)


@dataclass(frozen=True)
class Visit:
    """One time that a publisher was asked, and what came of it: a line of the log of visits."""

    source: str
    asked_at: datetime
    requests: int
    bytes: int
    new_vintages: int
    problems: tuple[str, ...] = ()

    def to_json(self) -> str:
        return json.dumps(asdict(self) | {"asked_at": self.asked_at.isoformat()}, ensure_ascii=False, sort_keys=True)

    @classmethod
    def from_json(cls, line: str) -> "Visit":
        row = json.loads(line)
        asked_at = datetime.fromisoformat(row["asked_at"])
        return cls(**{**row, "asked_at": asked_at, "problems": tuple(row["problems"])})


class Archive:
    """The archive under one folder, as it was at a moment if one is given. Who writes holds the warehouse's lock."""

    def __init__(self, root: Path, until: datetime | None = None) -> None:
        self.root = root
        self.ledger = root / "ledger.jsonl"
        self.log_of_visits = root / "visits.jsonl"
        self._until = until
        self._appending = Lock()  # publishers are read side by side

    def path(self, source: str, dataset: str, sha256: str) -> Path:
        return self.root / source / dataset / sha256

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
        path = self.path(source, dataset, sighting.sha256)
        if not path.exists():
            _write_durably(path, payload)
        self._append(self.ledger, sighting.to_json())
        return sighting

    def see_again(self, sighting: Sighting, headers: Mapping[str, str]) -> Sighting:
        """Record that the publisher still serves a payload that is held, without having sent it again."""
        again = replace(sighting, retrieved_at=datetime.now(UTC), headers={**sighting.headers, **headers})
        self._append(self.ledger, again.to_json())
        return again

    def read(self, source: str, dataset: str, sha256: str) -> bytes:
        """Return a payload's bytes, proved by their hash. Raises ArchiveError when they are missing or changed."""
        path = self.path(source, dataset, sha256)
        try:
            payload = path.read_bytes()
        except FileNotFoundError:
            raise ArchiveError(f"{path} is missing; restore the archive from its backup") from None
        found = hashlib.sha256(payload).hexdigest()
        if found != sha256:
            raise ArchiveError(f"{path} was changed: its bytes now hash to {found}; restore it from a backup")
        return payload

    def sightings(self) -> Iterator[Sighting]:
        """Yield every sighting, oldest first."""
        seen = (Sighting.from_json(line) for line in _whole_lines(self.ledger))
        yield from (s for s in seen if self._until is None or s.retrieved_at <= self._until)

    def record(self, visit: Visit) -> None:
        """Record that a publisher was asked, whether it answered or not."""
        self._append(self.log_of_visits, visit.to_json())

    def visits(self) -> Iterator[Visit]:
        """Yield every visit to a publisher, oldest first."""
        yield from map(Visit.from_json, _whole_lines(self.log_of_visits))

    def _append(self, log: Path, line: str) -> None:
        self.root.mkdir(parents=True, exist_ok=True)
        with self._appending, log.open("ab") as file:
            _cut_half_written_line(log)
            file.write(line.encode() + b"\n")
            file.flush()
            os.fsync(file.fileno())


def _whole_lines(log: Path) -> Iterator[str]:
    """Yield the lines of a log; what a killed run left half-written at its end is none."""
    if log.exists():
        with log.open(encoding="utf-8") as lines:
            yield from (line for line in lines if line.endswith("\n"))


def _cut_half_written_line(log: Path) -> None:
    """Cut what a killed run left behind the last whole line; it never was an entry."""
    with log.open("rb") as file:
        size = file.seek(0, os.SEEK_END)
        file.seek(max(0, size - 1))
        if file.read() in (b"", b"\n"):
            return
    os.truncate(log, log.read_bytes().rfind(b"\n") + 1)


def _write_durably(path: Path, payload: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_name(f".{path.name}.partial")
    with partial.open("wb") as file:
        file.write(payload)
        file.flush()
        os.fsync(file.fileno())
    partial.chmod(0o444)
    partial.replace(path)
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)

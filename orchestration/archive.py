"""Every payload that was ever read: immutable bytes, content-addressed, with a ledger of sightings.

`archive/<source>/<dataset>/<sha256>` holds the bytes; `archive/ledger.jsonl` holds one line a sighting. Bytes are on
disk before anything parses them. Nothing here is ever changed or deleted by a run.
"""

import hashlib
import json
import os
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from datetime import UTC, date, datetime
from pathlib import Path


class ArchiveError(Exception):
    """A payload that the ledger names is missing, or its bytes no longer have the hash that names them."""


@dataclass(frozen=True)
class Sighting:
    """One time that a payload was seen: a line of the ledger."""

    source: str
    dataset: str
    sha256: str
    url: str
    retrieved_at: datetime
    bytes: int
    licence: str
    published_on: date | None = None
    status: int | None = None
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


class Archive:
    """The archive under one folder. One writer at a time: a run holds the warehouse's lock."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.ledger = root / "ledger.jsonl"

    def path(self, source: str, dataset: str, sha256: str) -> Path:
        return self.root / source / dataset / sha256

    def store(
        self, payload: bytes, *, source: str, dataset: str, url: str, licence: str, published_on: date | None = None
    ) -> Sighting:
        """Keep the bytes, once, and record the sighting; both are durable when this returns."""
        sighting = Sighting(
            source=source,
            dataset=dataset,
            sha256=hashlib.sha256(payload).hexdigest(),
            url=url,
            retrieved_at=datetime.now(UTC),
            bytes=len(payload),
            licence=licence,
            published_on=published_on,
        )
        path = self.path(source, dataset, sighting.sha256)
        if not path.exists():
            _write_durably(path, payload)
        self._append(sighting)
        return sighting

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
        """Yield every sighting, oldest first. A last line that a killed run left half-written is not one."""
        if not self.ledger.exists():
            return
        with self.ledger.open(encoding="utf-8") as lines:
            yield from (Sighting.from_json(line) for line in lines if line.endswith("\n"))

    def _append(self, sighting: Sighting) -> None:
        self.root.mkdir(parents=True, exist_ok=True)
        with self.ledger.open("ab") as ledger:
            _cut_half_written_line(self.ledger)
            ledger.write(sighting.to_json().encode() + b"\n")
            ledger.flush()
            os.fsync(ledger.fileno())


def _cut_half_written_line(ledger: Path) -> None:
    """Cut what a killed run left behind the last whole line; it never was a sighting."""
    content = ledger.read_bytes()
    whole = content.rfind(b"\n") + 1
    if whole != len(content):
        os.truncate(ledger, whole)


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

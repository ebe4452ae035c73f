"""Entries of the archive's logs: sightings of payloads, and visits to publishers."""

import json
from dataclasses import asdict, dataclass, field
from datetime import date, datetime


@dataclass(frozen=True)
class Sighting:
    """One time that a payload was seen: an entry of the ledger.

    Attributes:
        retrieved_at: When it was seen, in UTC.
        part: The part of the dataset, such as a page. A later payload replaces an earlier one of the same part.
        status: The HTTP status, None for files.
        problem: Why the transfer failed, None if it didn't. Such a payload is never parsed.
        parameters: The parameters of the request, without keys.
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
        """Return the sighting as one line of JSON."""
        row = asdict(self)
        row["retrieved_at"] = self.retrieved_at.isoformat()
        row["published_on"] = self.published_on.isoformat() if self.published_on else None
        return json.dumps(row, ensure_ascii=False, sort_keys=True)

    @classmethod
    def from_json(cls, line: str) -> "Sighting":
        """Return the sighting of a line of the ledger."""
        row = json.loads(line)
        row["retrieved_at"] = datetime.fromisoformat(row["retrieved_at"])
        row["published_on"] = date.fromisoformat(row["published_on"]) if row["published_on"] else None
        return cls(**row)


@dataclass(frozen=True)
class Visit:
    """One fetch from a publisher and its result: an entry of the log of visits."""

    source: str
    asked_at: datetime
    requests: int
    bytes: int
    new_vintages: int
    problems: tuple[str, ...] = ()

    def to_json(self) -> str:
        """Return the visit as one line of JSON."""
        return json.dumps(asdict(self) | {"asked_at": self.asked_at.isoformat()}, ensure_ascii=False, sort_keys=True)

    @classmethod
    def from_json(cls, line: str) -> "Visit":
        """Return the visit of a line of the log."""
        row = json.loads(line)
        asked_at = datetime.fromisoformat(row["asked_at"])
        return cls(**{**row, "asked_at": asked_at, "problems": tuple(row["problems"])})

"""What the archive's logs say: that a payload was seen, and that a publisher was asked."""

import json
from dataclasses import asdict, dataclass, field
from datetime import date, datetime


@dataclass(frozen=True)
class Sighting:
    """One time that a payload was seen: an entry of the ledger.

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
    """One time that a publisher was asked, and what came of it: an entry of the log of visits."""

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

"""Entries of the archive's logs: sightings of payloads, and visits to publishers."""

import json
from dataclasses import asdict, dataclass, field
from datetime import date
from functools import cache
from typing import Annotated, Any, Self

from pydantic import AwareDatetime, Field, NonNegativeInt, TypeAdapter, ValidationError

# Names of folders of the archive.
Name = Annotated[str, Field(pattern=r"^[^/.][^/]*$")]
Sha256 = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]


class _Entry:
    """An entry of a log, read from one line of JSON."""

    @classmethod
    def from_json(cls, line: str | bytes) -> Self:
        """Return the entry of a line. Fields that a newer version of this program wrote are ignored.

        Raises ValueError that says what is wrong with the line.
        """
        try:
            entry: Self = _reader(cls).validate_json(line)  # type: ignore[arg-type]  # a class is hashable
        except ValidationError as error:
            problem = error.errors(include_url=False)[0]
            raise ValueError(": ".join([*map(str, problem["loc"]), problem["msg"]])) from None
        return entry


@cache
def _reader(kind: type[_Entry]) -> TypeAdapter[Any]:
    return TypeAdapter(kind)


QUARANTINED = "quarantined: "


@dataclass(frozen=True)
class Sighting(_Entry):
    """One time that a payload was seen: an entry of the ledger.

    Attributes:
        retrieved_at: When it was seen, in UTC.
        part: The part of the dataset, such as a page. A later payload replaces an earlier one of the same part.
        status: The HTTP status, None for files.
        problem: Why the transfer failed, or why the payload is quarantined; else None. Such a payload is never parsed.
        parameters: The parameters of the request, without keys.
    """

    source: Name
    dataset: Name
    sha256: Sha256
    url: str
    retrieved_at: AwareDatetime
    bytes: NonNegativeInt
    licence: str
    published_on: date | None = None
    part: str = ""
    status: int | None = None
    problem: str | None = None
    parameters: dict[str, str] = field(default_factory=dict)
    headers: dict[str, str] = field(default_factory=dict)

    @property
    def is_quarantined(self) -> bool:
        """True if a user has set the payload aside."""
        return bool(self.problem and self.problem.startswith(QUARANTINED))

    def to_json(self) -> str:
        """Return the sighting as one line of JSON."""
        row = asdict(self)
        row["retrieved_at"] = self.retrieved_at.isoformat()
        row["published_on"] = self.published_on.isoformat() if self.published_on else None
        return json.dumps(row, ensure_ascii=False, sort_keys=True)


@dataclass(frozen=True)
class Quarantine(_Entry):
    """One time that a user set a payload aside, or took that back: an entry of the log of quarantines."""

    sha256: str
    reason: str
    at: AwareDatetime
    is_undone: bool = False

    def to_json(self) -> str:
        """Return the entry as one line of JSON."""
        return json.dumps(asdict(self) | {"at": self.at.isoformat()}, ensure_ascii=False, sort_keys=True)


@dataclass(frozen=True)
class Visit(_Entry):
    """One fetch from a publisher and its result: an entry of the log of visits."""

    source: str
    asked_at: AwareDatetime
    requests: int
    bytes: int
    new_vintages: int
    problems: tuple[str, ...] = ()

    def to_json(self) -> str:
        """Return the visit as one line of JSON."""
        return json.dumps(asdict(self) | {"asked_at": self.asked_at.isoformat()}, ensure_ascii=False, sort_keys=True)

"""What was released: an entry of the archive's log for each release that had new payloads or new months of the lake.

Releases themselves are deleted after a while, but what readers once saw stays part of the history that is served. A
payload that a build refused, and that another replaced before any release, was never seen: it is no revision.
"""

import json
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime

# Source, dataset, part, and since when the payload was current. A payload that returns is released again.
PayloadVintage = tuple[str, str, str, datetime]
# Table, month, provider, dataset, the vintage's id, and since when it was current.
LakeVintage = tuple[str, str, str, str, str, datetime]


@dataclass(frozen=True)
class ReleasedEntry:
    """What a release had that no earlier one had. The first entry of a log is of no release: it begins the log."""

    at: datetime
    release: str | None = None
    payloads: tuple[PayloadVintage, ...] = ()
    lake: tuple[LakeVintage, ...] = ()

    def to_json(self) -> str:
        """Return the entry as one line of JSON."""
        row = {
            "at": self.at.isoformat(),
            "release": self.release,
            "payloads": [[*names, since.isoformat()] for *names, since in self.payloads],
            "lake": [[*names, since.isoformat()] for *names, since in self.lake],
        }
        return json.dumps(row, ensure_ascii=False)

    @classmethod
    def from_json(cls, line: str | bytes) -> "ReleasedEntry":
        """Return the entry of a line of the log. Raises ValueError if it is none."""
        try:
            row = json.loads(line)
            payloads, lake = (
                tuple((*names, datetime.fromisoformat(since)) for *names, since in row[kind])
                for kind in ("payloads", "lake")
            )
            return cls(datetime.fromisoformat(row["at"]), row["release"], payloads, lake)
        except (AttributeError, KeyError, RecursionError, TypeError) as error:
            raise ValueError(f"not an entry of the log of releases: {error!r}") from None


@dataclass(frozen=True)
class Released:
    """What was part of a release. Older payloads than the log count as released, since there is no record of them.

    `begin` is None where there is no log: an archive that only versions before it have written to.
    """

    begin: datetime | None = None
    payloads: frozenset[PayloadVintage] = field(default=frozenset())
    lake: frozenset[LakeVintage] = field(default=frozenset())

    @classmethod
    def of(cls, entries: Iterable[ReleasedEntry]) -> "Released":
        """Return what the entries of a log say together."""
        listed = list(entries)
        return cls(
            begin=listed[0].at if listed else None,
            payloads=frozenset(each for entry in listed for each in entry.payloads),
            lake=frozenset(each for entry in listed for each in entry.lake),
        )

    def has_payload(self, vintage: PayloadVintage) -> bool:
        """Return True if a payload was part of a release while it was current."""
        return vintage in self.payloads or self._is_older(vintage[-1])

    def has_lake(self, vintage: LakeVintage) -> bool:
        """Return True if a vintage of a month of the lake was part of a release."""
        return vintage in self.lake or self._is_older(vintage[-1])

    def _is_older(self, since: datetime) -> bool:
        return self.begin is None or since < self.begin

"""A table's manifest: its partitions, the file of each vintage, and since when it was current."""

import json
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field, replace
from datetime import date, datetime
from typing import Any

FILE = "manifest.json"
FORMAT = 1


@dataclass(frozen=True, order=True)
class PartitionKey:
    """What a partition is of: a month, as one dataset of one provider tells it."""

    month: date
    provider: str
    dataset: str


@dataclass(frozen=True)
class FileVintage:
    """One state of a partition. `id` is a hash of what it was made of; `file` is relative to the table's folder."""

    id: str
    file: str
    sha256: str
    bytes: int
    rows: int
    hs_digits: int
    currency: str
    source_id: str
    is_complete: bool
    payloads: tuple[str, ...]
    known_from: datetime
    known_until: datetime | None = None


@dataclass
class Manifest:
    """The partitions of a table, vintages oldest first, and what became of files that came by hand.

    `taken_in` has the hash of each such file that was taken in, whole; `refused` the reason for each that was not.
    """

    partitions: dict[PartitionKey, list[FileVintage]] = field(default_factory=dict)
    taken_in: list[str] = field(default_factory=list)
    refused: dict[str, str] = field(default_factory=dict)

    def current(self, key: PartitionKey) -> FileVintage | None:
        """Return the newest vintage of a partition."""
        vintages = self.partitions.get(key)
        return vintages[-1] if vintages else None

    def add(self, key: PartitionKey, vintage: FileVintage) -> bool:
        """Let a vintage take the place of the one before it; return False when it is that very one."""
        before = self.current(key)
        if before and before.id == vintage.id:
            return False
        if before:
            self.partitions[key][-1] = replace(before, known_until=vintage.known_from)
        self.partitions.setdefault(key, []).append(vintage)
        return True

    def complete(self, key: PartitionKey) -> None:
        """Note that the newest vintage of a partition holds all of its month."""
        self.partitions[key][-1] = replace(self.partitions[key][-1], is_complete=True)

    def vintages(self) -> Iterator[tuple[PartitionKey, FileVintage]]:
        """Yield every vintage, in the order of partitions and of time."""
        for key in sorted(self.partitions):
            for vintage in self.partitions[key]:
                yield key, vintage


def parse(text: bytes) -> Manifest:
    """Return the manifest that a file holds. Raises ValueError when it is none."""
    try:
        said = json.loads(text)
        if said["format"] != FORMAT:
            raise ValueError(f"its format is {said['format']}, not {FORMAT}")
        manifest = Manifest(taken_in=said["taken_in"], refused=said["refused"])
        for partition in said["partitions"]:
            key = PartitionKey(date.fromisoformat(partition["month"]), partition["provider"], partition["dataset"])
            manifest.partitions[key] = [_vintage(vintage) for vintage in partition["vintages"]]
    except (KeyError, TypeError) as error:
        raise ValueError(f"it is no manifest: {error!r}") from None
    return manifest


def _vintage(said: dict[str, Any]) -> FileVintage:
    until = said["known_until"]
    moments = {
        "known_from": datetime.fromisoformat(said["known_from"]),
        "known_until": datetime.fromisoformat(until) if until else None,
    }
    return FileVintage(**{**said, **moments, "payloads": tuple(said["payloads"])})


def render(manifest: Manifest) -> bytes:
    """Return a manifest as the bytes of its file."""
    partitions = [
        {
            "month": key.month.isoformat(),
            "provider": key.provider,
            "dataset": key.dataset,
            "vintages": [asdict(vintage) for vintage in manifest.partitions[key]],
        }
        for key in sorted(manifest.partitions)
    ]
    said = {"format": FORMAT, "taken_in": manifest.taken_in, "refused": manifest.refused, "partitions": partitions}
    return json.dumps(said, default=str, indent=1).encode()

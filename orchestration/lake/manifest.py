"""A table's manifest: its partitions, the file of each vintage, and since when it was current."""

import hashlib
import json
from collections.abc import Collection, Iterator
from dataclasses import asdict, dataclass, field, replace
from datetime import date, datetime
from functools import cache
from typing import Annotated, Literal

from pydantic import AwareDatetime, Field, NonNegativeInt, TypeAdapter, ValidationError

from orchestration.archive.entries import Name, Sha256

FILE = "manifest.json"
# The same, in case that the first is damaged: earlier vintages of publishers' months can't be made again.
BACKUP = "manifest.backup.json"


@dataclass(frozen=True, order=True)
class PartitionKey:
    """A partition: one month of one dataset of one provider."""

    month: date
    provider: str
    dataset: str


@dataclass(frozen=True)
class FileVintage:
    """One state of a partition, with its file.

    `id` is a hash of the inputs that the file was made from; `file` is relative to the table's folder. `hs_digits` is
    the length of the shortest HS code in it. `known_until` is None while the vintage is current.
    """

    id: str
    file: str
    sha256: Sha256
    bytes: NonNegativeInt
    rows: NonNegativeInt
    hs_digits: NonNegativeInt
    currency: str
    source_id: str
    is_complete: bool
    payloads: tuple[str, ...]
    known_from: AwareDatetime
    known_until: AwareDatetime | None = None


@dataclass
class Manifest:
    """The partitions of a table with their vintages, oldest first, and which inputs were imported or refused.

    `imported` has the hashes of manually imported files. `refused` has the reason for each refused input, by the hash
    of an imported file or by the id of the vintage that a publisher's payloads would have made.
    """

    partitions: dict[PartitionKey, list[FileVintage]] = field(default_factory=dict)
    imported: list[str] = field(default_factory=list)
    refused: dict[str, str] = field(default_factory=dict)

    def current(self, key: PartitionKey) -> FileVintage | None:
        """Return the newest vintage of a partition, or None if there is none."""
        vintages = self.partitions.get(key)
        return vintages[-1] if vintages else None

    def with_id(self, key: PartitionKey, name: str) -> FileVintage | None:
        """Return a vintage of a partition that was made from the inputs with this hash, or None if there is none."""
        return next((vintage for vintage in self.partitions.get(key, []) if vintage.id == name), None)

    def before(self, key: PartitionKey, moment: datetime) -> FileVintage | None:
        """Return the vintage of a partition that was current at a moment, or None if there was none."""
        return next((v for v in reversed(self.partitions.get(key, [])) if v.known_from <= moment), None)

    def add(self, key: PartitionKey, vintage: FileVintage) -> bool:
        """Make a vintage the current one of its partition; return False if it is already."""
        before = self.current(key)
        if before and before.id == vintage.id:
            return False
        self.partitions[key] = _in_order([*self.partitions.get(key, []), vintage])
        return True

    def insert(self, key: PartitionKey, vintage: FileVintage) -> bool:
        """Add a vintage at its place in time; return False if it was current then already.

        It becomes the current one, unless it is of a file that was quarantined when later ones were imported.
        """
        before = self.before(key, vintage.known_from)
        if before and before.id == vintage.id:
            return False
        vintages = [*self.partitions.get(key, []), vintage]
        self.partitions[key] = _in_order(sorted(vintages, key=lambda each: each.known_from))
        return True

    def drop(self, payloads: Collection[str]) -> bool:
        """Remove the vintages made from any of some payloads, as if those had been refused; return True if any was.

        Their files stay where they are.
        """
        before = sum(map(len, self.partitions.values())), len(self.imported)
        for key, vintages in list(self.partitions.items()):
            kept = [vintage for vintage in vintages if not set(payloads).intersection(vintage.payloads)]
            if not kept:
                del self.partitions[key]
            elif len(kept) < len(vintages):
                self.partitions[key] = _in_order(kept)
        self.imported = [sha256 for sha256 in self.imported if sha256 not in payloads]
        return before != (sum(map(len, self.partitions.values())), len(self.imported))

    def mark_complete(self, key: PartitionKey) -> None:
        """Record that the newest vintage of a partition has all of its month."""
        self.partitions[key][-1] = replace(self.partitions[key][-1], is_complete=True)

    def vintages(self) -> Iterator[tuple[PartitionKey, FileVintage]]:
        """Yield every vintage, ordered by partition and time."""
        for key in sorted(self.partitions):
            for vintage in self.partitions[key]:
                yield key, vintage


def _in_order(vintages: list[FileVintage]) -> list[FileVintage]:
    """Return the vintages of a partition, each current until the next one."""
    ends = [*(later.known_from for later in vintages[1:]), None]
    return [replace(vintage, known_until=end) for vintage, end in zip(vintages, ends, strict=True)]


@dataclass(frozen=True)
class _Partition:
    month: date
    provider: Name
    dataset: Name
    vintages: Annotated[list[FileVintage], Field(min_length=1)]


@dataclass(frozen=True)
class _Content:
    """What a manifest's file has."""

    format: Literal[1]
    taken_in: list[str]  # the name in the file stays: manifests outlive versions of this program
    refused: dict[str, str]
    partitions: list[_Partition]


@cache
def _reader() -> TypeAdapter[_Content]:
    return TypeAdapter(_Content)


def parse(text: bytes) -> Manifest:
    """Return the manifest in a file's bytes. Fields that a newer version of this program wrote are ignored.

    Raises ValueError, which says what is wrong, if they are not a manifest.
    """
    try:
        content = _reader().validate_json(text, strict=True)
    except ValidationError as error:
        problem = error.errors(include_url=False)[0]
        raise ValueError(": ".join([".".join(map(str, problem["loc"])), problem["msg"]]).removeprefix(": ")) from None
    partitions = {PartitionKey(each.month, each.provider, each.dataset): each.vintages for each in content.partitions}
    return Manifest(partitions, content.taken_in, content.refused)


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
    content = {
        "format": 1,
        "taken_in": manifest.imported,
        "refused": manifest.refused,
        "partitions": partitions,
    }
    return json.dumps(content, default=str, indent=1).encode()


def short_hash(*inputs: str) -> str:
    """Return twelve hexadecimal digits that identify these inputs, in this order."""
    return hashlib.sha256("\n".join(inputs).encode()).hexdigest()[:12]

"""Taking a publisher's file that somebody has by hand into the archive, as if the publisher had been asked for it.

Only whole answers can be taken: of a part of a dataset, such as a page or some months, the file does not say which.
"""

from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from orchestration.archive import Archive, ArchiveError, Sighting
from orchestration.ingestion.fetch import parse
from orchestration.periods import hong_kong_day
from orchestration.settings import Settings
from orchestration.sources.connector import Refused
from orchestration.sources.registry import EVERY_SOURCE
from orchestration.warehouse import build_file


class ImportRefused(ArchiveError):
    """The file is not what it was said to be, or is of a dataset that can't come by hand; the message says why."""


@dataclass(frozen=True)
class ImportResult:
    """A file that is in the archive now; `is_new`: its bytes were not held before."""

    source: str
    dataset: str
    rows: int
    sha256: str
    is_new: bool

    def to_dict(self) -> dict[str, Any]:
        return asdict(self)


def import_file(settings: Settings, name: str, dataset: str, path: Path) -> ImportResult:
    """Read a file by the rules of its dataset and keep its bytes; the next build loads them.

    Raises ImportRefused, WarehouseHeld when a run holds the warehouse, and OSError when the file can't be read.
    """
    archive_part = _archive_part(name, dataset)
    source = EVERY_SOURCE[name]
    if path.stat().st_size > settings.http_max_bytes:
        raise ImportRefused(f"{path.name} is larger than {settings.http_max_bytes:,} bytes")
    payload = path.read_bytes()
    with build_file.hold(settings, f"entrepot import {name} {dataset}"):
        try:
            rows = len(parse(source, dataset, payload, hong_kong_day(datetime.now(UTC))))
        except Refused as refused:
            raise ImportRefused(f"{path.name} is no {dataset} of {name}: {refused}") from None
        archive = Archive.of(settings)
        held = {sighting.sha256 for sighting in archive.sightings() if _is_of(sighting, name, dataset)}
        sighting = archive.store(
            payload, source=name, dataset=dataset, url=f"file:{path.name}", licence=source.licence, part=archive_part
        )
    return ImportResult(name, dataset, rows, sighting.sha256, sighting.sha256 not in held)


def _is_of(sighting: Sighting, name: str, dataset: str) -> bool:
    return (sighting.source, sighting.dataset) == (name, dataset)


def _archive_part(name: str, dataset: str) -> str:
    """Return the part of the archive that the publisher's own answer would be. Raises ImportRefused."""
    taken = {source.name: source.importable for source in EVERY_SOURCE.values() if source.importable}
    if name not in taken:
        why = (
            "its answers are parts, and a file does not say of what"
            if name in EVERY_SOURCE
            else "there is no such source"
        )
        raise ImportRefused(f"{name}: {why}; files are taken of {', '.join(taken)}")
    if dataset not in taken[name]:
        raise ImportRefused(f"{name} has no dataset {dataset!r} that a file can be; it has {', '.join(taken[name])}")
    return taken[name][dataset]

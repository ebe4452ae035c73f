"""Imports a publisher's file from disk into the archive, as if it had been fetched.

Only whole answers can be imported: a file that is a part of a dataset, such as a page, does not say which part it is.
"""

from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from orchestration.archive import Archive, ArchiveError, Sighting
from orchestration.parsing import payloads
from orchestration.periods import hong_kong_day
from orchestration.settings import Settings
from orchestration.sources.connector import Refused
from orchestration.sources.registry import EVERY_SOURCE
from orchestration.storage.input_files import UnreadableFile, read_file
from orchestration.terminal import visible
from orchestration.warehouse import build_file


class ImportRefused(ArchiveError):
    """The file does not parse as the dataset, or the dataset can't be imported; the message says why."""


@dataclass(frozen=True)
class ImportResult:
    """An imported file; `is_new`: its bytes were not in the archive before."""

    source: str
    dataset: str
    rows: int
    sha256: str
    is_new: bool

    def to_dict(self) -> dict[str, Any]:
        """Return the fields for `--json`."""
        return asdict(self)


def import_file(settings: Settings, name: str, dataset: str, path: Path) -> ImportResult:
    """Parse a file by the rules of its dataset and archive it; the next build loads it.

    Raises:
        ImportRefused: The file can't be read, or it or its dataset is not accepted.
        WarehouseHeld: A run holds the warehouse.
    """
    archive_part = _archive_part(name, dataset)
    source = EVERY_SOURCE[name]
    try:
        payload = read_file(path, settings.http_max_bytes)
    except UnreadableFile as error:
        raise ImportRefused(str(error)) from None
    with build_file.hold(settings, f"entrepot import {name} {dataset}"):
        try:
            rows = len(payloads.parse(settings, source, dataset, payload, hong_kong_day(datetime.now(UTC))))
        except Refused as refused:
            raise ImportRefused(f"{path.name} is not a valid {dataset} of {name}: {refused}") from None
        archive = Archive.of(settings)
        if reason := archive.quarantined().get(payloads.sha256(payload)):
            raise ImportRefused(f"{path.name} is quarantined ({reason}); see `entrepot archive quarantine --undo`")
        archived = {sighting.sha256 for sighting in archive.sightings() if _is_of(sighting, name, dataset)}
        sighting = archive.store(
            payload,
            source=name,
            dataset=dataset,
            url=f"file:{visible(path.name)}",
            licence=source.licence,
            part=archive_part,
        )
    return ImportResult(name, dataset, rows, sighting.sha256, sighting.sha256 not in archived)


def _is_of(sighting: Sighting, name: str, dataset: str) -> bool:
    return (sighting.source, sighting.dataset) == (name, dataset)


def _archive_part(name: str, dataset: str) -> str:
    """Return the part of the archive that the publisher's own answer would be. Raises ImportRefused."""
    importable = {source.name: source.importable for source in EVERY_SOURCE.values() if source.importable}
    if name not in importable:
        raise ImportRefused(f"{name}: {_why_not(name)}; files can be imported for {', '.join(importable)}")
    if dataset not in importable[name]:
        raise ImportRefused(f"{name} has no dataset {dataset!r} to import; it has {', '.join(importable[name])}")
    return importable[name][dataset]


def _why_not(name: str) -> str:
    if name not in EVERY_SOURCE:
        return "there is no such source"
    if EVERY_SOURCE[name].is_required:
        return "its files are read from ENTREPOT_FIGURES_DIR"
    return "its answers are parts, and a file does not say which"

"""What is archived of a source already: the last good answer to each request, and what made a parser fail."""

from collections.abc import Sequence
from datetime import datetime

from orchestration.archive import Sighting
from orchestration.ingestion import quarantine
from orchestration.parsing import failures
from orchestration.settings import Settings
from orchestration.sources.connector import Request
from orchestration.warehouse.raw_tables import LoadLog


class KnownPayloads:
    """The last good answer to each request of a source, and since when its content is the same.

    `failures` has the payloads, by dataset and hash, that made the parser fail within its present limits, with the
    refusal: they are not parsed again. `twins` refuses what has the same rows as a quarantined payload.
    """

    def __init__(self, sightings: Sequence[Sighting], log: LoadLog, settings: Settings) -> None:
        self.failures: dict[tuple[str, str], str] = {}
        self.last: dict[tuple[str, str], Sighting] = {}
        self._content: dict[tuple[str, str], str | None] = {}
        self._since: dict[tuple[str, str], datetime] = {}
        for sighting in sightings:
            entry = log.get((sighting.source, sighting.dataset, sighting.sha256))
            refusal = entry.refusal if entry else None
            if not sighting.problem and not refusal:
                self.add(sighting, entry.content if entry else None)
            elif refusal and failures.is_lasting(refusal, settings):
                self.failures[sighting.dataset, sighting.sha256] = refusal
        self.twins = quarantine.Twins(sightings, log)

    def add(self, sighting: Sighting, content: str | None) -> bool:
        """Add a good answer; return True if its content is new. `content` is the hash of its rows."""
        key = (sighting.dataset, sighting.part)
        is_new = key not in self.last or self._content[key] is None or self._content[key] != content
        if is_new:
            self._since[key] = sighting.retrieved_at
        self.last[key], self._content[key] = sighting, content
        return is_new

    def is_loaded(self, sighting: Sighting) -> bool:
        """Return True if these bytes are the last good answer and raw tables have their rows."""
        key = (sighting.dataset, sighting.part)
        return key in self.last and self.last[key].sha256 == sighting.sha256 and self._content[key] is not None

    def is_older_than(self, answer: Request, signal: Request) -> bool:
        """Return True if no answer is archived, or the publisher has changed its signal since it was retrieved."""
        archived = self.last.get((answer.dataset, answer.archive_part))
        changed = self._since.get((signal.dataset, signal.archive_part))
        return archived is None or changed is None or archived.retrieved_at < changed

"""Sets archived payloads aside, and takes that back: `entrepot archive quarantine`.

A quarantined payload counts as one whose transfer failed, so everything that reads the archive leaves it out. So do
payloads with the same rows: publishers that print the response time in every reply never send the same bytes twice.
"""

from collections.abc import Callable, Iterable

import pandas as pd

from orchestration.archive import Archive, ArchiveError, Sighting
from orchestration.lake.table_store import table_stores
from orchestration.parsing.journal import Journal
from orchestration.settings import Settings
from orchestration.sources.connector import Refused, fingerprint
from orchestration.terminal import visible
from orchestration.warehouse import build_file, raw_tables
from orchestration.warehouse.raw_tables import LoadLog

SAME_ROWS = "the same rows as"
NO_REASON = "set aside by a user"
SHOWN = 12
FORGET = """
delete from raw.archive__loads
where refusal is not null and (payload_sha256 = $sha256 or contains(refusal, $twin))
"""


class Twins:
    """Refuses payloads that have the same rows as a quarantined one."""

    def __init__(self, sightings: Iterable[Sighting], log: LoadLog) -> None:
        self._quarantined: dict[tuple[str, str, str], str] = {}
        for seen in sightings:
            entry = log.get((seen.source, seen.dataset, seen.sha256)) if seen.is_quarantined else None
            if entry and entry.content and entry.rows:
                self._quarantined[seen.source, seen.dataset, entry.content] = seen.sha256

    def refuse(self, seen: Sighting, rows: pd.DataFrame) -> None:
        """Raise Refused if a quarantined payload has these rows."""
        if self._quarantined and (twin := self._quarantined.get((seen.source, seen.dataset, fingerprint(rows)))):
            raise Refused(f"it has {_twin_of(twin)}, which is quarantined")

    def refusing(self, parse: Callable[[Sighting], pd.DataFrame]) -> Callable[[Sighting], pd.DataFrame]:
        """Return the function that parses a payload and refuses such rows."""

        def parse_or_refuse(seen: Sighting) -> pd.DataFrame:
            rows = parse(seen)
            self.refuse(seen, rows)
            return rows

        return parse_or_refuse


def _twin_of(sha256: str) -> str:
    return f"{SAME_ROWS} {sha256[:SHOWN]}"


def quarantine(settings: Settings, prefix: str, reason: str | None) -> list[str]:
    """Quarantine the payload whose hash begins so, and those with the same rows; return their hashes.

    Raises:
        ArchiveError: There is no such payload, or several, or it is quarantined already.
        WarehouseHeld: A run holds the warehouse.
    """
    with build_file.hold(settings, "entrepot archive quarantine"):
        archive = Archive.of(settings)
        sha256 = find(archive, prefix)
        if sha256 in archive.quarantined():
            raise ArchiveError(f"{sha256} is quarantined already: {archive.quarantined()[sha256]}")
        archive.quarantine(sha256, visible(reason or NO_REASON))
        twins = sorted(_with_the_same_rows(settings, sha256) - archive.quarantined().keys())
        for twin in twins:
            archive.quarantine(twin, f"{_twin_of(sha256)}, which is quarantined")
        return [sha256, *twins]


def undo(settings: Settings, prefix: str) -> list[str]:
    """End the quarantine of a payload and of those with the same rows; return their hashes.

    The next build parses it again, also if it was refused before, for example because the parser failed.
    """
    with build_file.hold(settings, "entrepot archive quarantine --undo"):
        archive = Archive.of(settings)
        sha256 = find(archive, prefix)
        quarantined = archive.quarantined()
        ended = [each for each, why in quarantined.items() if each == sha256 or why.startswith(_twin_of(sha256))]
        for each in ended:
            archive.quarantine(each, "", undo=True)
        _forget_refusals(settings, sha256)
        return ended


def find(archive: Archive, prefix: str) -> str:
    """Return the only hash in the ledger that begins so. Raises ArchiveError."""
    found = sorted({seen.sha256 for seen in archive.sightings() if seen.sha256.startswith(prefix.lower())})
    if not prefix or not found:
        raise ArchiveError(f"no payload in {archive.ledger} has a hash that begins with {prefix!r}")
    if len(found) > 1:
        shown = ", ".join(sha256[:SHOWN] for sha256 in found[:5])
        raise ArchiveError(f"{len(found)} payloads have a hash that begins with {prefix!r}: {shown}; give more of it")
    return found[0]


def _with_the_same_rows(settings: Settings, sha256: str) -> set[str]:
    """Return the payloads that were loaded into this home with the same rows, without the payload itself."""
    if not settings.build_file.exists():
        return set()
    with build_file.connect(settings) as connection:
        log = raw_tables.log(connection)
    # Payloads without any rows are alike, and of no use to anybody.
    contents = {(*key[:2], each.content) for key, each in log.items() if key[2] == sha256 and each.rows}
    return {key[2] for key, each in log.items() if (*key[:2], each.content) in contents} - {sha256}


def _forget_refusals(settings: Settings, sha256: str) -> None:
    """Forget why this home refused a payload, and those with the same rows."""
    Journal(settings.parsing_dir).forget(sha256)
    if settings.build_file.exists():
        with build_file.connect(settings) as connection:
            raw_tables.prepare(connection)
            connection.execute(FORGET, {"sha256": sha256, "twin": _twin_of(sha256)})
    for store in table_stores(settings).values():
        manifest = store.manifest()
        if manifest.refused.pop(sha256, None):
            store.commit(manifest)

"""Every payload that was ever read: immutable bytes, content-addressed, with a ledger of sightings.

`archive/<source>/<dataset>/<sha256>` holds the bytes. The ledger has an entry for each time that a payload was seen,
the log of visits one for each time that a publisher was fetched from: lines of `ledger.jsonl` and `visits.jsonl` in a
folder, small objects under `ledger/` and `visits/` at a URL. Bytes are archived before anything parses them. No run
changes or deletes anything here.
"""

from orchestration.archive.archive import Archive, ArchiveError
from orchestration.archive.entries import Sighting, Visit

__all__ = ["Archive", "ArchiveError", "Sighting", "Visit"]

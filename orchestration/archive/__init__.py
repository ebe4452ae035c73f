"""Every payload that was ever read: immutable bytes, content-addressed, with a ledger of sightings.

`archive/<source>/<dataset>/<sha256>` holds the bytes. The ledger has an entry for each time that one was seen, and the
log of visits one for each time that a publisher was asked: lines of `ledger.jsonl` and `visits.jsonl` in a folder,
small objects below `ledger/` and `visits/` at a URL. Bytes are kept before anything parses them. Nothing here is ever
changed or deleted by a run.
"""

from orchestration.archive.archive import Archive, ArchiveError
from orchestration.archive.entries import Sighting, Visit

__all__ = ["Archive", "ArchiveError", "Sighting", "Visit"]

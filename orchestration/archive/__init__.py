"""Every payload that was ever read: immutable bytes, content-addressed, with a ledger of sightings.

`archive/<source>/<dataset>/<sha256>` holds the bytes. The ledger has an entry for each time that a payload was seen,
the log of visits one for each time that a publisher was fetched from, the log of releases one for each release with
something new: lines of `ledger.jsonl`, `visits.jsonl` and `released.jsonl` in a folder, small objects under `ledger/`,
`visits/` and `released/` at a URL. Bytes are archived before anything parses them. No run changes or deletes anything
here. A user can set payloads aside: an entry in a further log, `quarantine`.
"""

from orchestration.archive.archive import Archive, ArchiveError
from orchestration.archive.entries import Sighting, Visit
from orchestration.archive.released import LakeVintage, PayloadVintage, Released

__all__ = ["Archive", "ArchiveError", "LakeVintage", "PayloadVintage", "Released", "Sighting", "Visit"]

"""Releases: what users read. A release is written beside the others, audited, and only then made current.

`publish` makes one, `rollback` moves `current` among those kept, `verify` and `diff` read them, `connect` opens one,
`connect_with_lake` with the lake's files that its views read.
`mirror` copies one to a URL, `fetch` gets the one that is current there.
"""

from orchestration.releases.attachments import Attachment, Description, describe
from orchestration.releases.comparison import ReleaseDiff, TableDiff, diff
from orchestration.releases.datapackage import CheckOutcome, LakeFile, SourceVintage
from orchestration.releases.directory import Release, current_release, list_releases, rollback
from orchestration.releases.errors import (
    AuditFailed,
    BlockingCheckFailed,
    BuildUnavailable,
    NoRelease,
    ReleaseDamaged,
    ReleaseError,
    ReleasesHeld,
    ReleaseUnavailable,
    UnknownRelease,
    Unpublishable,
    WriteFailed,
)
from orchestration.releases.fetching import fetch
from orchestration.releases.lake_views import connect_with_lake
from orchestration.releases.mirror import Pointer, mirror, pointed
from orchestration.releases.publication import publish
from orchestration.releases.reader import connect, verify, verify_lake

__all__ = [
    "Attachment",
    "AuditFailed",
    "BlockingCheckFailed",
    "BuildUnavailable",
    "CheckOutcome",
    "Description",
    "LakeFile",
    "NoRelease",
    "Pointer",
    "Release",
    "ReleaseDamaged",
    "ReleaseDiff",
    "ReleaseError",
    "ReleaseUnavailable",
    "ReleasesHeld",
    "SourceVintage",
    "TableDiff",
    "UnknownRelease",
    "Unpublishable",
    "WriteFailed",
    "connect",
    "connect_with_lake",
    "current_release",
    "describe",
    "diff",
    "fetch",
    "list_releases",
    "mirror",
    "pointed",
    "publish",
    "rollback",
    "verify",
    "verify_lake",
]

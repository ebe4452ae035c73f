"""Releases: what users read. A release is written beside the earlier ones, audited, and only then made current.

`publish` makes a release, `rollback` makes an earlier one current, `verify` checks one and `diff` compares two.
`connect` opens one for queries, `connect_with_lake` also the files of the lake that its views read. `mirror` copies one
to a URL, `fetch` gets the one that is current there.
"""

from orchestration.releases.attachments import Attachment
from orchestration.releases.comparison import ReleaseDiff, TableDiff, diff
from orchestration.releases.content import require_declared
from orchestration.releases.description import (
    CheckOutcome,
    Description,
    LakeFile,
    ReleaseMetadata,
    SourceVintage,
    describe,
)
from orchestration.releases.directory import (
    Release,
    ReleaseDirectory,
    current_release,
    find_release,
    list_releases,
    previous_release,
)
from orchestration.releases.errors import (
    AuditFailed,
    BlockingCheckFailed,
    BuildUnavailable,
    NoRelease,
    ReleaseDamaged,
    ReleaseError,
    ReleasesLocked,
    ReleaseUnavailable,
    StaleBuild,
    UnknownRelease,
    Unpublishable,
    WriteFailed,
)
from orchestration.releases.fetching import fetch
from orchestration.releases.lake_views import connect_with_lake
from orchestration.releases.mirror import Pointer, mirror, read_pointer
from orchestration.releases.publication import publish
from orchestration.releases.reader import connect, verify, verify_lake
from orchestration.releases.rollback import rollback

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
    "ReleaseDirectory",
    "ReleaseError",
    "ReleaseMetadata",
    "ReleaseUnavailable",
    "ReleasesLocked",
    "SourceVintage",
    "StaleBuild",
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
    "find_release",
    "list_releases",
    "mirror",
    "previous_release",
    "publish",
    "read_pointer",
    "require_declared",
    "rollback",
    "verify",
    "verify_lake",
]

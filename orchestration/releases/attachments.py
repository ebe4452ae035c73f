"""Further files of a release, made from its finished database before it becomes current: reports, dictionaries.

Whoever publishes says what they are. Their hashes and sizes stand in datapackage.json, and `verify` holds them to it.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from duckdb import DuckDBPyConnection

from orchestration.releases.datapackage import CheckOutcome, Declared, LakeFile, SourceVintage
from orchestration.releases.directory import Release
from orchestration.releases.reader import connect


@dataclass(frozen=True)
class Description:
    """What a release says of itself; the same while it is being made and when it is read again."""

    id: str
    content_id: str
    created: datetime
    code_version: str
    sources: Sequence[SourceVintage]
    checks: Sequence[CheckOutcome]
    lake: Sequence[LakeFile] = ()


@dataclass(frozen=True)
class Attachment:
    """A file to be written into a release: its name there, what it is, its format, and what makes its bytes.

    `write` gets the finished database, read-only, and the release's description.
    """

    path: str
    title: str
    format: str
    write: Callable[[DuckDBPyConnection, Description], bytes]


def describe(release: Release) -> Description:
    """Return what a finished release says of itself. Raises ReleaseDamaged."""
    package = release.datapackage
    return Description(
        id=release.id,
        content_id=release.content_id,
        created=release.created,
        code_version=str(package["codeVersion"]),
        sources=[SourceVintage.of(source) for source in package.get("sources", [])],
        checks=[CheckOutcome(**check) for check in package["checks"]],
        lake=[LakeFile.of(file) for file in package.get("lake", [])],
    )


def write_attachments(staging: Path, attachments: Iterable[Attachment], described: Description) -> list[Declared]:
    """Write files beside the finished database, and return how they are to be described."""
    declared = []
    for attachment in attachments:
        with connect(Release(staging)) as connection:
            (staging / attachment.path).write_bytes(attachment.write(connection, described))
        declared.append(Declared(attachment.path, attachment.title, attachment.format))
    return declared

"""Attachments: further files of a release, such as the report, made from its finished database before it is current.

Their hashes and sizes are part of datapackage.json, and `verify` checks them like every other file.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

from duckdb import DuckDBPyConnection

from orchestration.releases.description import Description, FileDescription
from orchestration.releases.directory import Release
from orchestration.releases.reader import connect


@dataclass(frozen=True)
class Attachment:
    """A file to write into a release: its name there, its title and format, and the function that makes its bytes.

    `write` gets the finished database, read-only, and the release's description.
    """

    path: str
    title: str
    format: str
    write: Callable[[DuckDBPyConnection, Description], bytes]


def write_attachments(
    staging: Path, attachments: Iterable[Attachment], description: Description
) -> list[FileDescription]:
    """Write attachments beside the finished database, and return their entries for datapackage.json."""
    written = []
    for attachment in attachments:
        with connect(Release(staging)) as connection:
            (staging / attachment.path).write_bytes(attachment.write(connection, description))
        written.append(FileDescription(attachment.path, attachment.title, attachment.format))
    return written

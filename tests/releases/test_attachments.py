"""Attachments of a release: made from the finished database, described, verified, and present before it is current."""

import hashlib
import json
from pathlib import Path

import pytest
from duckdb import DuckDBPyConnection
from frictionless import Package

from orchestration import releases
from orchestration.releases import Attachment, Description, Release
from testing.release_builds import MEMORY_LIMIT, METADATA, generation, release_directory, write_build


def count_rows(connection: DuckDBPyConnection, described: Description) -> bytes:
    rows = connection.execute("select count(*) from marts.balance").fetchall()[0][0]
    return f"{described.id} {described.content_id} {rows} rows".encode()


def publish(home: Path, *attachments: Attachment, change: str = "select 1") -> Release:
    build_file = write_build(home, change)
    return releases.publish(build_file, release_directory(home), METADATA, attachments, memory_limit=MEMORY_LIMIT)


COUNT = Attachment("count.txt", "How many rows", "txt", count_rows)


def test_attachment_is_made_from_the_finished_database_and_its_description(tmp_path: Path) -> None:
    release = publish(tmp_path, COUNT)
    assert (release.path / "count.txt").read_text() == f"{release.id} {release.content_id} 3 rows"


def test_attachment_is_described_with_hash_and_size_as_valid_frictionless(tmp_path: Path) -> None:
    release = publish(tmp_path, COUNT)
    package = json.loads((release.path / "datapackage.json").read_text())
    content = (release.path / "count.txt").read_bytes()
    assert package["resources"][-1] == {
        "name": "count",
        "type": "file",
        "title": "How many rows",
        "path": "count.txt",
        "scheme": "file",
        "format": "txt",
        "mediatype": "text/txt",
        "hash": f"sha256:{hashlib.sha256(content).hexdigest()}",
        "bytes": len(content),
    }
    assert list(Package.metadata_validate(package)) == []
    assert (release.path / "count.txt").stat().st_mode & 0o777 == 0o444
    assert release.size_of("count.txt") == len(content)
    assert release.size_of("report.html") is None


def test_verify_finds_a_changed_attachment(tmp_path: Path) -> None:
    release = publish(tmp_path, COUNT)
    releases.verify(release)
    (release.path / "count.txt").chmod(0o644)
    (release.path / "count.txt").write_text("4 rows")
    with pytest.raises(releases.ReleaseDamaged, match=r"count\.txt has sha256"):
        releases.verify(release)
    releases.verify(release, "warehouse.duckdb")


def test_description_read_back_equals_the_one_given_to_attachments(tmp_path: Path) -> None:
    seen: list[Description] = []

    def remember(_: DuckDBPyConnection, described: Description) -> bytes:
        seen.append(described)
        return b""

    first = publish(tmp_path, Attachment("a.txt", "", "txt", remember))
    second = publish(tmp_path, Attachment("a.txt", "", "txt", remember), change=generation(2))
    assert seen == [releases.describe(first), releases.describe(second)]


def test_attachment_cannot_reach_files(tmp_path: Path) -> None:
    def escape(connection: DuckDBPyConnection, _: Description) -> bytes:
        return repr(connection.execute("select * from read_csv('/etc/passwd')").fetchall()).encode()

    with pytest.raises(Exception, match="disabled"):
        publish(tmp_path, Attachment("a.txt", "", "txt", escape))


def test_failing_attachment_publishes_nothing(tmp_path: Path) -> None:
    def fail(_: DuckDBPyConnection, __: Description) -> bytes:
        raise ValueError("no template")

    first = publish(tmp_path, COUNT)
    with pytest.raises(ValueError, match="no template"):
        publish(tmp_path, Attachment("a.txt", "", "txt", fail), change=generation(2))
    assert releases.current_release(tmp_path / "current") == first
    assert releases.list_releases(tmp_path / "releases") == [first]


def test_new_attachment_alone_makes_no_new_release(tmp_path: Path) -> None:
    first = publish(tmp_path)
    second = publish(tmp_path, COUNT)
    assert (second.id, second.is_new) == (first.id, False)
    assert second.size_of("count.txt") is None

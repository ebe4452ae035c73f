"""Damaged releases: noticed by the next publication, by a rollback and by every reader of the description."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from orchestration import releases
from orchestration.releases import Release
from orchestration.releases.package import OWN_HASH, own_hash
from testing.release_builds import generation, publish_changed, publish_home

PARQUET = "parquet/marts/balance.parquet"


def overwrite(path: Path, content: bytes) -> None:
    path.chmod(0o644)
    path.write_bytes(content)


def truncate(path: Path) -> None:
    overwrite(path, path.read_bytes()[:-7])


def flip_a_bit(path: Path) -> None:
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 4
    overwrite(path, bytes(content))


def empty(path: Path) -> None:
    overwrite(path, b"")


def delete(path: Path) -> None:
    path.unlink()


@pytest.mark.parametrize("file", ["warehouse.duckdb", PARQUET, "datapackage.json"])
@pytest.mark.parametrize("damage", [truncate, flip_a_bit, empty, delete])
def test_next_publication_replaces_a_damaged_release(tmp_path: Path, file: str, damage: Callable[[Path], None]) -> None:
    damaged = publish_changed(tmp_path)
    damage(damaged.path / file)
    with pytest.raises(releases.ReleaseDamaged):
        releases.verify(Release(damaged.path))
    new = publish_home(tmp_path)
    assert new.is_new
    assert releases.current_release(tmp_path / "current") == new != damaged
    releases.verify(new)
    assert not publish_home(tmp_path).is_new


def test_whole_release_is_kept_although_its_description_has_no_hash(tmp_path: Path) -> None:
    """As in releases made before descriptions had one."""
    release = publish_changed(tmp_path)
    described = {name: value for name, value in release.datapackage.items() if name != OWN_HASH}
    overwrite(release.path / "datapackage.json", json.dumps(described).encode())
    assert not publish_home(tmp_path).is_new


def test_rollback_to_a_damaged_release_is_refused(tmp_path: Path) -> None:
    first, second = publish_changed(tmp_path), publish_changed(tmp_path, generation(2))
    flip_a_bit(first.path / PARQUET)
    for to in (None, first.id):
        with pytest.raises(releases.ReleaseDamaged, match=r"balance\.parquet"):
            releases.rollback(tmp_path / "releases", tmp_path / "current", to)
    assert releases.current_release(tmp_path / "current") == second


@pytest.mark.parametrize("target", ["releases/gone", "current", "build", "/etc"])
def test_link_that_leads_to_no_release_is_an_error_and_is_repaired(tmp_path: Path, target: str) -> None:
    release, link = publish_changed(tmp_path), tmp_path / "current"
    link.unlink()
    link.symlink_to(target)
    with pytest.raises(releases.NoRelease, match="does not lead to a release"):
        releases.current_release(link)
    assert releases.rollback(tmp_path / "releases", link) == release
    link.unlink()
    link.symlink_to(target)
    assert releases.current_release(link.parent / "current" if publish_home(tmp_path).is_new else link).path.is_dir()


def test_link_to_a_release_of_another_home_is_repaired(tmp_path: Path) -> None:
    other = publish_changed(tmp_path / "other")
    here = tmp_path / "here"
    publish_changed(here)
    (here / "current").unlink()
    (here / "current").symlink_to(other.path)
    assert publish_home(here).path.parent == here / "releases"


def without(name: str) -> Callable[[dict[str, Any]], Any]:
    return lambda described: {key: value for key, value in described.items() if key != name}


def having(name: str, value: Any) -> Callable[[dict[str, Any]], Any]:
    return lambda described: {**described, name: value}


def with_resource(**changes: Any) -> Callable[[dict[str, Any]], Any]:
    return lambda described: {**described, "resources": [{**described["resources"][0], **changes}]}


@pytest.mark.parametrize(
    "malform",
    [
        lambda _: [],
        lambda _: None,
        lambda _: "text",
        *(without(name) for name in ("contentId", "created", "codeVersion", "resources", "checks")),
        *(having(name, None) for name in ("contentId", "created", "codeVersion", "resources", "checks", "lake")),
        having("created", "yesterday"),
        having("created", 1_790_000_000),
        having("resources", [1]),
        having("checks", [{"name": "a"}]),
        having("sources", [{}]),
        having("lake", [{"path": "/etc/passwd"}]),
        with_resource(path="../outside"),
        with_resource(path="/etc/passwd"),
        with_resource(hash=None),
        with_resource(rows=-1),
        with_resource(rows="12"),
        with_resource(rows=True),
    ],
)
def test_malformed_description_is_a_release_damaged_with_its_place(
    tmp_path: Path, malform: Callable[[dict[str, Any]], Any]
) -> None:
    release = publish_changed(tmp_path)
    # Without its own hash, as before descriptions had one: the hash alone would tell that it was changed.
    malformed = malform(without(OWN_HASH)(release.datapackage))
    overwrite(release.path / "datapackage.json", json.dumps(malformed).encode())
    damaged = releases.current_release(tmp_path / "current")
    for read in (
        lambda: damaged.created,
        lambda: damaged.rows,
        lambda: releases.describe(damaged),
        lambda: releases.verify(damaged),
        lambda: releases.connect_with_lake(damaged),
    ):
        with pytest.raises(releases.ReleaseDamaged, match=r"description cannot be read .*: .*Build again") as error:
            read()
        assert "\n" not in str(error.value)
    assert publish_home(tmp_path).is_new


def test_changed_description_is_a_release_damaged(tmp_path: Path) -> None:
    release = publish_changed(tmp_path)
    overwrite(release.path / "datapackage.json", json.dumps({**release.datapackage, "title": "another"}).encode())
    with pytest.raises(releases.ReleaseDamaged, match="its hash is another one"):
        releases.describe(releases.current_release(tmp_path / "current"))


@pytest.mark.parametrize("content", [b"\xff\xfe\x00", b"[" * 100_000, b'{"a": 1} {}', b"\0" * 10])
def test_description_that_is_not_json_is_a_release_damaged(tmp_path: Path, content: bytes) -> None:
    release = publish_changed(tmp_path)
    overwrite(release.path / "datapackage.json", content)
    with pytest.raises(releases.ReleaseDamaged, match="description cannot be read"):
        releases.describe(releases.current_release(tmp_path / "current"))


def test_entries_that_a_newer_version_added_are_ignored(tmp_path: Path) -> None:
    release = publish_changed(tmp_path)
    described = release.datapackage
    checks = [{**check, "seconds": 1} for check in described["checks"]]
    newer = {**described, "checks": checks, "weather": "fine"}
    overwrite(release.path / "datapackage.json", json.dumps({**newer, OWN_HASH: own_hash(newer)}).encode())
    described_now = releases.describe(releases.current_release(tmp_path / "current"))
    assert [check.name for check in described_now.checks] == [check["name"] for check in checks]


def test_release_that_was_current_until_just_now_is_kept(tmp_path: Path) -> None:
    published = [publish_changed(tmp_path, generation(number), keep=2, grace_seconds=60) for number in range(1, 5)]
    assert releases.list_releases(tmp_path / "releases") == published[::-1]
    last = publish_changed(tmp_path, generation(5), keep=2)
    assert releases.list_releases(tmp_path / "releases") == [last, published[-1]]


def test_what_a_release_has_is_recorded_before_it_becomes_current(tmp_path: Path) -> None:
    first, recorded = publish_changed(tmp_path), list[tuple[str, str]]()

    def record(release_id: str) -> None:
        recorded.append((release_id, releases.current_release(tmp_path / "current").id))

    from testing.release_builds import METADATA, release_directory, write_build

    write_build(tmp_path, generation(2))
    build_file = tmp_path / "build" / "warehouse.duckdb"
    new = releases.publish(build_file, release_directory(tmp_path), METADATA, memory_limit="1GB", record=record)
    again = releases.publish(build_file, release_directory(tmp_path), METADATA, memory_limit="1GB", record=record)
    assert (new.is_new, again.is_new) == (True, False)
    assert recorded == [(new.id, first.id), (new.id, new.id)]

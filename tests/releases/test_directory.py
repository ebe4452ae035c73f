"""The folder of releases: which are kept, which is current, and rollback."""

import re
from datetime import UTC, datetime
from pathlib import Path

import pytest
from filelock import FileLock

from orchestration import releases
from orchestration.releases import directory
from testing.release_builds import generation, publish_changed, release_directory


def ids(home: Path) -> list[str]:
    return [release.id for release in releases.list_releases(home / "releases")]


def go_back(home: Path, to: str | None = None) -> str:
    return releases.rollback(home / "releases", home / "current", to).id


def test_id_is_the_utc_time_and_the_start_of_the_content_id(tmp_path: Path) -> None:
    before = datetime.now(UTC)
    release = publish_changed(tmp_path)
    assert re.fullmatch(r"\d{8}T\d{6}Z-[0-9a-f]{8}", release.id)
    assert release.id.endswith(release.content_id[:8])
    assert before <= release.created <= datetime.now(UTC)


def test_releases_of_the_same_second_sort_in_order_of_publication(tmp_path: Path) -> None:
    published = [publish_changed(tmp_path, generation(number)).id for number in range(1, 5)]
    assert ids(tmp_path) == published[::-1]
    assert sorted(published) == published


def test_new_release_sorts_last_after_the_clock_was_set_back(tmp_path: Path) -> None:
    first = publish_changed(tmp_path)
    future = first.path.with_name("20991231T235958Z-" + first.content_id[:8])
    first.path.rename(future)
    second = publish_changed(tmp_path, generation(2))
    assert second.id.startswith("20991231T235959Z-")


def test_same_content_is_published_again_after_a_rollback(tmp_path: Path) -> None:
    publish_changed(tmp_path)
    second = publish_changed(tmp_path, generation(2))
    go_back(tmp_path)
    third = publish_changed(tmp_path, generation(2))
    assert third.is_new
    assert third.content_id == second.content_id
    assert releases.current_release(tmp_path / "current") == third


def test_publishing_keeps_the_newest_releases(tmp_path: Path) -> None:
    published = [publish_changed(tmp_path, generation(number), keep=3).id for number in range(1, 6)]
    assert ids(tmp_path) == published[:1:-1]


def test_old_current_release_is_kept(tmp_path: Path) -> None:
    published = [publish_changed(tmp_path, generation(number)).id for number in range(1, 5)]
    go_back(tmp_path, published[0])
    directory.delete_old_releases(release_directory(tmp_path, keep=2))
    assert ids(tmp_path) == [published[3], published[2], published[0]]


def test_repeated_rollback_goes_back_one_release_each_time(tmp_path: Path) -> None:
    published = [publish_changed(tmp_path, generation(number)).id for number in range(1, 4)]
    assert [go_back(tmp_path), go_back(tmp_path)] == [published[1], published[0]]
    assert releases.current_release(tmp_path / "current").id == published[0]


def test_rollback_to_a_named_release_can_go_forward(tmp_path: Path) -> None:
    published = [publish_changed(tmp_path, generation(number)).id for number in range(1, 4)]
    go_back(tmp_path, published[0])
    assert go_back(tmp_path, published[2]) == published[2]


def test_rollback_before_the_oldest_release_lists_those_kept(tmp_path: Path) -> None:
    only = publish_changed(tmp_path).id
    with pytest.raises(releases.UnknownRelease, match=f"no release older.*Name one of those kept: {only}"):
        go_back(tmp_path)
    assert releases.current_release(tmp_path / "current").id == only


@pytest.mark.parametrize("to", ["20260101T000000Z-00000000", "../build", "", ".lock"])
def test_rollback_to_an_unknown_release_lists_those_kept(tmp_path: Path, to: str) -> None:
    only = publish_changed(tmp_path).id
    with pytest.raises(releases.UnknownRelease, match=f"is kept.*Name one of those kept: {only}"):
        go_back(tmp_path, to)


def test_error_without_a_release_says_what_to_run(tmp_path: Path) -> None:
    assert releases.list_releases(tmp_path / "releases") == []
    with pytest.raises(releases.NoRelease, match="entrepot build"):
        releases.current_release(tmp_path / "current")


def test_locked_releases_raise_after_the_timeout(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    publish_changed(tmp_path)
    monkeypatch.setattr(directory, "LOCK_SECONDS", 0.1)
    with FileLock(tmp_path / "releases" / ".lock"), pytest.raises(releases.ReleasesLocked, match="another process"):
        go_back(tmp_path)


def test_unreadable_description_is_an_error_and_is_replaced_by_the_next_release(tmp_path: Path) -> None:
    release = publish_changed(tmp_path)
    (release.path / "datapackage.json").chmod(0o644)
    (release.path / "datapackage.json").write_text("{")
    with pytest.raises(releases.ReleaseDamaged, match="cannot be read"):
        _ = releases.current_release(tmp_path / "current").content_id
    assert publish_changed(tmp_path).is_new

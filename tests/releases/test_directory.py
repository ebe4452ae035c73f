"""What is kept, what is current, and going back."""

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


def test_an_id_is_the_time_in_utc_and_the_start_of_the_content_id(tmp_path: Path) -> None:
    before = datetime.now(UTC)
    release = publish_changed(tmp_path)
    assert re.fullmatch(r"\d{8}T\d{6}Z-[0-9a-f]{8}", release.id)
    assert release.id.endswith(release.content_id[:8])
    assert before <= release.created <= datetime.now(UTC)


def test_releases_of_one_second_sort_in_order_of_publication(tmp_path: Path) -> None:
    published = [publish_changed(tmp_path, generation(number)).id for number in range(1, 5)]
    assert ids(tmp_path) == published[::-1]
    assert sorted(published) == published


def test_a_clock_that_went_back_does_not_make_a_new_release_older(tmp_path: Path) -> None:
    first = publish_changed(tmp_path)
    future = first.path.with_name("20991231T235958Z-" + first.content_id[:8])
    first.path.rename(future)
    second = publish_changed(tmp_path, generation(2))
    assert second.id.startswith("20991231T235959Z-")


def test_the_same_content_after_a_rollback_is_published_anew(tmp_path: Path) -> None:
    publish_changed(tmp_path)
    second = publish_changed(tmp_path, generation(2))
    go_back(tmp_path)
    third = publish_changed(tmp_path, generation(2))
    assert third.is_new
    assert third.content_id == second.content_id
    assert releases.current_release(tmp_path / "current") == third


def test_the_newest_are_kept(tmp_path: Path) -> None:
    published = [publish_changed(tmp_path, generation(number), keep=3).id for number in range(1, 6)]
    assert ids(tmp_path) == published[:1:-1]


def test_the_current_release_is_kept_though_it_is_old(tmp_path: Path) -> None:
    published = [publish_changed(tmp_path, generation(number)).id for number in range(1, 5)]
    go_back(tmp_path, published[0])
    directory.delete_old_releases(release_directory(tmp_path, keep=2))
    assert ids(tmp_path) == [published[3], published[2], published[0]]


def test_rollback_goes_to_the_one_before_and_again_to_the_one_before_that(tmp_path: Path) -> None:
    published = [publish_changed(tmp_path, generation(number)).id for number in range(1, 4)]
    assert [go_back(tmp_path), go_back(tmp_path)] == [published[1], published[0]]
    assert releases.current_release(tmp_path / "current").id == published[0]


def test_rollback_to_a_named_release_may_go_forward(tmp_path: Path) -> None:
    published = [publish_changed(tmp_path, generation(number)).id for number in range(1, 4)]
    go_back(tmp_path, published[0])
    assert go_back(tmp_path, published[2]) == published[2]


def test_rollback_before_the_oldest_names_those_kept(tmp_path: Path) -> None:
    only = publish_changed(tmp_path).id
    with pytest.raises(releases.UnknownRelease, match=f"no release older.*Name one of those kept: {only}"):
        go_back(tmp_path)
    assert releases.current_release(tmp_path / "current").id == only


@pytest.mark.parametrize("to", ["20260101T000000Z-00000000", "../build", "", ".lock"])
def test_rollback_to_an_unknown_release_names_those_kept(tmp_path: Path, to: str) -> None:
    only = publish_changed(tmp_path).id
    with pytest.raises(releases.UnknownRelease, match=f"is kept.*Name one of those kept: {only}"):
        go_back(tmp_path, to)


def test_no_release_yet_says_what_to_run(tmp_path: Path) -> None:
    assert releases.list_releases(tmp_path / "releases") == []
    with pytest.raises(releases.NoRelease, match="entrepot build"):
        releases.current_release(tmp_path / "current")


def test_a_publication_waits_for_another_and_then_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    publish_changed(tmp_path)
    monkeypatch.setattr(directory, "LOCK_SECONDS", 0.1)
    with FileLock(tmp_path / "releases" / ".lock"), pytest.raises(releases.ReleasesLocked, match="another process"):
        go_back(tmp_path)


def test_a_release_with_an_unreadable_description_is_damaged(tmp_path: Path) -> None:
    release = publish_changed(tmp_path)
    (release.path / "datapackage.json").chmod(0o644)
    (release.path / "datapackage.json").write_text("{")
    with pytest.raises(releases.ReleaseDamaged, match="cannot be read"):
        _ = releases.current_release(tmp_path / "current").content_id
    assert publish_changed(tmp_path).is_new

"""`make lint` finds merge conflict markers, broken links and paths that do not exist."""

from pathlib import Path

import pytest

from testing.check_files import problems


@pytest.fixture
def page(tmp_path: Path) -> Path:
    (tmp_path / "other.md").write_text("# Other page\n\n## What's new, and why\n")
    return tmp_path / "page.md"


@pytest.mark.parametrize("marker", ["<<<<<<" + "< HEAD", "======" + "=", ">>>>>>" + "> branch", "||||||" + "| base"])
def test_merge_conflict_marker_is_found_with_its_line(page: Path, marker: str) -> None:
    page.write_text(f"# Page\n\n{marker}\n")
    assert list(problems([page])) == [f"{page}:3: a merge conflict marker"]


@pytest.mark.parametrize("target", ["absent.md", "absent.md#page", "#absent", "other.md#absent"])
def test_broken_link_is_found(page: Path, target: str) -> None:
    page.write_text(f"# Page\n\n[Other]({target})\n")
    [problem] = problems([page])
    assert f"links to {target}" in problem


@pytest.mark.parametrize("target", ["other.md", "#page", "other.md#whats-new-and-why", "https://example.org/absent"])
def test_valid_link_is_accepted(page: Path, target: str) -> None:
    page.write_text(f"# Page\n\n[Other]({target})\n\n```sh\n[no link](absent.md)\n```\n")
    assert list(problems([page])) == []


def test_missing_path_is_found(page: Path) -> None:
    page.write_text("Open `orchestration/absent.py` or run `python tests/absent.py`.\n")
    assert list(problems([page])) == [
        f"{page}: names orchestration/absent.py, which does not exist",
        f"{page}: names tests/absent.py, which does not exist",
    ]


def test_existing_path_placeholder_and_other_code_are_accepted(page: Path) -> None:
    page.write_text("`orchestration/cli/` `tests/<package>/` `var/absent` `http://tests/absent` `a/b`\n")
    assert list(problems([page])) == []

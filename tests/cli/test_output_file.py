"""The files that commands write: none of the program's own is replaced or changed, whatever the way to it."""

import hashlib
import os
from collections.abc import Iterator
from pathlib import Path

import pytest
import typer

from orchestration.cli import output_file
from orchestration.settings import Settings
from testing.commands import call_entrepot

COMMANDS = {
    "sql": ("sql", "select 1 as one", "--out"),
    "report": ("report", "--out"),
    "dictionary": ("dictionary", "--html"),
}


def contents(home: Path) -> dict[str, str]:
    files = [path for path in home.rglob("*") if path.is_file() and "dbt" not in path.parts]
    return {str(path): hashlib.sha256(path.read_bytes()).hexdigest() for path in files}


@pytest.fixture(scope="module")
def shared(built_home: Path) -> Iterator[Path]:
    """The shared home, which must be the same afterwards."""
    before = contents(built_home)
    yield built_home
    assert contents(built_home) == before


@pytest.fixture
def ways(shared: Path, tmp_path: Path) -> dict[str, Path]:
    """Paths that lead into the program's own folders."""
    (tmp_path / "folder link").symlink_to(shared / "archive")
    (tmp_path / "file link.csv").symlink_to(shared / "current" / "report.html")
    (tmp_path / "new link.csv").symlink_to(shared / "releases" / "new.csv")
    os.link(shared / "current" / "report.html", tmp_path / "hard link.csv")
    release = (shared / "current").resolve()
    return {
        "release": release / "mine.csv",
        "current": shared / "current" / "mine.csv",
        "existing file": release / "report.html",
        "archive": shared / "archive" / "mine.csv",
        "lake that is not there": shared / "lake" / "mine.csv",
        "its name in other letters": shared / "LAKE" / "mine.csv",
        "build": shared / "build" / "mine.csv",
        "dagster": shared / "dagster" / "mine.csv",
        "superset": shared / "superset" / "mine.csv",
        "dots": shared / "releases" / ".." / "dagster" / "mine.csv",
        "link to a folder": tmp_path / "folder link" / "mine.csv",
        "link to a file": tmp_path / "file link.csv",
        "link to a new file": tmp_path / "new link.csv",
        "hard link": tmp_path / "hard link.csv",
        "a folder": release,
    }


@pytest.mark.parametrize("command", COMMANDS)
def test_own_folders_are_refused_whatever_the_way(shared: Path, ways: dict[str, Path], command: str) -> None:
    for way, path in ways.items():
        refused = call_entrepot(shared, *COMMANDS[command], str(path))
        assert refused.returncode == 2, (way, refused.stderr)
        assert "the program itself" in " ".join(refused.stderr.replace("│", " ").split()), way


def test_lake_and_archive_elsewhere_are_refused_too(shared: Path, tmp_path: Path) -> None:
    (tmp_path / "lake").mkdir()
    for setting in ({"ENTREPOT_LAKE": str(tmp_path / "lake")}, {"ENTREPOT_ARCHIVE": f"file://{tmp_path}/lake"}):
        refused = call_entrepot(shared, *COMMANDS["sql"], str(tmp_path / "lake" / "x.csv"), **setting)
        assert refused.returncode == 2, refused.stderr
    assert list((tmp_path / "lake").iterdir()) == []


@pytest.mark.parametrize("setting", ["archive", "lake", "releases"])
def test_folders_elsewhere_are_refused_in_every_spelling_of_their_urls(setting: str, tmp_path: Path) -> None:
    (tmp_path / "lake").mkdir()
    (tmp_path / "link").symlink_to(tmp_path / "lake")
    schemes = ("file://", "FILE://", "File://", "local://", "LOCAL://", "file://localhost", "FILE://LOCALHOST")
    ways = ("lake", "l%61ke", "other/../lake", "other/%2E%2E/lake", "link", "LAKE/")
    for url in [f"{scheme}{tmp_path}/{way}" for scheme in schemes for way in ways]:
        settings = Settings.model_validate({"home": tmp_path / "home", setting: url})
        for target in (tmp_path / "lake" / "x.csv", tmp_path / "link" / "x.csv"):
            with pytest.raises(typer.BadParameter, match="the program itself"):
                output_file.checked(target, settings)


def test_fetched_releases_are_not_put_into_own_folders(shared: Path) -> None:
    refused = call_entrepot(shared, "releases", "fetch", f"file://{shared}", "--to", str(shared / "releases"))
    assert refused.returncode == 2
    assert "the program itself" in " ".join(refused.stderr.replace("│", " ").split())


@pytest.mark.parametrize("command", COMMANDS)
def test_other_files_are_written_and_links_followed(shared: Path, tmp_path: Path, command: str) -> None:
    target = tmp_path / "out.csv"
    target.write_text("old")
    os.link(target, tmp_path / "another name")
    (tmp_path / "link.csv").symlink_to(target)
    written = call_entrepot(shared, *COMMANDS[command], str(tmp_path / "link.csv"))
    assert written.returncode == 0, written.stderr
    assert target.read_text() != "old"
    assert (tmp_path / "link.csv").is_symlink()
    assert (tmp_path / "another name").read_text() == "old"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["another name", "link.csv", "out.csv"]


@pytest.mark.parametrize("command", COMMANDS)
def test_what_is_no_file_is_refused(shared: Path, tmp_path: Path, command: str) -> None:
    os.mkfifo(tmp_path / "pipe.csv")
    (tmp_path / "circle.csv").symlink_to(tmp_path / "circle.csv")
    for name in ("pipe.csv", "circle.csv", "x" * 300 + ".csv", "."):
        refused = call_entrepot(shared, *COMMANDS[command], str(tmp_path / name))
        assert refused.returncode == 2, name
        assert "Traceback" not in refused.stderr


def test_report_can_be_written_to_a_device(shared: Path) -> None:
    assert call_entrepot(shared, *COMMANDS["report"], "/dev/null").returncode == 0
    assert not Path("/dev/null").is_file()

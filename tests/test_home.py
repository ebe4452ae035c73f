"""The mark of a home's layout: older code refuses what newer code wrote, and a damaged mark is written again."""

import json
from pathlib import Path

import pytest

from orchestration import home as homes
from orchestration.home import LAYOUT, MARK, NewerHome
from orchestration.runtime import instance
from orchestration.settings import Settings
from orchestration.warehouse import build_file
from testing.commands import call_entrepot

COMMANDS = [
    *(["build"], ["build", "--as-of", "2026-09-25"], ["status"], ["sql", "select 1"], ["releases", "list"], ["report"]),
    *(["releases", "rollback"], ["lake", "status"], ["ui"], ["superset"], ["sources"], ["postgres", "load"]),
]


@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
def test_every_command_refuses_a_newer_home_and_leaves_it_alone(tmp_path: Path, command: list[str]) -> None:
    (tmp_path / MARK).write_text(json.dumps({"layout": LAYOUT + 1, "written_by": "a newer version"}))
    refused = call_entrepot(tmp_path, *command)
    assert refused.returncode == 1
    assert f"was written by a newer version, in layout {LAYOUT + 1}" in refused.stderr
    assert [path.name for path in tmp_path.iterdir()] == [MARK]


def test_runs_refuse_a_newer_home(tmp_path: Path) -> None:
    (tmp_path / MARK).write_text(json.dumps({"layout": LAYOUT + 1}))
    settings = Settings(home=tmp_path)
    with pytest.raises(NewerHome), build_file.hold(settings, "a test"):
        pass
    with pytest.raises(NewerHome):
        instance.prepare(settings)


@pytest.mark.parametrize("mark", [None, "", "{", "[]", '{"layout": "x"}', '{"layout": null}', "\x00"])
def test_missing_or_damaged_mark_is_written_again(tmp_path: Path, mark: str | None) -> None:
    if mark is not None:
        (tmp_path / MARK).write_text(mark)
    homes.require_known_layout(tmp_path)
    homes.mark_layout(tmp_path)
    assert json.loads((tmp_path / MARK).read_text()) == {"layout": LAYOUT}


def test_built_home_has_the_mark(built_home: Path) -> None:
    assert json.loads((built_home / MARK).read_text()) == {"layout": LAYOUT}

"""Commands that read a release whose datapackage.json is malformed: one error message, and no answer made from it."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from orchestration import releases
from testing.commands import call_entrepot

MALFORMED: dict[str, Callable[[dict[str, Any]], bytes]] = {
    "half of it": lambda described: json.dumps(described).encode()[:400],
    "no resources": lambda described: json.dumps({**described, "resources": None}).encode(),
    "markup and escape codes": lambda described: json.dumps({**described, "created": "[red]:100:\x1b[2J"}).encode(),
}
COMMANDS = (
    ("status",),
    ("status", "--json"),
    ("sql", "select 1"),
    ("sql", "--example", "balance"),
    ("report",),
    ("report", "--out", "report.html"),
    ("dictionary",),
    ("releases", "verify"),
)


@pytest.fixture(scope="module")
def home(built_home: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home with nothing but a copy of the release."""
    copy = tmp_path_factory.mktemp("malformed")
    release = releases.current_release(built_home / "current").path
    shutil.copytree(release, copy / "releases" / release.name)
    (copy / "current").symlink_to(Path("releases") / release.name)
    return copy


@pytest.mark.parametrize("what", MALFORMED)
def test_every_command_says_what_is_wrong_with_the_description(home: Path, what: str) -> None:
    release = releases.current_release(home / "current")
    description = release.path / "datapackage.json"
    good = description.read_bytes()
    description.chmod(0o644)
    try:
        description.write_bytes(MALFORMED[what](json.loads(good)))
        for command in COMMANDS:
            done = call_entrepot(home, *command)
            assert done.returncode == 1, command
            assert (done.stdout, done.stderr.count("\n")) == ("", 1), (command, done)
            assert done.stderr.startswith("error the release's description cannot be read ("), command
            assert f"): {release.path}. Build again" in done.stderr, command
        listed = call_entrepot(home, "releases", "list")
        assert listed.returncode == 0
        assert "the release's description cannot be read (" in listed.stdout
    finally:
        description.write_bytes(good)

"""One Superset for all of these tests, started as a user starts it, on a copy of the built warehouse."""

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from orchestration.serving.superset.launch import PYTHON
from testing import superset_ui
from tests.serving.superset.client import Client


@pytest.fixture(scope="session")
def superset(
    built_home: Path, tmp_path_factory: pytest.TempPathFactory, require: Callable[[bool, str], None]
) -> Iterator[Client]:
    """Superset on a home of its own, which tests may publish to, and a session with its API."""
    require(PYTHON.exists(), f"there is no Superset at {PYTHON.parent}; `make superset` sets it up")
    home = Path(shutil.copytree(built_home, tmp_path_factory.mktemp("superset") / "home", symlinks=True))
    with superset_ui.serve(home) as address:
        yield Client.log_in(address, home)

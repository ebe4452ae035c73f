"""One Superset server for all of these tests, started by `entrepot superset` on a copy of the built warehouse."""

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
    """A session with the API of a Superset server on a separate home, to which tests may publish."""
    require(PYTHON.exists(), f"Superset is not installed in {PYTHON.parent}; run `make superset`")
    home = Path(shutil.copytree(built_home, tmp_path_factory.mktemp("superset") / "home", symlinks=True))
    with superset_ui.serve(home) as address:
        yield Client.log_in(address, home)

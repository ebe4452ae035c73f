"""A home with a built warehouse."""

from pathlib import Path

import pytest

from testing.homes import build_home


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """A home with a warehouse built from the embedded record, to change."""
    home = tmp_path / "home"
    build_home(home)
    return home

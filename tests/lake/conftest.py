"""Fixtures of a lake: an empty one for each test, and a built home with detail."""

import shutil
from pathlib import Path

import pytest

from testing.detail_home import MONTHS, OTHERS, PAIRS, DetailHome
from testing.lake_files import Lake


@pytest.fixture
def lake(tmp_path: Path) -> Lake:
    return Lake(tmp_path)


@pytest.fixture(scope="session")
def detail(built_home: Path, tmp_path_factory: pytest.TempPathFactory) -> DetailHome:
    """A built home with nine tiny months of detail, for tests that only read it."""
    home = DetailHome(tmp_path_factory.mktemp("detail") / "home")
    home.folder.joinpath("build").mkdir(parents=True)
    shutil.copy(built_home / "build" / "warehouse.duckdb", home.settings.build_file)
    home.set_correlations(PAIRS)
    for name, rows in MONTHS.items():
        home.import_rows(name, rows)
    for name, (rows, source_id, table) in OTHERS.items():
        home.import_rows(name, rows, source_id, table)
    home.build("--full-refresh")
    return home

"""Shared parts: a warehouse built once for all tests, copies of it to damage, and parts that CI must have."""

import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from uuid import uuid4

import duckdb
import pytest

from orchestration import releases, storage
from orchestration.settings import FIGURES_DIR, PROJECT_DIR, Settings
from orchestration.storage import Store
from testing import lake_detail, postgres_server, s3_server
from testing.commands import run_entrepot
from testing.homes import build_home, made_once, revise

REFERENCE_DIR = PROJECT_DIR.parent / "shared" / "reference"

# Tests that use one of these fixtures start an S3 server or a browser, or build a whole home a second time.
SLOW_FIXTURES = {"s3", "browser", "ui", "home_with_lake", "revised_home"}


@pytest.hookimpl(tryfirst=True)  # before pytest deselects by mark
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark as slow every test that uses a slow fixture, directly or through another one."""
    for item in items:
        if SLOW_FIXTURES.intersection(getattr(item, "fixturenames", ())):
            item.add_marker(pytest.mark.slow)


@pytest.fixture(scope="session")
def built_home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home with a warehouse built from the embedded record and released. Read it; never change it."""
    return made_once(tmp_path_factory, "built", build_home)


@pytest.fixture(scope="session")
def revised_home(built_home: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The built home after a second build, of a record with one figure changed. Read it; never change it."""

    def make(home: Path) -> None:
        shutil.copytree(built_home, home, symlinks=True)
        figures = Path(shutil.copytree(FIGURES_DIR, home.with_name("revised figures")))
        revise(figures)
        build_home(home, ENTREPOT_FIGURES_DIR=str(figures))

    return made_once(tmp_path_factory, "revised", make)


@pytest.fixture(scope="session")
def built(built_home: Path) -> Settings:
    """Settings of the shared, built home."""
    return Settings(home=built_home)


@pytest.fixture(scope="module")
def release(built: Settings) -> releases.Release:
    """The release of the shared, built home."""
    return releases.current_release(built.current)


@pytest.fixture(scope="module")
def warehouse(release: releases.Release) -> Iterator[duckdb.DuckDBPyConnection]:
    """A connection to that release."""
    with releases.connect(release) as connection:
        yield connection


@pytest.fixture
def home(built_home: Path, tmp_path: Path) -> Path:
    """A copy of the built home, to change at will."""
    return Path(shutil.copytree(built_home, tmp_path / "home", symlinks=True))


@pytest.fixture(scope="session")
def home_with_lake(built_home: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home whose release has views of a lake's file. Tests that use it are of the xdist group `lake`."""
    folder = tmp_path_factory.mktemp("lake")
    home = Path(shutil.copytree(built_home, folder / "home", symlinks=True))
    file = lake_detail.write(home / "detail.csv")
    imported = run_entrepot(home, "lake", "import", str(file), "--source-id", "csd_trade_idds")
    assert imported.returncode == 0, imported.stderr
    build_home(home)
    return home


@pytest.fixture
def figures(tmp_path: Path) -> Path:
    """A copy of the embedded record's files, to spoil at will."""
    return Path(shutil.copytree(FIGURES_DIR, tmp_path / "figures"))


@pytest.fixture(scope="session")
def require() -> Callable[[bool, str], None]:
    """Skip a test that lacks its part, with a reason; in CI every part must be there, so it fails."""

    def check(present: bool, reason: str) -> None:
        if not present and os.environ.get("CI") == "true":
            pytest.fail(f"CI lacks a part: {reason}")
        if not present:
            pytest.skip(reason)

    return check


@pytest.fixture(scope="session")
def raw_reference(require: Callable[[bool, str], None]) -> Path:
    """The publishers' real files; they are not part of the project."""
    folder = REFERENCE_DIR / "raw"
    if not folder.exists():
        pytest.skip(f"the publishers' files are not at {folder}")
    return folder


@pytest.fixture(scope="session")
def postgres(require: Callable[[bool, str], None]) -> Iterator[postgres_server.Server]:
    """A real PostgreSQL server. Tests that use it are of the xdist group `postgres`, so that one is enough."""
    binaries = postgres_server.programs()
    require(binaries is not None, "no PostgreSQL server: apt-get install postgresql")
    assert binaries is not None
    with postgres_server.running(binaries) as server:
        yield server


@pytest.fixture(scope="session")
def s3(require: Callable[[bool, str], None]) -> Iterator[str]:
    """The address of an S3 server, to which this process' variables lead."""
    require(s3_server.is_installed(), "no S3 server: pip install moto[server] s3fs")
    with s3_server.running() as address:
        yield address


@pytest.fixture
def bucket(s3: str) -> str:
    """The URL of a new bucket."""
    import fsspec

    name = f"entrepot-{uuid4().hex[:12]}"
    fsspec.filesystem("s3", use_listings_cache=False).mkdir(name)
    return f"s3://{name}"


@pytest.fixture(params=["memory", pytest.param("S3", marks=pytest.mark.slow)])
def object_store_url(request: pytest.FixtureRequest) -> str:
    """The URL of an empty object store, in memory or on an S3 server."""
    if request.param == "memory":
        return f"memory://entrepot-{uuid4().hex[:12]}"
    return str(request.getfixturevalue("bucket"))


@pytest.fixture(params=["folder", "file URL", pytest.param("S3", marks=pytest.mark.slow)])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Store:
    """An empty store of each kind in turn."""
    if request.param == "folder":
        return storage.open_store(tmp_path / "store")
    if request.param == "file URL":
        return storage.open_store(f"file://{tmp_path}/store")
    return storage.open_store(f"{request.getfixturevalue('bucket')}/some/prefix")

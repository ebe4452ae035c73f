"""An S3 server, a bucket of its own for each test, and a store of either kind."""

from collections.abc import Callable, Iterator
from pathlib import Path
from uuid import uuid4

import pytest

from orchestration import storage
from orchestration.storage import Store
from tests import s3_server


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


@pytest.fixture(params=["folder", "file URL", "S3"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Store:
    """An empty store of each kind in turn."""
    if request.param == "folder":
        return storage.at(tmp_path / "store")
    if request.param == "file URL":
        return storage.at(f"file://{tmp_path}/store")
    return storage.at(f"{request.getfixturevalue('bucket')}/some/prefix")

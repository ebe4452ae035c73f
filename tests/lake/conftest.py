"""A lake of a test's own, and a bucket for one at a URL."""

from pathlib import Path

import pytest

from tests.lake.made import Lake
from tests.storage.conftest import bucket, s3

__all__ = ["bucket", "s3"]


@pytest.fixture
def lake(tmp_path: Path) -> Lake:
    return Lake(tmp_path)

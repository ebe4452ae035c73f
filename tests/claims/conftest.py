"""The record of a built release."""

import duckdb
import pytest

from orchestration.claims import record as records
from orchestration.claims.record import Record
from orchestration.settings import Settings


@pytest.fixture(scope="session")
def released(built: Settings) -> Record:
    """The record of the shared, built home."""
    with duckdb.connect(str(built.current / "warehouse.duckdb"), read_only=True) as connection:
        return records.read(connection)

"""The record of a release that was really built."""

from collections.abc import Iterator

import duckdb
import pytest

from orchestration.claims import record as records
from orchestration.claims.record import Record
from orchestration.settings import Settings


@pytest.fixture(scope="module")
def release(built: Settings) -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect(str(built.current / "warehouse.duckdb"), read_only=True) as connection:
        yield connection


@pytest.fixture(scope="session")
def released(built: Settings) -> Record:
    with duckdb.connect(str(built.current / "warehouse.duckdb"), read_only=True) as connection:
        return records.read(connection)

"""An empty home with every publisher turned on, its Dagster instance, and a release of a few rows."""

import os
from collections.abc import Callable, Iterator
from pathlib import Path

import dagster as dg
import duckdb
import pytest

from orchestration.runtime import instance as instances
from orchestration.settings import Settings

Row = tuple[str, str, str, str]


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    """Settings of an empty home, with every publisher turned on and none of them to be reached."""
    return Settings(
        home=tmp_path / "home",
        sources="live",
        csd_url="http://127.0.0.1:9",
        idds_url="http://127.0.0.1:9",
        hkma_url="http://127.0.0.1:9",
        world_bank_url="http://127.0.0.1:9",
        comtrade_url="http://127.0.0.1:9",
        unsd_url="http://127.0.0.1:9",
        http_attempts=1,
        http_pause_seconds=0,
    )


@pytest.fixture
def instance(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Iterator[dg.DagsterInstance]:
    """The Dagster instance of that home."""
    for name in ("DAGSTER_HOME", "ENTREPOT_HOME"):
        monkeypatch.setenv(name, os.environ.get(name, ""))  # put back afterwards: an instance sets them
    with instances.get(settings) as instance:
        yield instance


@pytest.fixture
def released(settings: Settings) -> Callable[..., None]:
    """Make a current release that holds these observations: connector, dataset, frequency, first day of the period."""

    def release(*rows: Row, liquidity_day: str | None = None) -> None:
        folder = settings.releases_dir / "20261010T000000Z-0123abcd"
        folder.mkdir(parents=True)
        with duckdb.connect(str(folder / "warehouse.duckdb")) as connection:
            connection.execute("create schema marts")
            connection.execute(
                "create table marts.fct_observations (connector varchar, dataset varchar, frequency varchar,"
                " period_start date)"
            )
            for row in rows:
                connection.execute("insert into marts.fct_observations values (?, ?, ?, ?)", list(row))
            connection.execute("create table marts.fct_hkd_peg_daily (day date, closing_balance_hkd_mn decimal(18, 3))")
            connection.execute(
                "insert into marts.fct_hkd_peg_daily values ('2026-12-31', null), (?, 1)", [liquidity_day]
            )
        settings.current.symlink_to(folder)

    return release

"""The latest periods of each publisher in the current release."""

from collections.abc import Callable

import duckdb
import pandas as pd

from orchestration.defs.automation.latest_periods import latest_periods
from orchestration.settings import Settings
from orchestration.warehouse import build_file


def test_no_latest_periods_without_a_release(settings: Settings) -> None:
    assert latest_periods(settings) == {}


def test_latest_month_and_latest_day_with_a_figure(settings: Settings, released: Callable[..., None]) -> None:
    released(
        ("csd", "410-50001", "month", "2026-07-01"),
        ("csd", "410-50001", "month", "2026-08-01"),
        ("csd", "410-50001", "year_to_month", "2027-01-01"),
        ("record", "trade_totals_monthly", "month", "2026-09-01"),
        liquidity_day="2026-10-09",
    )
    assert latest_periods(settings) == {
        ("csd", "410-50001"): pd.Period("2026-08", "M"),
        ("record", "trade_totals_monthly"): pd.Period("2026-09", "M"),
        ("hkma", "interbank_liquidity"): pd.Period("2026-10-09", "D"),
    }


def test_release_of_an_earlier_version_has_no_periods_of_publishers(settings: Settings) -> None:
    folder = settings.releases_dir / "20261010T000000Z-0123abcd"
    folder.mkdir(parents=True)
    with duckdb.connect(str(folder / "warehouse.duckdb")) as connection:
        connection.execute("create schema marts")
        connection.execute("create table marts.fct_observations (dataset varchar)")
    settings.current.symlink_to(folder)
    assert latest_periods(settings) == {}


def test_latest_periods_are_read_while_a_run_holds_the_warehouse(
    settings: Settings, released: Callable[..., None]
) -> None:
    released(("csd", "410-50001", "month", "2026-08-01"))
    with build_file.hold(settings, "a run"), build_file.connect(settings):
        assert latest_periods(settings)["csd", "410-50001"] == pd.Period("2026-08")


def test_embedded_record_has_its_own_name(built: Settings) -> None:
    newest = latest_periods(built)
    assert newest["record", "trade_totals_monthly"] == pd.Period("2026-08")
    assert {source for source, _ in newest} == {"record"}

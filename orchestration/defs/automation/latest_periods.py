"""The latest periods in the current release. The build file is never read: a run may hold its lock."""

import duckdb
import pandas as pd

from orchestration import releases
from orchestration.defs.automation.publication_calendar import LatestPeriods
from orchestration.settings import Settings

MONTHS = """
select connector, dataset, strftime(max(period_start), '%Y-%m') from marts.fct_observations
where frequency = 'month' group by connector, dataset
"""
DAYS = """
select 'hkma', 'interbank_liquidity', strftime(max(day), '%Y-%m-%d') from marts.fct_hkd_peg_daily
where closing_balance_hkd_mn is not null
"""


def latest_periods(settings: Settings) -> LatestPeriods:
    """Return the latest month or day by source and dataset; empty without a release."""
    try:
        release = releases.current_release(settings.current)
    except releases.NoRelease:
        return {}
    with releases.connect(release) as connection:
        rows = [row for query in (MONTHS, DAYS) for row in _rows(connection, query)]
    return {(source, dataset): pd.Period(newest) for source, dataset, newest in rows if newest}


def _rows(connection: duckdb.DuckDBPyConnection, query: str) -> list[tuple[str, str, str]]:
    """Return a query's rows; none if the release was made by an earlier version without the table or column."""
    try:
        return connection.execute(query).fetchall()
    except (duckdb.CatalogException, duckdb.BinderException):
        return []

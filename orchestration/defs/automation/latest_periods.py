"""What the current release holds of each publisher: read-only, as any analyst would, and never the build file."""

import duckdb
import pandas as pd

from orchestration import releases
from orchestration.defs.automation.publication_calendar import Held
from orchestration.settings import Settings

MONTHS = """
select connector, dataset, strftime(max(period_start), '%Y-%m') from marts.fct_observations
where frequency = 'month' group by connector, dataset
"""
DAYS = """
select 'hkma', 'interbank_liquidity', strftime(max(day), '%Y-%m-%d') from marts.fct_hkd_peg_daily
where closing_balance_hkd_mn is not null
"""


def held(settings: Settings) -> Held:
    """Return the newest month or day held, by source and dataset; nothing while there is no release."""
    try:
        release = releases.current_release(settings.current)
    except releases.NoRelease:
        return {}
    with releases.connect(release) as connection:
        rows = [row for query in (MONTHS, DAYS) for row in _rows(connection, query)]
    return {(source, dataset): pd.Period(newest) for source, dataset, newest in rows if newest}


def _rows(connection: duckdb.DuckDBPyConnection, query: str) -> list[tuple[str, str, str]]:
    """Return a query's rows; none from a release that an earlier version made, which has no such table or column."""
    try:
        return connection.execute(query).fetchall()
    except (duckdb.CatalogException, duckdb.BinderException):
        return []

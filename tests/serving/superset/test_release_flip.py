"""A release published while Superset runs shows on the next query, and no query fails because of it."""

import threading

import duckdb
import pytest

from orchestration import releases
from orchestration.settings import Settings
from testing.release_builds import publish_build
from tests.serving.superset.client import Client

pytestmark = pytest.mark.superset

FLIPS = 5
# The two figures belong to one month, so a torn read would show as two different numbers.
QUERY = """
select monthly.published_on, period.published_on as again
from marts.fct_trade_balance_monthly as monthly
inner join marts.fct_trade_balance_period as period
    on monthly.month = period.period_start and period.frequency = 'month'
where monthly.month = '2026-08-01'
"""


def publish(settings: Settings, day: str) -> None:
    """Publish a release in which the figures of August 2026 were published on another day."""
    with duckdb.connect(str(settings.build_file)) as build:
        build.execute("update marts.fct_trade_balance_monthly set published_on = ? where month = '2026-08-01'", [day])
        build.execute(
            "update marts.fct_trade_balance_period set published_on = ? "
            "where period_start = '2026-08-01' and frequency = 'month'",
            [day],
        )
    assert publish_build(settings.build_file, settings.home, keep=2).is_new


def test_next_query_after_a_publication_reads_the_new_release(superset: Client) -> None:
    settings = Settings(home=superset.home)
    seen: list[tuple[int, str]] = []
    ended = threading.Event()
    reader = Client.log_in(superset.address, superset.home)
    first = releases.current_release(settings.current).id

    def query_repeatedly() -> None:
        while not ended.is_set():
            answer = reader.sql(QUERY)
            seen.append((answer.status_code, answer.text))

    asking = threading.Thread(target=query_repeatedly)
    asking.start()
    try:
        for number in range(1, FLIPS + 1):
            day = f"2026-10-{number:02}"
            publish(settings, day)
            assert superset.sql(QUERY).json()["data"] == [{"published_on": day, "again": day}]
        releases.rollback(settings.releases_dir, settings.current)
        back = f"2026-10-{FLIPS - 1:02}"
        assert superset.sql(QUERY).json()["data"] == [{"published_on": back, "again": back}]
    finally:
        ended.set()
        asking.join()
    assert first not in {release.id for release in releases.list_releases(settings.releases_dir)}
    assert len(seen) > FLIPS
    assert [answer for status, answer in seen if status != 200] == []

"""When figures are due: the rules of publication against days on which figures did come out."""

from datetime import UTC, datetime, timedelta

import pandas as pd
import pytest

from orchestration.defs.automation import publication_calendar as calendar
from orchestration.defs.automation.publication_calendar import Figures
from orchestration.periods import HONG_KONG


def hong_kong(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=HONG_KONG)


def month_due(figures: Figures, now: str, held: str | None) -> str | None:
    month = calendar.due(figures, hong_kong(now), pd.Period(held) if held else None)
    return str(month) if month is not None else None


@pytest.mark.parametrize(
    ("now", "due"),
    [
        ("2026-09-24T16:29", None),
        ("2026-09-24T16:30", "2026-08"),  # August 2026 came out on 24 September 2026
        ("2026-09-29T23:59", "2026-08"),
        ("2026-10-10T03:00", "2026-08"),
        ("2026-10-24T16:30", "2026-09"),
    ],
)
def test_merchandise_is_due_from_the_24th_at_1630_until_present(now: str, due: str | None) -> None:
    assert month_due(calendar.MERCHANDISE, now, held="2026-07") == due
    assert month_due(calendar.MERCHANDISE, now, held=due or "2026-07") is None


def test_newest_month_is_due_after_months_without_ticks() -> None:
    assert month_due(calendar.MERCHANDISE, "2026-12-03T09:00", held="2026-07") == "2026-10"


def test_newest_month_is_due_at_once_without_any_period() -> None:
    assert month_due(calendar.MERCHANDISE, "2026-10-01T00:00", held=None) == "2026-08"


@pytest.mark.parametrize(
    ("figures", "published", "month"),
    [
        (calendar.INDICES, "2024-05-16T16:30", "2024-03"),
        (calendar.INDICES, "2020-07-16T16:30", "2020-05"),
        (calendar.PINK_SHEET, "2026-07-03T12:00", "2026-06"),
        (calendar.COMTRADE, "2026-09-11T03:37", "2026-07"),
    ],
    ids=lambda value: value.name if isinstance(value, Figures) else value,
)
def test_published_figures_were_due_at_most_a_week_earlier(figures: Figures, published: str, month: str) -> None:
    before = str(pd.Period(month) - 1)
    assert month_due(figures, published, held=before) == month
    out_from = figures.out_from(pd.Period(month))
    assert timedelta(0) <= hong_kong(published) - out_from < timedelta(days=7)


def test_bulletin_of_september_is_not_due_on_6_october() -> None:
    assert month_due(calendar.BULLETIN, "2026-10-06T12:00", held="2026-08") is None
    assert month_due(calendar.BULLETIN, "2026-10-07T09:00", held="2026-08") == "2026-09"


@pytest.mark.parametrize(
    ("now", "held", "due"),
    [
        ("2026-10-09T18:59", "2026-10-08", None),  # a Friday
        ("2026-10-09T19:00", "2026-10-08", "2026-10-09"),
        ("2026-10-10T12:00", "2026-10-08", "2026-10-09"),
        ("2026-10-12T18:59", "2026-10-09", None),
        ("2026-10-12T19:00", "2026-10-09", "2026-10-12"),
    ],
)
def test_liquidity_is_due_on_weekdays_at_19_and_on_weekends_if_missed(now: str, held: str, due: str | None) -> None:
    assert month_due(calendar.LIQUIDITY, now, held) == due


def test_due_period_does_not_depend_on_the_time_zone() -> None:
    for moment, month in (
        (datetime(2026, 9, 24, 8, 29, tzinfo=UTC), "2026-07"),
        (datetime(2026, 9, 24, 8, 30, tzinfo=UTC), "2026-08"),
    ):
        assert str(calendar.newest_out(calendar.MERCHANDISE, moment)) == month


def test_month_begins_in_hong_kong_time() -> None:
    moment = datetime(2026, 9, 30, 17, 0, tzinfo=UTC)  # 1 October, 01:00 in Hong Kong
    assert str(calendar.next_out(calendar.MERCHANDISE, moment)[0]) == "2026-09"


def test_next_liquidity_after_friday_is_monday() -> None:
    period, moment = calendar.next_out(calendar.LIQUIDITY, hong_kong("2026-10-09T19:00"))
    assert (str(period), moment) == ("2026-10-12", hong_kong("2026-10-12T19:00"))


def test_figures_a_week_late_are_fetched_once_a_day() -> None:
    month = pd.Period("2026-08")
    assert calendar.next_attempt_at(calendar.MERCHANDISE, month, hong_kong("2026-09-25T17:00")) == hong_kong(
        "2026-09-25T17:00"
    )
    assert calendar.next_attempt_at(calendar.MERCHANDISE, month, hong_kong("2026-10-02T17:00")) == hong_kong(
        "2026-10-03T17:00"
    )


def test_month_is_present_when_every_enabled_source_has_it() -> None:
    latest = {("csd", "410-50001"): pd.Period("2026-08"), ("idds", "gold"): pd.Period("2026-07")}
    assert calendar.latest_of(calendar.MERCHANDISE, ("csd",), latest) == pd.Period("2026-08")
    assert calendar.latest_of(calendar.MERCHANDISE, ("csd", "idds"), latest) == pd.Period("2026-07")
    assert (
        calendar.latest_of(calendar.MERCHANDISE, ("csd", "idds"), {("csd", "410-50001"): pd.Period("2026-08")}) is None
    )


def test_indices_are_present_when_one_table_has_them() -> None:
    latest = {("csd", "410-50001"): pd.Period("2026-08"), ("csd", "410-51002"): pd.Period("2026-06")}
    assert calendar.latest_of(calendar.INDICES, ("csd",), latest) == pd.Period("2026-06")

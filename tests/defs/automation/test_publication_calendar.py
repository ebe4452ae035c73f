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
def test_merchandise_is_due_from_the_24th_at_half_past_four_until_it_is_held(now: str, due: str | None) -> None:
    assert month_due(calendar.MERCHANDISE, now, held="2026-07") == due
    assert month_due(calendar.MERCHANDISE, now, held=due or "2026-07") is None


def test_a_machine_that_slept_for_months_is_due_the_newest_month() -> None:
    assert month_due(calendar.MERCHANDISE, "2026-12-03T09:00", held="2026-07") == "2026-10"


def test_while_nothing_is_held_the_newest_month_is_due_at_once() -> None:
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
def test_figures_that_came_out_were_due_on_that_day_and_for_at_most_a_week_before(
    figures: Figures, published: str, month: str
) -> None:
    before = str(pd.Period(month) - 1)
    assert month_due(figures, published, held=before) == month
    out_from = figures.out_from(pd.Period(month))
    assert timedelta(0) <= hong_kong(published) - out_from < timedelta(days=7)


def test_the_bulletin_is_not_asked_for_september_on_the_sixth_of_october_when_it_ended_with_august() -> None:
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
def test_liquidity_is_due_on_weekdays_at_seven_and_over_the_weekend_if_it_was_missed(
    now: str, held: str, due: str | None
) -> None:
    assert month_due(calendar.LIQUIDITY, now, held) == due


def test_what_is_due_does_not_hang_on_the_zone_that_the_time_is_told_in() -> None:
    for moment, month in (
        (datetime(2026, 9, 24, 8, 29, tzinfo=UTC), "2026-07"),
        (datetime(2026, 9, 24, 8, 30, tzinfo=UTC), "2026-08"),
    ):
        assert str(calendar.newest_out(calendar.MERCHANDISE, moment)) == month


def test_the_first_of_a_month_in_hong_kong_may_be_the_last_of_another_elsewhere() -> None:
    moment = datetime(2026, 9, 30, 17, 0, tzinfo=UTC)  # 1 October, 01:00 in Hong Kong
    assert str(calendar.next_out(calendar.MERCHANDISE, moment)[0]) == "2026-09"


def test_after_friday_evening_the_next_liquidity_is_of_monday() -> None:
    period, moment = calendar.next_out(calendar.LIQUIDITY, hong_kong("2026-10-09T19:00"))
    assert (str(period), moment) == ("2026-10-12", hong_kong("2026-10-12T19:00"))


def test_what_is_a_week_late_is_asked_for_once_a_day() -> None:
    month = pd.Period("2026-08")
    assert calendar.ask_again_at(calendar.MERCHANDISE, month, hong_kong("2026-09-25T17:00")) == hong_kong(
        "2026-09-25T17:00"
    )
    assert calendar.ask_again_at(calendar.MERCHANDISE, month, hong_kong("2026-10-02T17:00")) == hong_kong(
        "2026-10-03T17:00"
    )


def test_a_month_is_held_when_each_source_that_is_on_holds_it() -> None:
    held = {("csd", "410-50001"): pd.Period("2026-08"), ("idds", "gold"): pd.Period("2026-07")}
    assert calendar.held_of(calendar.MERCHANDISE, ("csd",), held) == pd.Period("2026-08")
    assert calendar.held_of(calendar.MERCHANDISE, ("csd", "idds"), held) == pd.Period("2026-07")
    assert calendar.held_of(calendar.MERCHANDISE, ("csd", "idds"), {("csd", "410-50001"): pd.Period("2026-08")}) is None


def test_indices_are_held_when_one_of_their_tables_holds_them() -> None:
    held = {("csd", "410-50001"): pd.Period("2026-08"), ("csd", "410-51002"): pd.Period("2026-06")}
    assert calendar.held_of(calendar.INDICES, ("csd",), held) == pd.Period("2026-06")

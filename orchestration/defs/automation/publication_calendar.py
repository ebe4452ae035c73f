"""When each kind of figure is published, which period is due, and when to fetch again. Pure functions of their inputs.

A period stays due until the release has it, so a machine that was off catches up at its next tick.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import Literal

import pandas as pd

from orchestration.periods import HONG_KONG

# Figures that are a week late are fetched only once a day: something else is wrong by then.
PATIENCE, LATE_PAUSE = timedelta(days=7), timedelta(days=1)

DatasetKey = tuple[str, str]  # a source and one of its datasets
LatestPeriods = Mapping[DatasetKey, pd.Period]


@dataclass(frozen=True)
class Figures:
    """Figures that are published together: the job that fetches them, their datasets, and when they are out.

    A period counts as present when every enabled source has it in at least one of the datasets named. `pause` is the
    time between attempts while a period is due.
    """

    name: str
    what: str
    job: str
    datasets: Mapping[str, tuple[str, ...]]
    out_from: Callable[[pd.Period], datetime]
    pause: timedelta
    frequency: Literal["M", "D"] = "M"


def day_of_month(months_after: int, day: int, at: time) -> Callable[[pd.Period], datetime]:
    """Return a function of a month: its figures are out from this day of a later month."""
    return lambda month: datetime.combine((month + months_after).to_timestamp().date().replace(day=day), at, HONG_KONG)


def days_after_end(days: int, at: time) -> Callable[[pd.Period], datetime]:
    """Return a function of a period: its figures are out this many days after its last day."""
    return lambda period: datetime.combine(period.end_time.date() + timedelta(days=days), at, HONG_KONG)


# 89 dated months were published 24 to 29 days after the month's end, at 16:30; gold by HS item on the same day.
MERCHANDISE = Figures(
    "merchandise",
    "C&SD's totals, partners and commodities, and gold from Trade IDDS",
    "refresh_merchandise",
    {"csd": ("410-50001",), "idds": ("gold",)},
    day_of_month(1, 24, time(16, 30)),
    pause=timedelta(0),
)
# About three weeks after the values: March 2024 on 16 May 2024, May 2020 on 16 July 2020.
INDICES = Figures(
    "indices",
    "C&SD's volume, price and terms of trade",
    "refresh_csd",
    {"csd": ("410-51001", "410-51002", "410-51003")},
    day_of_month(2, 12, time(16, 30)),
    pause=timedelta(hours=3),
)
# The workbook with June 2026 was updated on 2 July 2026.
PINK_SHEET = Figures(
    "pink_sheet",
    "the World Bank's prices of gold, silver and platinum",
    "refresh_world_bank",
    {"world_bank": ("pink_sheet",)},
    day_of_month(1, 2, time(9)),
    pause=timedelta(hours=6),
)
# On 6 October 2026 the bulletin ended with August: September was not out six days after its end.
BULLETIN = Figures(
    "hkma_bulletin",
    "the HKMA's exchange rates, in its monthly bulletin",
    "refresh_hkma",
    {"hkma": ("exchange_rates_monthly",)},
    day_of_month(1, 7, time(9)),
    pause=timedelta(hours=12),
)
# Daily figures are of working days. The pause is for public holidays, on which none are published.
LIQUIDITY = Figures(
    "hkma_liquidity",
    "the HKMA's interbank liquidity of the day",
    "refresh_hkma",
    {"hkma": ("interbank_liquidity",)},
    days_after_end(0, time(19)),
    pause=timedelta(hours=6),
    frequency="D",
)
# July 2026 was published on 10 September, 41 days after its end, the only time observed. `getDA` shows what is out.
COMTRADE = Figures(
    "comtrade",
    "UN Comtrade's gold by partner",
    "refresh_comtrade",
    {"comtrade": ("gold",)},
    days_after_end(38, time(9)),
    pause=timedelta(hours=6),
)
ALL = (MERCHANDISE, INDICES, PINK_SHEET, BULLETIN, LIQUIDITY, COMTRADE)


def newest_out(figures: Figures, now: datetime) -> pd.Period:
    """Return the newest period whose figures should be out. Days are weekdays."""
    period = pd.Period(now.astimezone(HONG_KONG).date(), figures.frequency)
    while not _is_reported(figures, period) or figures.out_from(period) > now:
        period -= 1
    return period


def due(figures: Figures, now: datetime, latest: pd.Period | None) -> pd.Period | None:
    """Return the period to fetch, or None if the latest one present is the newest that can be out."""
    newest = newest_out(figures, now)
    return newest if latest is None or latest < newest else None


def next_out(figures: Figures, now: datetime) -> tuple[pd.Period, datetime]:
    """Return the next period to be published, and the time from which it is out."""
    period = newest_out(figures, now) + 1
    while not _is_reported(figures, period):
        period += 1
    return period, figures.out_from(period)


def next_attempt_at(figures: Figures, period: pd.Period, fetched_at: datetime) -> datetime:
    """Return when to fetch a due period again after a fetch that did not bring it."""
    is_late = fetched_at - figures.out_from(period) > PATIENCE
    return fetched_at + (LATE_PAUSE if is_late else figures.pause)


def latest_of(figures: Figures, sources: tuple[str, ...], latest: LatestPeriods) -> pd.Period | None:
    """Return the newest period that all of the sources have; None if one of them has nothing."""
    newest = [
        max((latest[source, name] for name in figures.datasets[source] if (source, name) in latest), default=None)
        for source in sources
    ]
    return None if None in newest else min(period for period in newest if period is not None)


def _is_reported(figures: Figures, period: pd.Period) -> bool:
    """Return False for weekends of daily figures."""
    return figures.frequency == "M" or period.dayofweek < 5

"""When each kind of figure is published, what is due, and when to ask again. Pure: the time and what is held come in.

What is due stays due until it is held, so a machine that slept asks at its next tick.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import Literal

import pandas as pd

from orchestration.periods import HONG_KONG

# Figures that are a week late are asked for once a day: what is wrong then, half an hour does not mend.
PATIENCE, LATE_PAUSE = timedelta(days=7), timedelta(days=1)

Part = tuple[str, str]  # a source and one of its datasets
Held = Mapping[Part, pd.Period]


@dataclass(frozen=True)
class Figures:
    """Figures that come out together: the job that asks for them, where the release holds them, and when they are out.

    Of each source that is turned on, one of the datasets named must hold a period before it counts as held.
    """

    name: str
    what: str
    job: str
    datasets: Mapping[str, tuple[str, ...]]
    out_from: Callable[[pd.Period], datetime]
    pause: timedelta
    frequency: Literal["M", "D"] = "M"


def day_of_month(months_after: int, day: int, at: time) -> Callable[[pd.Period], datetime]:
    """Return a rule: a month's figures are out from a day of a later month."""
    return lambda month: datetime.combine((month + months_after).to_timestamp().date().replace(day=day), at, HONG_KONG)


def days_after_end(days: int, at: time) -> Callable[[pd.Period], datetime]:
    """Return a rule: figures are out from so many days after the last day of their period."""
    return lambda period: datetime.combine(period.end_time.date() + timedelta(days=days), at, HONG_KONG)


# 89 dated months came out 24 to 29 days after the month's end, at 16:30; gold by HS item comes out on the same day.
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
# Daily figures are of working days. The pause is for public holidays, on which none come.
LIQUIDITY = Figures(
    "hkma_liquidity",
    "the HKMA's interbank liquidity of the day",
    "refresh_hkma",
    {"hkma": ("interbank_liquidity",)},
    days_after_end(0, time(19)),
    pause=timedelta(hours=6),
    frequency="D",
)
# July 2026 came out on 10 September, 41 days after its end, the one time that was seen. `getDA` says whether it is out.
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


def due(figures: Figures, now: datetime, held: pd.Period | None) -> pd.Period | None:
    """Return the period to ask for, or None while what is held is the newest that can be out."""
    newest = newest_out(figures, now)
    return newest if held is None or held < newest else None


def next_out(figures: Figures, now: datetime) -> tuple[pd.Period, datetime]:
    """Return the period that comes out next, and the time from which it does."""
    period = newest_out(figures, now) + 1
    while not _is_reported(figures, period):
        period += 1
    return period, figures.out_from(period)


def ask_again_at(figures: Figures, period: pd.Period, asked_at: datetime) -> datetime:
    """Return when to ask for a period that is due, having asked for it in vain."""
    is_late = asked_at - figures.out_from(period) > PATIENCE
    return asked_at + (LATE_PAUSE if is_late else figures.pause)


def held_of(figures: Figures, sources: tuple[str, ...], held: Held) -> pd.Period | None:
    """Return the newest period that is held of each of the sources; None when one of them holds nothing."""
    newest = [
        max((held[source, name] for name in figures.datasets[source] if (source, name) in held), default=None)
        for source in sources
    ]
    return None if None in newest else min(period for period in newest if period is not None)


def _is_reported(figures: Figures, period: pd.Period) -> bool:
    return figures.frequency == "M" or period.dayofweek < 5

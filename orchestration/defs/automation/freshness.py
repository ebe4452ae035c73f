"""How old the newest that a publisher said may be.

Raw tables have an event each time that they were looked at, new or not, even when the publisher is down. So each
publisher that is turned on has an asset of its own, with an event each time that it said something new.
"""

from datetime import timedelta

import dagster as dg

from orchestration.defs import raw_table_events
from orchestration.settings import Settings
from orchestration.sources.registry import SOURCES

# Days without news that warn, and that fail. Monthly figures come out 28 to 36 days apart: day 24 to 29 of each month
# at C&SD. Liquidity is of working days, and the longest run of holidays, Lunar New Year's, takes five days with its
# weekend. What comes with an edition of the HS, every five years, is never late.
MONTHLY = (38, 45)
WINDOWS = {"csd": MONTHLY, "idds": MONTHLY, "hkma": (6, 9), "world_bank": MONTHLY, "comtrade": MONTHLY}


def publishers(settings: Settings) -> list[dg.AssetSpec]:
    """Return an asset for each publisher that is turned on: the others would always be stale."""
    return [_publisher(name) for name in settings.live_sources]


def _publisher(name: str) -> dg.AssetSpec:
    source = SOURCES[name]
    return dg.AssetSpec(
        raw_table_events.news_key(name),
        description=f"{source.publisher}: {source.description}; {source.cadence}. "
        "An event each time that something is new.",
        group_name="publishers",
        kinds={"http"},
        owners=["team:data"],
        tags={"source": name},
        freshness_policy=_policy(name),
    )


def _policy(name: str) -> dg.FreshnessPolicy | None:
    if name not in WINDOWS:
        return None
    warn, fail = (timedelta(days=days) for days in WINDOWS[name])
    return dg.FreshnessPolicy.time_window(fail_window=fail, warn_window=warn)

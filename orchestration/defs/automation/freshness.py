"""Freshness policies: how long a publisher may have nothing new.

Raw tables have an event for each run, also when nothing is new or the publisher is down. So each enabled publisher has
an asset of its own, with an event only when something is new.
"""

from datetime import timedelta

import dagster as dg

from orchestration.defs import raw_table_events
from orchestration.settings import Settings
from orchestration.sources.registry import SOURCES

# Days without anything new before a warning and before a failure. Monthly figures are 28 to 36 days apart: C&SD
# publishes on day 24 to 29 of each month. Liquidity is published on working days; the longest break, Lunar New Year
# with its weekend, is five days. Tables for HS editions, one in five years, have no policy.
MONTHLY = (38, 45)
WINDOWS = {"csd": MONTHLY, "idds": MONTHLY, "hkma": (6, 9), "world_bank": MONTHLY, "comtrade": MONTHLY}


def publishers(settings: Settings) -> list[dg.AssetSpec]:
    """Return an asset for each enabled publisher; the others would always be stale."""
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

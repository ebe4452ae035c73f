"""Jobs that fetch from publishers and load their raw tables. The models and a release follow when those changed."""

import dagster as dg

from orchestration.defs import raw_table_events
from orchestration.sources.registry import SOURCES

# The sources that each job fetches from, by the job's name.
SOURCES_OF_JOB = {
    **{f"refresh_{name}": (name,) for name in SOURCES},
    "refresh_merchandise": ("csd", "idds"),
}


def _raw_tables(sources: tuple[str, ...]) -> dg.AssetSelection:
    return dg.AssetSelection.assets(
        *(raw_table_events.key(table) for source in sources for table in SOURCES[source].tables)
    )


def _description(sources: tuple[str, ...]) -> str:
    return f"Fetch what is new. {' and '.join(SOURCES[source].description for source in sources)}."


JOBS = [
    dg.define_asset_job(name, _raw_tables(sources), description=_description(sources))
    for name, sources in SOURCES_OF_JOB.items()
]

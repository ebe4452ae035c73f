"""Jobs that ask publishers and fill their raw tables. The rest of the warehouse follows when that changed them."""

import dagster as dg
from dagster._core.definitions.unresolved_asset_job_definition import UnresolvedAssetJobDefinition

from orchestration.defs import raw_table_events
from orchestration.sources.registry import SOURCES


def _refresh(name: str, sources: tuple[str, ...]) -> UnresolvedAssetJobDefinition:
    keys = [raw_table_events.key(table) for source in sources for table in SOURCES[source].tables]
    publishers = " and ".join(SOURCES[source].what for source in sources)
    return dg.define_asset_job(
        f"refresh_{name}",
        dg.AssetSelection.assets(*keys),
        description=f"Ask for what is new. {publishers}.",
    )


REFRESH = {name: _refresh(name, (name,)) for name in SOURCES}
JOBS = [*REFRESH.values(), _refresh("merchandise", ("csd", "idds"))]

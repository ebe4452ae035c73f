"""The release in PostgreSQL, for BI tools: an asset of its own, only where ENTREPOT_POSTGRES_URL is set."""

import dagster as dg

from orchestration import releases
from orchestration.defs.assets.embedded_record import OWNER
from orchestration.defs.resources import Warehouse
from orchestration.serving import postgres_replica
from orchestration.settings import Settings


@dg.asset(
    deps=[dg.AssetKey("release")],
    group_name="release",
    kinds={"postgres"},
    owners=[OWNER],
    tags={"layer": "release"},
    description="The current release in PostgreSQL: filled beside the old one, held against the file, swapped in.\n\n"
    "When it fails, PostgreSQL keeps what it had, and the release itself stays published.",
)
def postgres(warehouse: Warehouse) -> dg.MaterializeResult:  # type: ignore[type-arg]
    """Load the current release, unless PostgreSQL has it."""
    try:
        release_id, is_new = postgres_replica.load_if_other(warehouse.settings)
    except releases.ReleaseError as error:
        raise dg.Failure(str(error), allow_retries=False) from error
    current = releases.current_release(warehouse.settings.current)
    rows = sum(current.rows.values())
    return dg.MaterializeResult(metadata={"release": release_id, "is_new": is_new, "dagster/row_count": rows})


def assets(settings: Settings) -> list[dg.AssetsDefinition]:
    """Return the asset where there is a PostgreSQL to load. A build of the past is not for its users."""
    return [postgres] if settings.postgres_url and not settings.as_of else []

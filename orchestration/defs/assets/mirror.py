"""The release at a URL, for readers on other machines: an asset of its own, only where ENTREPOT_RELEASES is set."""

import dagster as dg

from orchestration import releases
from orchestration.defs.assets.embedded_record import OWNER
from orchestration.defs.resources import Warehouse
from orchestration.serving import mirror_replica
from orchestration.settings import Settings
from orchestration.storage import StorageError


@dg.asset(
    deps=[dg.AssetKey("release")],
    group_name="release",
    kinds={"duckdb", "parquet"},
    owners=[OWNER],
    tags={"layer": "release"},
    description="The current release at the URL of `ENTREPOT_RELEASES`: its objects, each read back, then the pointer"
    " `current.json`.\n\nWhen it fails, the URL keeps what it had, and the release itself stays published.",
)
def releases_mirror(warehouse: Warehouse) -> dg.MaterializeResult:  # type: ignore[type-arg]
    """Copy the current release, unless it is current there."""
    try:
        release_id, is_new = mirror_replica.copy_if_other(warehouse.settings)
    except (releases.ReleaseError, StorageError) as error:
        raise dg.Failure(str(error), allow_retries=False) from error
    return dg.MaterializeResult(
        metadata={"release": release_id, "is_new": is_new, "place": str(warehouse.settings.releases)}
    )


def assets(settings: Settings) -> list[dg.AssetsDefinition]:
    """Return the asset where there is a URL to copy to. A build of the past is not for its readers."""
    return [releases_mirror] if settings.releases and not settings.as_of else []

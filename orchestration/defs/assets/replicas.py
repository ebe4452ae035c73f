"""Assets for the replicas of the release, PostgreSQL and a URL: each exists only where its address is set."""

from dataclasses import dataclass
from typing import Any

import dagster as dg

from orchestration.defs.assets import OWNER
from orchestration.defs.resources import Warehouse
from orchestration.releases import ReleaseError
from orchestration.serving.mirror_replica import MirrorReplica
from orchestration.serving.postgres_replica import PostgresReplica
from orchestration.serving.replica import Replica
from orchestration.settings import Settings
from orchestration.storage import StorageError


@dataclass(frozen=True)
class _ReplicaAsset:
    name: str
    replica: type[Replica]
    kinds: set[str]
    description: str


POSTGRES = _ReplicaAsset(
    "postgres",
    PostgresReplica,
    {"postgres"},
    "The current release in PostgreSQL: loaded beside the old one, compared with the file, swapped in.\n\n"
    "If this fails, PostgreSQL keeps the release that it had, and the new release stays published.",
)
MIRROR = _ReplicaAsset(
    "releases_mirror",
    MirrorReplica,
    {"duckdb", "parquet"},
    "The current release at the URL of `ENTREPOT_RELEASES`: its objects, each read back, then the pointer"
    " `current.json`.\n\nIf this fails, the URL keeps the release that it had, and the new release stays published.",
)


def assets(settings: Settings) -> list[dg.AssetsDefinition]:
    """Return an asset for each replica that has an address. A build of the past (`as_of`) is never copied."""
    if settings.as_of:
        return []
    addresses = ((POSTGRES, settings.postgres_url), (MIRROR, settings.releases))
    return [_asset(spec) for spec, address in addresses if address]


def _asset(spec: _ReplicaAsset) -> dg.AssetsDefinition:
    @dg.asset(
        name=spec.name,
        deps=[dg.AssetKey("release")],
        group_name="release",
        kinds=spec.kinds,
        owners=[OWNER],
        tags={"layer": "release"},
        description=spec.description,
    )
    def replica_asset(warehouse: dg.ResourceParam[Warehouse]) -> dg.MaterializeResult:  # type: ignore[type-arg]
        """Copy the current release, unless the replica has it."""
        replica = spec.replica(warehouse.settings)
        try:
            release_id, is_new = replica.update_if_stale()
        except (ReleaseError, StorageError) as error:
            raise dg.Failure(str(error), allow_retries=False) from error
        return dg.MaterializeResult(metadata={"release": release_id, "is_new": is_new, **_details(spec, replica)})

    return replica_asset


def _details(spec: _ReplicaAsset, replica: Replica) -> dict[str, Any]:
    if spec is POSTGRES:
        return {"dagster/row_count": sum(replica.current().rows.values())}
    return {"place": replica.place}

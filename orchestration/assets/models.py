"""The dbt layers: reference data, staging, intermediate and marts, in one run of dbt."""

from collections.abc import Iterator

import dagster as dg
from dagster_dbt import dbt_assets

from orchestration import dbt, spark_build
from orchestration.resources import Warehouse
from orchestration.settings import get_settings

PROJECT = dbt.project(get_settings())
BUILDS = {"duckdb": dbt.build, "spark": spark_build.build}


@dbt_assets(
    manifest=dbt.manifest(PROJECT.manifest_path),
    dagster_dbt_translator=dbt.EntrepotTranslator(),
    project=PROJECT,
    name="dbt_build",
    pool="duckdb",
)
def dbt_models(context: dg.AssetExecutionContext, warehouse: Warehouse) -> Iterator[dbt.DbtEvent]:
    """Run the dbt project; its tests are the asset checks of its models."""
    yield from BUILDS[warehouse.settings.engine](context, warehouse.settings)

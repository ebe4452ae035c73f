"""The dbt layers: reference data, staging, intermediate and marts, in one run of dbt."""

from collections.abc import Iterator

import dagster as dg
from dagster_dbt import dbt_assets

from orchestration.dbt import build, project
from orchestration.dbt.spark import build as spark_build
from orchestration.dbt.translator import EntrepotTranslator
from orchestration.defs.resources import Warehouse
from orchestration.settings import get_settings

PROJECT = project.project(get_settings())
BUILDS = {"duckdb": build.build, "spark": spark_build.build}


@dbt_assets(
    manifest=project.manifest(get_settings()),
    dagster_dbt_translator=EntrepotTranslator(),
    project=PROJECT,
    name="dbt_build",
    pool="duckdb",
)
def dbt_models(context: dg.AssetExecutionContext, warehouse: dg.ResourceParam[Warehouse]) -> Iterator[build.DbtEvent]:
    """Run the dbt project; its tests are the asset checks of its models."""
    yield from BUILDS[warehouse.settings.engine](context, warehouse.settings)

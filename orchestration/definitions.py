"""The Dagster code location: assembles the assets, their checks, the main job, schedules and sensors."""

from functools import cache

import dagster as dg

from orchestration.defs.assets import lake, replicas
from orchestration.defs.assets.dbt_models import dbt_models
from orchestration.defs.assets.release import release
from orchestration.defs.assets.sources import sources
from orchestration.defs.automation import (
    automation_conditions,
    backfills,
    failure_sensor,
    freshness,
    jobs,
    new_vintages_sensor,
    schedules,
)
from orchestration.defs.checks import CHECKS
from orchestration.defs.progress_logger import progress_logger
from orchestration.defs.resources import warehouse_resource
from orchestration.settings import Settings, get_settings

warehouse_job = dg.define_asset_job(
    "warehouse",
    selection=dg.AssetSelection.all(),
    tags=automation_conditions.EVERYTHING,
    description="The main job: archive and load the sources, build and test the models, check, and publish a release.",
)


@cache
def build(settings: Settings) -> dg.Definitions:
    """Return the code location for the given settings: which sources are turned on, and where releases go."""
    following = dg.map_asset_specs(automation_conditions.following, [dbt_models, release, *replicas.assets(settings)])
    return dg.Definitions(
        assets=[
            *dg.with_source_code_references([sources, *following]),
            *freshness.publishers(settings),
            *lake.tables(settings),
        ],
        asset_checks=CHECKS,
        jobs=[warehouse_job, *jobs.JOBS, backfills.backfill_months],
        schedules=schedules.schedules(settings),
        sensors=[module.sensor(settings) for module in (automation_conditions, new_vintages_sensor, failure_sensor)],
        resources={"warehouse": warehouse_resource(settings)},
        loggers={"console": dg.colored_console_logger, "progress": progress_logger},
        executor=dg.in_process_executor,
    )


defs = build(get_settings())

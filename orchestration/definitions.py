"""The Dagster code location: assembles the layers, their checks, the main job, and what keeps them current."""

import dagster as dg

from orchestration.assets import lake, postgres, releases_mirror
from orchestration.assets.models import dbt_models
from orchestration.assets.publishers import publishers
from orchestration.assets.raw import embedded_record
from orchestration.assets.release import release
from orchestration.automation import backfills, downstream, failures, freshness, jobs, schedules, vintages
from orchestration.checks.asset_checks import CHECKS
from orchestration.progress import progress_logger
from orchestration.resources import Warehouse
from orchestration.settings import get_settings

settings = get_settings()
warehouse_job = dg.define_asset_job(
    "warehouse",
    selection=dg.AssetSelection.all(),
    tags=downstream.EVERYTHING,
    description="The main job: archive and load the sources, build and test the models, check, and publish a release.",
)

serving = [*postgres.assets(settings), *releases_mirror.assets(settings)]
following = dg.map_asset_specs(downstream.following, [dbt_models, release, *serving])

defs = dg.Definitions(
    assets=[
        *dg.with_source_code_references([embedded_record, publishers, *following]),
        *freshness.publishers(settings),
        *lake.tables(settings),
    ],
    asset_checks=CHECKS,
    jobs=[warehouse_job, *jobs.JOBS, backfills.backfill_months],
    schedules=schedules.schedules(settings),
    sensors=[module.sensor(settings) for module in (downstream, vintages, failures)],
    resources={"warehouse": Warehouse()},
    loggers={"console": dg.colored_console_logger, "progress": progress_logger},
    executor=dg.in_process_executor,
)

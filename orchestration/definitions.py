"""The Dagster code location: assembles the layers, their checks and the main job."""

import dagster as dg

from orchestration.assets.models import dbt_models
from orchestration.assets.raw import embedded_record
from orchestration.assets.release import release
from orchestration.checks.asset_checks import CHECKS
from orchestration.progress import progress_logger
from orchestration.resources import Warehouse

warehouse_job = dg.define_asset_job(
    "warehouse",
    selection=dg.AssetSelection.all(),
    description="The main job: archive and load the sources, build and test the models, check, and publish a release.",
)

defs = dg.Definitions(
    assets=dg.with_source_code_references([embedded_record, dbt_models, release]),
    asset_checks=CHECKS,
    jobs=[warehouse_job],
    resources={"warehouse": Warehouse()},
    loggers={"console": dg.colored_console_logger, "progress": progress_logger},
    executor=dg.in_process_executor,
)

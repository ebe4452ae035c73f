"""The dbt project as dagster-dbt and the pages read it: its folder and its manifest, parsed if a file has changed."""

import json
from functools import cache
from typing import Any

from dagster_dbt import DbtProject

from orchestration.dbt import worker
from orchestration.settings import DBT_PROJECT_DIR, Settings
from orchestration.warehouse import build_log


@cache
def project(settings: Settings) -> DbtProject:
    """Return the dbt project with a manifest that is up to date; a worker parses it if a file has changed.

    Raises DbtFailure when the project does not parse.
    """
    if not worker.is_parsed(settings):
        worker.start(settings).wait_until_ready()
    return DbtProject(project_dir=DBT_PROJECT_DIR, target_path=settings.dbt_target_dir)


@cache
def manifest(settings: Settings) -> dict[str, Any]:
    """Return the project's manifest, read once. Raises DbtFailure when the project does not parse."""
    code_version(settings)  # that of the manifest: before it is read
    loaded: dict[str, Any] = json.loads(project(settings).manifest_path.read_bytes())
    return loaded


@cache
def code_version(_: Settings) -> str:
    """Return the version of the code, as `build_log.code_version` does, when this process read the manifest."""
    return build_log.code_version()

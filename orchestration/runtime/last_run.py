"""The newest run that failed since the last successful one: for `entrepot status`."""

import sqlite3
import time
from collections.abc import Mapping
from contextlib import closing
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from orchestration.settings import Settings
from orchestration.warehouse import build_file

if TYPE_CHECKING:
    import dagster as dg

LOOKED_AT = 50
RELEASE = "release"
# Importing Dagster takes 2 s, which `status` spends only if a run did not succeed after the main job last did.
UNSUCCESSFUL = """
select 1 from runs
where status in ('FAILURE', 'STARTED', 'STARTING', 'CANCELING')
    and id > coalesce((select max(id) from runs where status = 'SUCCESS' and pipeline_name = 'warehouse'), 0)
limit 1
"""
ACTIVE = ("STARTED", "STARTING", "CANCELING")
# A run locks the warehouse at its first step and until its last, but begins before and ends after that.
SECONDS_WITHOUT_LOCK = 2.0
KILLED = "its process was killed or the machine was restarted"


def last_failure(settings: Settings) -> Mapping[str, Any] | None:
    """Return the newest failed run, unless a later one that could release succeeded; None if there is none.

    The keys are `run`, `at` (a datetime, UTC) and `problems`, sentences. A run whose process is gone has failed.
    """
    if not _may_have_failed(settings):
        return None
    import dagster as dg

    from orchestration.runtime import instance
    from orchestration.runtime.run_problems import problems

    with instance.get(settings) as records:
        is_held = build_file.is_held(settings)
        for record in records.get_run_records(limit=LOOKED_AT):
            run = record.dagster_run
            selected = run.asset_selection
            if run.status == dg.DagsterRunStatus.SUCCESS and (not selected or dg.AssetKey(RELEASE) in selected):
                return None
            if run.status == dg.DagsterRunStatus.FAILURE or (not is_held and _was_killed(records, run, settings)):
                entries = records.all_logs(run.run_id)
                found = problems(entry.dagster_event for entry in entries if entry.dagster_event)
                at = record.end_time or record.start_time or record.create_timestamp.timestamp()
                return {"run": run.run_id, "at": datetime.fromtimestamp(at, UTC), "problems": found or [KILLED]}
    return None


def _was_killed(instance: "dg.DagsterInstance", run: "dg.DagsterRun", settings: Settings) -> bool:
    """Return True if a run began and did not end, and nothing holds the warehouse any more."""
    if run.is_finished or run.status.value not in ACTIVE:
        return False
    time.sleep(SECONDS_WITHOUT_LOCK)
    later = instance.get_run_by_id(run.run_id)
    return later is not None and not later.is_finished and not build_file.is_held(settings)


def _may_have_failed(settings: Settings) -> bool:
    """Return True unless Dagster's table of runs says that the main job succeeded after everything else."""
    runs = settings.dagster_home / "history" / "runs.db"
    if not runs.exists():
        return False
    try:
        with closing(sqlite3.connect(f"{runs.as_uri()}?mode=ro", uri=True, timeout=5)) as connection:
            return connection.execute(UNSUCCESSFUL).fetchone() is not None
    except sqlite3.Error:  # another layout, or damaged: Dagster itself may know
        return True

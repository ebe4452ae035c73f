"""Whether a run is running. Dagster does not know: a run that was killed with the machine keeps the status STARTED."""

import time
from datetime import UTC, datetime, timedelta

import dagster as dg

from orchestration.runtime.instance import end_abandoned_runs
from orchestration.settings import Settings
from orchestration.warehouse import build_file

NOT_FINISHED = [
    dg.DagsterRunStatus.NOT_STARTED,
    dg.DagsterRunStatus.QUEUED,
    dg.DagsterRunStatus.STARTING,
    dg.DagsterRunStatus.STARTED,
    dg.DagsterRunStatus.CANCELING,
]
LONGEST_WAIT = timedelta(hours=6)  # older runs that never started are forgotten ones
SETTLING = timedelta(minutes=1)


def is_running(instance: dg.DagsterInstance, settings: Settings, job: str) -> bool:
    """Return True if a run of the job is queued or running. A run that is running holds the warehouse's lock."""
    recent = dg.RunsFilter(job_name=job, statuses=NOT_FINISHED, created_after=datetime.now(UTC) - LONGEST_WAIT)
    statuses = {record.dagster_run.status for record in instance.get_run_records(recent)}
    return bool(statuses - {dg.DagsterRunStatus.STARTED}) or (bool(statuses) and build_file.is_held(settings))


def fail_killed_runs(instance: dg.DagsterInstance, settings: Settings) -> None:
    """Mark killed runs as failed: otherwise there is no notification, and other runs wait for them.

    A run that has just started may not hold the lock yet, and one that is ending has released it. The first is given
    a minute, the second one second.
    """
    if _has_killed_runs(instance, settings):
        time.sleep(1)
        if _has_killed_runs(instance, settings):
            end_abandoned_runs(instance, this_run="")


def _has_killed_runs(instance: dg.DagsterInstance, settings: Settings) -> bool:
    """Return True if runs are STARTED, all for more than a minute, but no process holds the warehouse's lock."""
    records = instance.get_run_records(dg.RunsFilter(statuses=[dg.DagsterRunStatus.STARTED]))
    starts = [record.start_time or 0 for record in records]
    settled = datetime.now(UTC) - SETTLING
    return bool(starts) and max(starts) < settled.timestamp() and not build_file.is_held(settings)

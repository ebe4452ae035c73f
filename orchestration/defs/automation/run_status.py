"""Whether a run is at work. Dagster alone can not tell: a run that was killed with the machine stays a started one."""

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
LONGEST_WAIT = timedelta(hours=6)
SETTLING = timedelta(minutes=1)


def is_under_way(instance: dg.DagsterInstance, settings: Settings, job: str) -> bool:
    """Say whether a run of a job waits for its turn, or works: then it holds the warehouse."""
    recent = dg.RunsFilter(job_name=job, statuses=NOT_FINISHED, created_after=datetime.now(UTC) - LONGEST_WAIT)
    statuses = {record.dagster_run.status for record in instance.get_run_records(recent)}
    return bool(statuses - {dg.DagsterRunStatus.STARTED}) or (bool(statuses) and build_file.is_held(settings))


def end_killed(instance: dg.DagsterInstance, settings: Settings) -> None:
    """Have runs that were killed count as failed: nobody would hear of them, and other runs would wait for them.

    A run that began just now may not hold the warehouse yet, and one that ends does not any more: both are waited for.
    """
    if _killed(instance, settings):
        time.sleep(1)
        if _killed(instance, settings):
            end_abandoned_runs(instance, this_run="")


def _killed(instance: dg.DagsterInstance, settings: Settings) -> bool:
    """Say whether runs count as started though nobody holds the warehouse, the youngest of them for a while."""
    records = instance.get_run_records(dg.RunsFilter(statuses=[dg.DagsterRunStatus.STARTED]))
    begun = [record.start_time or 0 for record in records]
    settled = datetime.now(UTC) - SETTLING
    return bool(begun) and max(begun) < settled.timestamp() and not build_file.is_held(settings)

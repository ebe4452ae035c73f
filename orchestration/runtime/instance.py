"""The Dagster instance of this warehouse: where runs and checks are remembered, and how runs start."""

import json
import os
from pathlib import Path

import dagster as dg

from orchestration.settings import Settings

CONFIG = """\
# Written by Entrepot at every start; change orchestration/runtime/instance.py instead.
telemetry:
  enabled: false
nux:
  enabled: false
# Every event is in the event log; a second copy of each on the console costs a run a twentieth of its time.
python_logs:
  python_log_level: INFO
# One run at a time holds the warehouse: what a person starts begins at once, what starts by itself waits its turn.
run_coordinator:
  module: orchestration.runtime.run_coordinator
  class: PatientRunCoordinator
  config:
    max_concurrent_runs: 1
    dequeue_interval_seconds: 2
    block_op_concurrency_limited_runs:
      enabled: false
run_launcher:
  module: orchestration.runtime.run_launcher
  class: StandbyRunLauncher
concurrency:
  pools:
    granularity: op
    default_limit: 1
event_log_storage:
  module: orchestration.runtime.event_log_storage
  class: PooledSqliteEventLogStorage
  config:
    base_dir: {events}
run_storage:
  module: dagster._core.storage.runs
  class: SqliteRunStorage
  config:
    base_dir: {history}
schedule_storage:
  module: dagster._core.storage.schedules
  class: SqliteScheduleStorage
  config:
    base_dir: {schedules}
"""


def prepare(settings: Settings) -> Path:
    """Write the instance's configuration and make it this process's DAGSTER_HOME."""
    settings.dagster_home.mkdir(parents=True, exist_ok=True)
    config = settings.dagster_home / "dagster.yaml"
    wanted = CONFIG.format(
        events=json.dumps(str(settings.dagster_home / "history" / "runs")),
        history=json.dumps(str(settings.dagster_home / "history")),
        schedules=json.dumps(str(settings.dagster_home / "schedules")),
    )
    if not config.exists() or config.read_text() != wanted:
        config.write_text(wanted)
    os.environ["DAGSTER_HOME"] = str(settings.dagster_home)
    os.environ["ENTREPOT_HOME"] = str(settings.home)
    return settings.dagster_home


def get(settings: Settings) -> dg.DagsterInstance:
    """Return the instance of this warehouse."""
    return dg.DagsterInstance.from_config(str(prepare(settings)))


def end_abandoned_runs(instance: dg.DagsterInstance, this_run: str) -> None:
    """Mark runs that no process works on any more as failed, and give back the pool slots that they hold.

    Call it only while holding the warehouse: then no other run is alive. Without it, a run that was killed would hold
    its slot in the pool for ever, and the next run would wait for ever.
    """
    started = [dg.DagsterRunStatus.STARTED, dg.DagsterRunStatus.CANCELING]
    for run in instance.get_runs(dg.RunsFilter(statuses=started)):
        if run.run_id != this_run:
            instance.report_run_failed(run, "the process that worked on this run was killed")
    for run_id in instance.event_log_storage.get_concurrency_run_ids() - {this_run}:
        instance.event_log_storage.free_concurrency_slots_for_run(run_id)

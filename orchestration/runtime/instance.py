"""The Dagster instance of this warehouse: where runs and checks are recorded, and how runs start."""

import json
import os

import dagster as dg

from orchestration.dbt.compatibility import Acceleration, is_active
from orchestration.home import mark_layout
from orchestration.runtime import databases
from orchestration.settings import Settings
from orchestration.storage.files import set_aside_unless_file

COMMON = """\
# Written by Entrepot at every start; change orchestration/runtime/instance.py instead.
telemetry:
  enabled: false
nux:
  enabled: false
# Every event is in the event log; a second copy of each on the console costs a run a twentieth of its time.
python_logs:
  python_log_level: INFO
# One run at a time holds the warehouse: a second one waits in the queue.
concurrency:
  runs:
    max_concurrent_runs: 1
  pools:
    granularity: run
    default_limit: 1
# Guards Dagster's own web server, should it be started on this instance.
scheduler:
  module: orchestration.runtime.scheduler
  class: GuardingScheduler
run_coordinator:
  module: orchestration.runtime.run_coordinator
  class: DirectRunCoordinator
  config:
    dequeue_interval_seconds: 1
"""
WARM_LAUNCHER = """\
run_launcher:
  module: orchestration.runtime.run_launcher
  class: WarmRunLauncher
"""
# The same folders and files with both storages, so that either reads what the other wrote.
POOLED_STORAGE = """\
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
STANDARD_STORAGE = """\
storage:
  sqlite:
    base_dir: {home}
"""


def config(settings: Settings) -> str:
    """Return the content of dagster.yaml; it names Dagster's own classes where an acceleration is switched off."""

    def choose(acceleration: Acceleration, accelerated: str, standard: str) -> str:
        return accelerated if is_active(acceleration, settings) else standard

    home = databases.base_folder(settings)
    folders = {"home": home, "history": home / "history", "events": home / "history" / "runs"}
    folders["schedules"] = home / "schedules"
    storage = choose(Acceleration.EVENT_LOG, POOLED_STORAGE, STANDARD_STORAGE)
    return "".join(
        [
            COMMON,
            choose(Acceleration.WARM_WORKER, WARM_LAUNCHER, ""),
            storage.format(**{name: json.dumps(str(folder), ensure_ascii=False) for name, folder in folders.items()}),
        ]
    )


def prepare(settings: Settings) -> dict[str, str]:
    """Repair the instance and write its configuration; return the environment for processes that work on it.

    Raises NewerHome.
    """
    mark_layout(settings.home)
    databases.repair(settings.dagster_home)
    file = settings.dagster_home / "dagster.yaml"
    set_aside_unless_file(file)
    wanted = config(settings).encode()
    if not file.exists() or file.read_bytes() != wanted:
        file.write_bytes(wanted)
    return {**os.environ, "DAGSTER_HOME": str(databases.base_folder(settings)), "ENTREPOT_HOME": str(settings.home)}


def get(settings: Settings) -> dg.DagsterInstance:
    """Return the instance of this warehouse."""
    prepare(settings)
    return dg.DagsterInstance.from_config(str(databases.base_folder(settings)))


def end_abandoned_runs(instance: dg.DagsterInstance, this_run: str) -> None:
    """Mark runs whose process is gone as failed. Otherwise other runs would wait for them indefinitely.

    Call it only while holding the warehouse: then no other run is alive.
    """
    started = [dg.DagsterRunStatus.STARTED, dg.DagsterRunStatus.CANCELING]
    for run in instance.get_runs(dg.RunsFilter(statuses=started)):
        if run.run_id != this_run:
            instance.report_run_failed(run, "the process of this run was killed")

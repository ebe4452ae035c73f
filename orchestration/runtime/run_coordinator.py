"""When runs start: at once if no other run is active; otherwise they wait in Dagster's queue.

Dagster's own coordinator counts a run that was killed as active, and would keep every later run waiting for it. This
one asks the lock of the warehouse instead, which goes with its process. It uses Dagster's documented extension point
and no private module.
"""

from datetime import UTC, datetime, timedelta

import dagster as dg

from orchestration.settings import get_settings
from orchestration.warehouse import build_file

WAITING = [dg.DagsterRunStatus.QUEUED, dg.DagsterRunStatus.STARTING]
# A run takes the warehouse seconds after it was launched. One that is older and still starting was killed.
STARTING_TIME = timedelta(minutes=1)


class DirectRunCoordinator(dg.QueuedRunCoordinator):
    """Launches a run directly if no run is active or waiting; the daemon launches the others, one after the other.

    A run that was killed does not hold the warehouse, so it does not keep others waiting: the next run marks it as
    failed.
    """

    def submit_run(self, context: dg.SubmitRunContext) -> dg.DagsterRun:
        if self._is_busy():
            return super().submit_run(context)
        return self._instance.launch_run(context.dagster_run.run_id, context.workspace)

    def _is_busy(self) -> bool:
        recent = dg.RunsFilter(statuses=WAITING, created_after=datetime.now(UTC) - STARTING_TIME)
        return build_file.is_held(get_settings()) or bool(self._instance.get_run_ids(recent, limit=1))

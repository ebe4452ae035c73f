"""When runs begin: what a person starts begins at once; what starts by itself waits until no other run is at work.

One run at a time holds the warehouse, and another one fails. Schedules that are due at the same tick, and the months of
a backfill, come one after the other.
"""

from dagster import DagsterRun
from dagster._core.run_coordinator import QueuedRunCoordinator, SubmitRunContext
from dagster._core.storage.tags import BACKFILL_ID_TAG, SCHEDULE_NAME_TAG, SENSOR_NAME_TAG

AUTOMATIC = {SCHEDULE_NAME_TAG, SENSOR_NAME_TAG, BACKFILL_ID_TAG}


class PatientRunCoordinator(QueuedRunCoordinator):
    """A queue for the runs of schedules, sensors and backfills, which the daemon launches; others pass it by."""

    def submit_run(self, context: SubmitRunContext) -> DagsterRun:
        if AUTOMATIC & set(context.dagster_run.tags):
            return super().submit_run(context)
        return self._instance.launch_run(context.dagster_run.run_id, context.workspace)

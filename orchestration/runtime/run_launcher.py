"""How runs start from the web server and the daemon: in the warm worker, or the usual way if none is waiting.

What this and the warm worker save is in `warm_worker`.
"""

import dagster as dg
from dagster._core.launcher.base import LaunchRunContext
from dagster._grpc.types import ExecuteRunArgs
from dagster._serdes import serialize_value

from orchestration.runtime import warm_worker
from orchestration.settings import get_settings

TAG = ".dagster/entrepot_worker_pid"  # the prefix keeps it out of the runs page


class WarmRunLauncher(dg.DefaultRunLauncher):
    """Hands a run to the warm worker; falls back to a process of the code server if none is waiting."""

    def launch_run(self, context: LaunchRunContext) -> None:
        run = context.dagster_run
        if context.job_code_origin is None:
            raise ValueError(f"run {run.run_id} does not say where its code is")
        arguments = ExecuteRunArgs(context.job_code_origin, run.run_id, self._instance.get_ref())
        reply = warm_worker.request(get_settings(), {"launch": serialize_value(arguments), "run_id": run.run_id})
        if reply is None or reply["pid"] is None:
            super().launch_run(context)
        else:
            self._instance.add_run_tags(run.run_id, {TAG: str(reply["pid"])})

    def terminate(self, run_id: str) -> bool:
        run = self._instance.get_run_by_id(run_id)
        if run is None or TAG not in run.tags:
            return bool(super().terminate(run_id))  # type: ignore[no-untyped-call]
        if run.is_finished:
            return False
        self._instance.report_run_canceling(run)
        reply = warm_worker.request(get_settings(), {"terminate": run_id})
        return bool(reply and reply["terminated"])

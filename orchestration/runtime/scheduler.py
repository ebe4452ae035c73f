"""Dagster's scheduler, unchanged, as the way to guard Dagster's own web server.

dagster.yaml names it, and of the classes named there it is the one that every process creates when it opens the
instance, also the one that `dagster dev` or `dagster-webserver` starts, before that serves anything.
"""

from collections.abc import Mapping
from typing import Any

from dagster._core.scheduler import DagsterDaemonScheduler
from dagster._serdes import ConfigurableClassData

from orchestration.runtime import webserver


class GuardingScheduler(DagsterDaemonScheduler):
    """Puts the request guard in front of the web server of this process, if it is one."""

    @classmethod
    def from_config_value(
        cls, inst_data: ConfigurableClassData | None, config_value: Mapping[str, Any]
    ) -> "GuardingScheduler":
        webserver.guard_dagsters_own()
        return cls(inst_data=inst_data, **config_value)

"""When runs begin: a person's at once, automatic ones by the queue."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any
from unittest import mock

import dagster as dg
import pytest
from dagster._core.run_coordinator import QueuedRunCoordinator, SubmitRunContext

from orchestration.runtime.run_coordinator import PatientRunCoordinator


@dg.job
def refresh_csd() -> None:
    """Stands for the job of this name."""


@pytest.fixture
def instance(tmp_path: Path) -> Iterator[dg.DagsterInstance]:
    overrides: dict[str, Any] = {
        "run_coordinator": {
            "module": "orchestration.runtime.run_coordinator",
            "class": "PatientRunCoordinator",
            "config": {"max_concurrent_runs": 1},
        }
    }
    with dg.DagsterInstance.local_temp(str(tmp_path), overrides) as instance:
        yield instance


def submitted(instance: dg.DagsterInstance, tags: dict[str, str]) -> str:
    """Submit a run; return where it went."""
    run = instance.create_run_for_job(refresh_csd, tags=tags)
    with (
        mock.patch.object(dg.DagsterInstance, "launch_run") as launch,
        mock.patch.object(QueuedRunCoordinator, "submit_run") as enqueue,
    ):
        instance.run_coordinator.submit_run(SubmitRunContext(run, mock.Mock()))
    assert launch.called != enqueue.called
    return "launched" if launch.called else "queued"


def test_a_run_that_a_person_starts_is_launched_at_once(instance: dg.DagsterInstance) -> None:
    assert isinstance(instance.run_coordinator, PatientRunCoordinator)
    assert submitted(instance, {"dagster/partition": "2024-01-01"}) == "launched"


@pytest.mark.parametrize("tag", ["dagster/schedule_name", "dagster/sensor_name", "dagster/backfill"])
def test_a_run_that_starts_by_itself_waits_in_the_queue(instance: dg.DagsterInstance, tag: str) -> None:
    assert submitted(instance, {tag: "x"}) == "queued"


def test_the_queue_lets_as_many_runs_work_as_its_configuration_says(instance: dg.DagsterInstance) -> None:
    config = instance.get_concurrency_config().run_queue_config
    assert config
    assert config.max_concurrent_runs == 1

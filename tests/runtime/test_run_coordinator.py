"""When runs start: at once if no other run is active, otherwise through Dagster's queue."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any
from unittest import mock

import dagster as dg
import pytest

from orchestration.runtime.run_coordinator import DirectRunCoordinator
from orchestration.settings import Settings, get_settings
from orchestration.warehouse import build_file


@dg.job
def refresh_csd() -> None:
    """A job to submit runs of."""


@pytest.fixture
def settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Settings]:
    monkeypatch.setenv("ENTREPOT_HOME", str(tmp_path))
    get_settings.cache_clear()
    yield get_settings()
    get_settings.cache_clear()


@pytest.fixture
def instance(settings: Settings) -> Iterator[dg.DagsterInstance]:
    overrides: dict[str, Any] = {
        "run_coordinator": {
            "module": "orchestration.runtime.run_coordinator",
            "class": "DirectRunCoordinator",
        },
        "concurrency": {"runs": {"max_concurrent_runs": 1}},
    }
    settings.dagster_home.mkdir()
    with dg.DagsterInstance.local_temp(str(settings.dagster_home), overrides) as instance:
        yield instance


def submit(instance: dg.DagsterInstance) -> str:
    """Submit a run without starting it; return what happened to it: launched or queued."""
    run = instance.create_run_for_job(refresh_csd)
    with (
        mock.patch.object(dg.DagsterInstance, "launch_run") as launch,
        mock.patch.object(dg.QueuedRunCoordinator, "submit_run") as enqueue,
    ):
        instance.run_coordinator.submit_run(dg.SubmitRunContext(run, mock.Mock()))
    assert launch.called != enqueue.called
    return "launched" if launch.called else "queued"


def test_run_is_launched_at_once_if_no_other_is_active(instance: dg.DagsterInstance) -> None:
    assert isinstance(instance.run_coordinator, DirectRunCoordinator)
    assert submit(instance) == "launched"


def test_run_waits_behind_one_that_is_starting(instance: dg.DagsterInstance) -> None:
    instance.create_run_for_job(refresh_csd, status=dg.DagsterRunStatus.STARTING)
    assert submit(instance) == "queued"


def test_run_waits_while_a_process_holds_the_warehouse(instance: dg.DagsterInstance, settings: Settings) -> None:
    with build_file.hold(settings, "another run"):
        assert submit(instance) == "queued"
    assert submit(instance) == "launched"


def test_killed_run_does_not_keep_others_waiting(instance: dg.DagsterInstance) -> None:
    instance.create_run_for_job(refresh_csd, status=dg.DagsterRunStatus.STARTED)
    assert submit(instance) == "launched"


def test_queue_runs_one_at_a_time(instance: dg.DagsterInstance) -> None:
    config = instance.get_concurrency_config().run_queue_config
    assert config
    assert config.max_concurrent_runs == 1

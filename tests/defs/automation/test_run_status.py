"""Whether a run is running, and how killed runs are marked as failed."""

import time

import dagster as dg
from dagster._core.events import DagsterEvent, DagsterEventType

from orchestration.defs.automation import run_status
from orchestration.settings import Settings
from orchestration.warehouse import build_file


@dg.job
def refresh_csd() -> None:
    """A job with the name of the real one."""


def started(instance: dg.DagsterInstance, seconds_ago: float) -> str:
    """Return the id of a run that started some time ago and has logged nothing since."""
    run = instance.create_run_for_job(refresh_csd, status=dg.DagsterRunStatus.STARTING)
    begin = DagsterEvent(DagsterEventType.RUN_START.value, refresh_csd.name)
    instance.report_dagster_event(begin, run.run_id, timestamp=time.time() - seconds_ago)
    return run.run_id


def status(instance: dg.DagsterInstance, run_id: str) -> dg.DagsterRunStatus:
    run = instance.get_run_by_id(run_id)
    assert run
    return run.status


def test_killed_run_is_marked_as_failed(instance: dg.DagsterInstance, settings: Settings) -> None:
    run_id = started(instance, seconds_ago=3600)
    run_status.fail_killed_runs(instance, settings)
    assert status(instance, run_id) == dg.DagsterRunStatus.FAILURE


def test_run_that_holds_the_warehouse_is_never_marked_as_failed(
    instance: dg.DagsterInstance, settings: Settings
) -> None:
    run_id = started(instance, seconds_ago=3600)
    with build_file.hold(settings, "a run"):
        run_status.fail_killed_runs(instance, settings)
    assert status(instance, run_id) == dg.DagsterRunStatus.STARTED


def test_run_that_has_just_started_is_not_marked_as_failed(instance: dg.DagsterInstance, settings: Settings) -> None:
    killed, recent = started(instance, seconds_ago=3600), started(instance, seconds_ago=1)
    run_status.fail_killed_runs(instance, settings)
    assert (status(instance, killed), status(instance, recent)) == (dg.DagsterRunStatus.STARTED,) * 2


def test_checking_the_lock_does_not_keep_it(settings: Settings) -> None:
    assert not build_file.is_held(settings)
    with build_file.hold(settings, "a run"):
        assert build_file.is_held(settings)
    assert not build_file.is_held(settings)
    with build_file.hold(settings, "another run"):
        pass


def test_finished_run_is_not_running(instance: dg.DagsterInstance, settings: Settings) -> None:
    run_id = started(instance, seconds_ago=60)
    with build_file.hold(settings, "a run"):
        assert run_status.is_running(instance, settings, "refresh_csd")
        assert not run_status.is_running(instance, settings, "refresh_hkma")
        run = instance.get_run_by_id(run_id)
        assert run
        instance.report_run_failed(run)
        assert not run_status.is_running(instance, settings, "refresh_csd")

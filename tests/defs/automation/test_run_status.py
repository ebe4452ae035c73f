"""Whether runs are at work, and what becomes of those that were killed."""

import time

import dagster as dg
from dagster._core.events import DagsterEvent, DagsterEventType

from orchestration.defs.automation import run_status
from orchestration.settings import Settings
from orchestration.warehouse import build_file


@dg.job
def refresh_csd() -> None:
    """Stands for the job of this name."""


def started(instance: dg.DagsterInstance, seconds_ago: float) -> str:
    """Return the id of a run that began some time ago, and of which nothing was heard since."""
    run = instance.create_run_for_job(refresh_csd, status=dg.DagsterRunStatus.STARTING)
    begin = DagsterEvent(DagsterEventType.RUN_START.value, refresh_csd.name)
    instance.report_dagster_event(begin, run.run_id, timestamp=time.time() - seconds_ago)
    return run.run_id


def status(instance: dg.DagsterInstance, run_id: str) -> dg.DagsterRunStatus:
    run = instance.get_run_by_id(run_id)
    assert run
    return run.status


def test_a_run_that_was_killed_counts_as_failed(instance: dg.DagsterInstance, settings: Settings) -> None:
    run_id = started(instance, seconds_ago=3600)
    run_status.end_killed(instance, settings)
    assert status(instance, run_id) == dg.DagsterRunStatus.FAILURE


def test_a_run_that_holds_the_warehouse_is_alive_however_long_it_takes(
    instance: dg.DagsterInstance, settings: Settings
) -> None:
    run_id = started(instance, seconds_ago=3600)
    with build_file.hold(settings, "a run"):
        run_status.end_killed(instance, settings)
    assert status(instance, run_id) == dg.DagsterRunStatus.STARTED


def test_a_run_that_began_just_now_may_yet_take_the_warehouse(instance: dg.DagsterInstance, settings: Settings) -> None:
    killed, begun = started(instance, seconds_ago=3600), started(instance, seconds_ago=1)
    run_status.end_killed(instance, settings)
    assert (status(instance, killed), status(instance, begun)) == (dg.DagsterRunStatus.STARTED,) * 2


def test_looking_whether_the_warehouse_is_held_does_not_hold_it(settings: Settings) -> None:
    assert not build_file.is_held(settings)
    with build_file.hold(settings, "a run"):
        assert build_file.is_held(settings)
    assert not build_file.is_held(settings)
    with build_file.hold(settings, "another run"):
        pass


def test_a_run_that_has_ended_is_not_under_way(instance: dg.DagsterInstance, settings: Settings) -> None:
    run_id = started(instance, seconds_ago=60)
    with build_file.hold(settings, "a run"):
        assert run_status.is_under_way(instance, settings, "refresh_csd")
        assert not run_status.is_under_way(instance, settings, "refresh_hkma")
        run = instance.get_run_by_id(run_id)
        assert run
        instance.report_run_failed(run)
        assert not run_status.is_under_way(instance, settings, "refresh_csd")

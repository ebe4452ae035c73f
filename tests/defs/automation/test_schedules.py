"""The schedules' ticks: the runs they request, and the reasons for skipping."""

from collections.abc import Callable
from datetime import datetime

import dagster as dg
import time_machine

from orchestration.archive import Archive, Visit
from orchestration.defs.automation import publication_calendar as calendar
from orchestration.defs.automation import schedules
from orchestration.defs.automation.publication_calendar import Figures
from orchestration.periods import HONG_KONG
from orchestration.settings import Settings
from orchestration.warehouse import build_file

NEXT_MONTH = "the release has 2026-08; 2026-09 is due from 24 October 2026, 16:30"


def hong_kong(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=HONG_KONG)


def tick(instance: dg.DagsterInstance, settings: Settings, now: str, figures: Figures = calendar.MERCHANDISE) -> object:
    """Evaluate a schedule's tick; return the month that it requests, or why it skips."""
    sources = tuple(source for source in figures.datasets if source in settings.live_sources)
    with dg.build_schedule_context(instance, hong_kong(now)) as context, time_machine.travel(hong_kong(now)):
        outcome = schedules.tick(context, figures, sources, settings)
    return outcome.tags["entrepot/due"] if isinstance(outcome, dg.RunRequest) else outcome.skip_message


def test_ticks_request_until_the_month_is_present_and_then_name_the_next(
    instance: dg.DagsterInstance, settings: Settings, released: Callable[..., None]
) -> None:
    assert tick(instance, settings, "2026-09-24T16:30") == "2026-08"
    assert tick(instance, settings, "2026-09-24T17:00") == "2026-08"
    released(("csd", "410-50001", "month", "2026-08-01"), ("idds", "gold", "month", "2026-08-01"))
    assert tick(instance, settings, "2026-09-24T17:30") == NEXT_MONTH
    assert tick(instance, settings, "2026-10-24T16:30") == "2026-09"


def test_month_missing_in_trade_idds_is_requested(
    instance: dg.DagsterInstance, settings: Settings, released: Callable[..., None]
) -> None:
    released(("csd", "410-50001", "month", "2026-08-01"), ("idds", "gold", "month", "2026-07-01"))
    assert tick(instance, settings, "2026-09-25T10:00") == "2026-08"
    only_csd = settings.model_copy(update={"sources": "csd"})
    assert tick(instance, only_csd, "2026-09-25T10:00") == NEXT_MONTH


def test_disabled_source_is_not_requested(instance: dg.DagsterInstance, settings: Settings) -> None:
    off = settings.model_copy(update={"sources": "record"})
    assert tick(instance, off, "2026-09-24T16:30") == "ENTREPOT_SOURCES enables none of csd, idds: nothing is fetched"


def test_month_a_week_late_is_requested_once_a_day(instance: dg.DagsterInstance, settings: Settings) -> None:
    archive = Archive(settings.archive_dir)
    for source, minute in (("csd", 1), ("idds", 0)):
        asked_at = hong_kong(f"2026-10-05T16:0{minute}")
        archive.record(Visit(source, asked_at, requests=1, bytes=0, new_vintages=0))
    assert tick(instance, settings, "2026-10-05T16:30") == (
        "2026-08 is due since 24 September 2026, 16:30;"
        " fetched at 5 October 2026, 16:00, next from 6 October 2026, 16:00"
    )
    assert tick(instance, settings, "2026-10-06T16:00") == "2026-08"


def test_queued_job_is_not_requested_again(instance: dg.DagsterInstance, settings: Settings) -> None:
    with time_machine.travel(hong_kong("2026-09-24T16:30")):
        instance.create_run_for_job(refresh, status=dg.DagsterRunStatus.STARTING)
    late = "2026-08 is due since 24 September 2026, 16:30"
    assert tick(instance, settings, "2026-09-24T17:00") == f"{late}; refresh_merchandise is fetching it now"


def test_started_run_counts_only_while_it_holds_the_warehouse(instance: dg.DagsterInstance, settings: Settings) -> None:
    """A run that was killed with the machine stays a started one in Dagster's eyes."""
    with time_machine.travel(hong_kong("2026-09-24T16:30")):
        instance.create_run_for_job(refresh, status=dg.DagsterRunStatus.STARTED)
    with build_file.hold(settings, "a run"):
        assert "fetching it now" in str(tick(instance, settings, "2026-09-24T17:00"))
    assert tick(instance, settings, "2026-09-24T17:00") == "2026-08"


@dg.job(name="refresh_merchandise")
def refresh() -> None:
    """Stands for the job of this name."""


def test_schedules_run_for_enabled_sources_only(settings: Settings) -> None:
    def running(sources: str) -> set[str]:
        on = schedules.schedules(settings.model_copy(update={"sources": sources}))
        return {schedule.name for schedule in on if schedule.default_status == dg.DefaultScheduleStatus.RUNNING}

    assert running("record") == set()
    assert running("hkma") == {"hkma_bulletin", "hkma_liquidity"}
    assert running("idds") == {"merchandise"}
    assert running("live") == {figures.name for figures in calendar.ALL}


def test_every_schedule_ticks_each_half_hour_of_hong_kong(settings: Settings) -> None:
    for schedule in schedules.schedules(settings):
        assert (schedule.cron_schedule, schedule.execution_timezone) == ("*/30 * * * *", "Asia/Hong_Kong")

"""The schedules: each checks every half hour whether its figures are due, and fetches them until they are present."""

from datetime import datetime

import dagster as dg

from orchestration.archive import Archive
from orchestration.defs.automation import publication_calendar, run_status
from orchestration.defs.automation.latest_periods import latest_periods
from orchestration.defs.automation.publication_calendar import Figures
from orchestration.periods import HONG_KONG
from orchestration.settings import Settings

EVERY_HALF_HOUR = "*/30 * * * *"


def schedules(settings: Settings) -> list[dg.ScheduleDefinition]:
    """Return a schedule for each kind of figure; it runs if one of its sources is enabled."""
    return [_schedule(figures, settings) for figures in publication_calendar.ALL]


def _schedule(figures: Figures, settings: Settings) -> dg.ScheduleDefinition:
    sources = tuple(source for source in figures.datasets if source in settings.live_sources)
    status = dg.DefaultScheduleStatus
    return dg.ScheduleDefinition(
        name=figures.name,
        job_name=figures.job,
        cron_schedule=EVERY_HALF_HOUR,
        execution_timezone=str(HONG_KONG),
        execution_fn=lambda context: tick(context, figures, sources, settings),
        default_status=status.RUNNING if sources else status.STOPPED,
        description=f"Fetches {figures.what} from the time that they are due until the release has them.",
    )


def tick(
    context: dg.ScheduleEvaluationContext, figures: Figures, sources: tuple[str, ...], settings: Settings
) -> dg.RunRequest | dg.SkipReason:
    """Return a request for the job if its figures are due and were not fetched recently, or the reason to skip."""
    if not sources:
        return dg.SkipReason(f"ENTREPOT_SOURCES enables none of {', '.join(figures.datasets)}: nothing is fetched")
    now = context.scheduled_execution_time.astimezone(HONG_KONG)
    newest = publication_calendar.latest_of(figures, sources, latest_periods(settings))
    period = publication_calendar.due(figures, now, newest)
    if period is None:
        following, moment = publication_calendar.next_out(figures, now)
        return dg.SkipReason(f"the release has {newest}; {following} is due from {_text(moment)}")
    late = f"{period} is due since {_text(figures.out_from(period))}"
    if run_status.is_running(context.instance, settings, figures.job):
        return dg.SkipReason(f"{late}; {figures.job} is fetching it now")
    fetched_at = _fetched_at(settings, sources)
    if fetched_at and (again := publication_calendar.next_attempt_at(figures, period, fetched_at)) > now:
        return dg.SkipReason(f"{late}; fetched at {_text(fetched_at)}, next from {_text(again)}")
    return dg.RunRequest(tags={"entrepot/due": str(period)})


def _fetched_at(settings: Settings, sources: tuple[str, ...]) -> datetime | None:
    """Return when all of the sources had been fetched from, by any run; None if one of them never was."""
    last = {visit.source: visit.asked_at for visit in Archive.of(settings).visits()}
    return min(last[source] for source in sources) if all(source in last for source in sources) else None


def _text(moment: datetime) -> str:
    return f"{moment.astimezone(HONG_KONG):%-d %B %Y, %H:%M}"

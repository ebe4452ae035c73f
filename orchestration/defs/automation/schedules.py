"""The schedules: each looks every half hour whether its figures are due, and asks for them until they are held."""

from datetime import datetime

import dagster as dg

from orchestration.archive import Archive
from orchestration.defs.automation import publication_calendar, run_status
from orchestration.defs.automation.latest_periods import held
from orchestration.defs.automation.publication_calendar import Figures
from orchestration.periods import HONG_KONG
from orchestration.settings import Settings

EVERY_HALF_HOUR = "*/30 * * * *"


def schedules(settings: Settings) -> list[dg.ScheduleDefinition]:
    """Return a schedule for each kind of figure, running when one of its sources is turned on."""
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
        description=f"Asks for {figures.what} from the time that they are due until they are held.",
    )


def tick(
    context: dg.ScheduleEvaluationContext, figures: Figures, sources: tuple[str, ...], settings: Settings
) -> dg.RunRequest | dg.SkipReason:
    """Request the job if its figures are due and were not asked for just now; or say why not."""
    if not sources:
        return dg.SkipReason(f"ENTREPOT_SOURCES names none of {', '.join(figures.datasets)}: nobody is asked")
    now = context.scheduled_execution_time.astimezone(HONG_KONG)
    newest = publication_calendar.held_of(figures, sources, held(settings))
    period = publication_calendar.due(figures, now, newest)
    if period is None:
        following, moment = publication_calendar.next_out(figures, now)
        return dg.SkipReason(f"{newest} is held; {following} is due from {_said(moment)}")
    late = f"{period} is due since {_said(figures.out_from(period))}"
    if run_status.is_under_way(context.instance, settings, figures.job):
        return dg.SkipReason(f"{late}; {figures.job} is asking for it now")
    asked_at = _asked_at(settings, sources)
    if asked_at and (again := publication_calendar.ask_again_at(figures, period, asked_at)) > now:
        return dg.SkipReason(f"{late}; asked at {_said(asked_at)}, next from {_said(again)}")
    return dg.RunRequest(tags={"entrepot/due": str(period)})


def _asked_at(settings: Settings, sources: tuple[str, ...]) -> datetime | None:
    """Return when all of the sources had been asked, by whatever run; None when one of them never was."""
    last = {visit.source: visit.asked_at for visit in Archive.of(settings).visits()}
    return min(last[source] for source in sources) if all(source in last for source in sources) else None


def _said(moment: datetime) -> str:
    return f"{moment.astimezone(HONG_KONG):%-d %B %Y, %H:%M}"

"""The sensor on new vintages: shows on each raw table what its publisher said anew, and finishes what a kill cut short.

It reads the archive's ledger, and Dagster's events; the build file is for runs alone.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import dagster as dg

from orchestration.archive import Archive, Sighting
from orchestration.defs import raw_table_events
from orchestration.defs.automation import jobs, run_status
from orchestration.ingestion import fetch
from orchestration.settings import Settings
from orchestration.sources.connector import Refused, fingerprint
from orchestration.sources.registry import SOURCES
from orchestration.warehouse import build_file

# A tick must end within a minute, and a whole table of C&SD can take seconds to parse.
MOST_SIGHTINGS = 50
LARGEST_PARSED = 1_000_000


@dataclass(frozen=True)
class News:
    """A payload that says something else than the one before it, of the same part of a dataset."""

    seen: Sighting
    before: Sighting | None


def sensor(settings: Settings) -> dg.SensorDefinition:
    """Return the sensor, running when a publisher is turned on."""
    status = dg.DefaultSensorStatus

    @dg.sensor(
        name="new_vintages",
        jobs=jobs.JOBS,
        default_status=status.RUNNING if settings.live_sources else status.STOPPED,
        minimum_interval_seconds=120,
        description="Shows on raw tables what is new in the archive, and has loaded what a killed run left there.",
    )
    def new_vintages(context: dg.SensorEvaluationContext) -> dg.SensorResult:
        return look(context, settings)

    return new_vintages


def look(context: dg.SensorEvaluationContext, settings: Settings) -> dg.SensorResult:
    """Report what the ledger holds since the cursor, and request the jobs that load what raw tables lack."""
    run_status.end_killed(context.instance, settings)
    archive = Archive.of(settings)
    sightings = [seen for seen in archive.sightings() if seen.source in SOURCES]
    begin = len(sightings) if context.cursor is None else int(context.cursor)
    end = min(len(sightings), begin + MOST_SIGHTINGS)
    observed = [_observation(news) for news in _news(archive, sightings[:end], begin)]
    requests = _left_behind(context.instance, sightings, settings)
    said = f"{len(observed)} new payloads are shown on raw tables; the archive holds {len(sightings)} sightings"
    return dg.SensorResult(
        run_requests=requests, asset_events=observed, cursor=str(end), skip_reason=None if requests else said
    )


def _news(archive: Archive, sightings: list[Sighting], begin: int) -> Iterator[News]:
    """Yield what is new from `begin` on, in the ledger's order. What is refused is none."""
    last: dict[tuple[str, str, str], Sighting] = {}
    for number, seen in enumerate(sightings):
        part = (seen.source, seen.dataset, seen.part)
        before = last.get(part)
        if seen.problem or (before and before.sha256 == seen.sha256):
            continue
        if number >= begin:
            says = _content(archive, seen)
            if says is None:
                continue
            if before is None or says != _content(archive, before):
                yield News(seen, before)
        last[part] = seen


def _content(archive: Archive, seen: Sighting) -> str | None:
    """Return a hash of what a payload says, None when it is refused; a large one is taken by its bytes.

    Small ones are not: UN Comtrade prints the time that each reply took, so no two have the same bytes.
    """
    if seen.bytes > LARGEST_PARSED:
        return seen.sha256
    try:
        return fingerprint(fetch.frame(SOURCES[seen.source], archive, {}, seen))
    except Refused:
        return None


def _observation(news: News) -> dg.AssetObservation:
    source, seen = SOURCES[news.seen.source], news.seen
    return dg.AssetObservation(
        dg.AssetKey(["raw", source.table(seen.dataset)]),
        description=f"{source.publisher} says something new",
        metadata={
            "dataset": seen.dataset,
            "part": seen.part,
            "payload_sha256": seen.sha256,
            "previous_payload_sha256": news.before.sha256 if news.before else "",
            "retrieved_at": dg.MetadataValue.timestamp(seen.retrieved_at),
            "url": dg.MetadataValue.url(seen.url),
        },
    )


def _left_behind(instance: dg.DagsterInstance, sightings: list[Sighting], settings: Settings) -> list[dg.RunRequest]:
    """Return requests for the sources whose last answer came after their raw tables were last loaded.

    A run that is at work holds the warehouse. Each state of the tables is answered by one request: a load that fails is
    not begun again and again.
    """
    newest = {seen.source: seen for seen in sightings if not seen.problem and seen.source in settings.live_sources}
    if not newest or build_file.is_held(settings):
        return []
    requests = []
    for name, seen in newest.items():
        loaded = instance.get_latest_materialization_event(raw_table_events.key(SOURCES[name].tables[0]))
        if loaded is None or loaded.timestamp < seen.retrieved_at.timestamp():
            since = loaded.run_id if loaded else "never"
            requests.append(dg.RunRequest(run_key=f"{name} loaded by {since}", job_name=f"refresh_{name}"))
    return requests

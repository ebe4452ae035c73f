"""The sensor on new vintages: reports new payloads on their raw tables, and loads what a killed run had only archived.

It reads the archive's ledger and Dagster's events, never the build file, whose lock belongs to runs.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import dagster as dg

from orchestration.archive import Archive, Sighting
from orchestration.defs import raw_table_events
from orchestration.defs.automation import jobs, run_status
from orchestration.ingestion import parsed
from orchestration.settings import Settings
from orchestration.sources.connector import Refused, fingerprint
from orchestration.sources.registry import SOURCES
from orchestration.warehouse import build_file

# A tick must end within a minute, and a whole table of C&SD can take seconds to parse.
MOST_SIGHTINGS = 50
LARGEST_PARSED = 1_000_000


@dataclass(frozen=True)
class NewPayload:
    """A payload whose content differs from the one before it for the same part of a dataset."""

    seen: Sighting
    before: Sighting | None


def sensor(settings: Settings) -> dg.SensorDefinition:
    """Return the sensor; it runs if a publisher is enabled."""
    status = dg.DefaultSensorStatus

    @dg.sensor(
        name="new_vintages",
        jobs=jobs.JOBS,
        default_status=status.RUNNING if settings.live_sources else status.STOPPED,
        minimum_interval_seconds=120,
        description="Reports new payloads on raw tables, and requests loading what a killed run only archived.",
    )
    def new_vintages(context: dg.SensorEvaluationContext) -> dg.SensorResult:
        return evaluate(context, settings)

    return new_vintages


def evaluate(context: dg.SensorEvaluationContext, settings: Settings) -> dg.SensorResult:
    """Report the payloads since the cursor, and request the jobs that load what raw tables lack."""
    run_status.fail_killed_runs(context.instance, settings)
    archive = Archive.of(settings)
    sightings = [seen for seen in archive.sightings() if seen.source in SOURCES]
    begin = len(sightings) if context.cursor is None else int(context.cursor)
    end = min(len(sightings), begin + MOST_SIGHTINGS)
    observed = [_observation(new) for new in _new_payloads(settings, archive, sightings[:end], begin)]
    requests = _requests_for_unloaded(context.instance, sightings, settings)
    summary = f"{len(observed)} new payloads reported on raw tables; the archive has {len(sightings)} sightings"
    return dg.SensorResult(
        run_requests=requests, asset_events=observed, cursor=str(end), skip_reason=None if requests else summary
    )


def _new_payloads(settings: Settings, archive: Archive, sightings: list[Sighting], begin: int) -> Iterator[NewPayload]:
    """Yield new payloads from the sighting number `begin` on, in the ledger's order. Refused payloads are not new."""
    last: dict[tuple[str, str, str], Sighting] = {}
    for number, seen in enumerate(sightings):
        part = (seen.source, seen.dataset, seen.part)
        before = last.get(part)
        if seen.problem or (before and before.sha256 == seen.sha256):
            continue
        if number >= begin:
            content = _content_hash(settings, archive, seen)
            if content is None:
                continue
            if before is None or content != _content_hash(settings, archive, before):
                yield NewPayload(seen, before)
        last[part] = seen


def _content_hash(settings: Settings, archive: Archive, seen: Sighting) -> str | None:
    """Return a hash of a payload's parsed content, or None if it is refused. Large payloads are hashed by their bytes.

    Small ones are parsed, because UN Comtrade includes the duration of each request: no two have the same bytes.
    """
    if seen.bytes > LARGEST_PARSED:
        return seen.sha256
    try:
        return fingerprint(parsed.frame(settings, SOURCES[seen.source], archive, {}, seen))
    except Refused:
        return None


def _observation(new: NewPayload) -> dg.AssetObservation:
    source, seen = SOURCES[new.seen.source], new.seen
    return dg.AssetObservation(
        dg.AssetKey(["raw", source.table(seen.dataset)]),
        description=f"new figures from {source.publisher}",
        metadata={
            "dataset": seen.dataset,
            "part": seen.part,
            "payload_sha256": seen.sha256,
            "previous_payload_sha256": new.before.sha256 if new.before else "",
            "retrieved_at": dg.MetadataValue.timestamp(seen.retrieved_at),
            "url": dg.MetadataValue.url(seen.url),
        },
    )


def _requests_for_unloaded(
    instance: dg.DagsterInstance, sightings: list[Sighting], settings: Settings
) -> list[dg.RunRequest]:
    """Return a request for each source whose last payload is newer than the last load of its raw tables.

    None while a run holds the warehouse: it may be about to load them. There is one request per state of the tables, so
    a load that fails is not requested again and again.
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

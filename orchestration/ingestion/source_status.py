"""The listing of `entrepot sources`: each source, when it was last fetched, and with what result."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from typing import Any

from orchestration.archive import Archive, Visit
from orchestration.ingestion import fetch, problems
from orchestration.parsing import payloads
from orchestration.periods import hong_kong_day
from orchestration.settings import Settings
from orchestration.sources import record
from orchestration.sources.client import Client, Unavailable
from orchestration.sources.connector import Refused, Source
from orchestration.sources.registry import SOURCES


def listed(settings: Settings) -> list[dict[str, Any]]:
    """Return each source with its publisher, cadence, licence, and the result of its last fetch."""
    archive = Archive.of(settings)
    visits: dict[str, list[Visit]] = {}
    for visit in archive.visits():
        visits.setdefault(visit.source, []).append(visit)
    live = [_described(source, visits.get(source.name, []), settings) for source in SOURCES.values()]
    return [_record(archive), *live]


def _record(archive: Archive) -> dict[str, Any]:
    """Describe the embedded record from the ledger: reading its files is not logged as a visit."""
    first_seen: dict[tuple[str, str], datetime] = {}
    last = None
    for sighting in archive.sightings():
        if sighting.source == record.NAME:
            first_seen.setdefault((sighting.dataset, sighting.sha256), sighting.retrieved_at)
            last = sighting.retrieved_at
    return {
        **_about(record.SOURCE),
        "last_seen": last,
        "last_new_vintage": max(first_seen.values(), default=None),
        "state": "ok" if last else "not read yet",
        "problems": [],
    }


def _about(source: Source) -> dict[str, str]:
    return {
        "source": source.name,
        "publisher": source.publisher,
        "what": source.description,
        "cadence": source.cadence,
        "licence": source.licence,
    }


def _described(source: Source, visits: list[Visit], settings: Settings) -> dict[str, Any]:
    last = visits[-1] if visits else None
    return {
        **_about(source),
        "last_seen": last.asked_at if last else None,
        "last_new_vintage": max((visit.asked_at for visit in visits if visit.new_vintages), default=None),
        "state": _state(last, is_on=source.name in settings.live_sources),
        "problems": list(last.problems) if last else [],
    }


def _state(last: Visit | None, *, is_on: bool) -> str:
    if not is_on:
        return "off"
    if last is None:
        return "not asked yet"
    if not last.problems:
        return "ok"
    return "down" if any(problem.startswith(fetch.NO_ANSWER) for problem in last.problems) else "refused"


def checked(settings: Settings) -> list[dict[str, Any]]:
    """Send each publisher one small request, concurrently; nothing is archived."""
    with ThreadPoolExecutor(len(SOURCES)) as pool:
        answers = list(pool.map(lambda source: probe(source, settings), SOURCES.values()))
    return [
        {"source": name, "answers": is_good, "said": message}
        for name, (is_good, message) in zip(SOURCES, answers, strict=True)
    ]


def probe(source: Source, settings: Settings) -> tuple[bool, str]:
    """Send a publisher one small request; nothing is archived. Return True if the answer is good, and a sentence."""
    try:
        return True, _answer(source, settings)
    except Refused as refused:
        return False, problems.shown(str(refused))
    except Unavailable as down:
        return False, problems.shown(f"{fetch.NO_ANSWER}: {down}")
    except Exception as error:  # noqa: BLE001 - whatever one publisher sends concerns only that one
        return False, problems.shown(problems.sentence(error))


def _answer(source: Source, settings: Settings) -> str:
    """Return a sentence about the answer to a source's small request. Raises Refused or Unavailable."""
    today = hong_kong_day(datetime.now(UTC))
    request = source.probe(settings.addresses, today)
    with Client(source, settings) as client:
        answer = client.send(request)
    if answer.problem:
        raise Refused(answer.problem)
    try:
        rows = len(payloads.parse(settings, source, request.dataset, answer.payload, today))
    except Refused as refused:
        raise Refused(f"refused: {refused}") from None
    return f"answers: {len(answer.payload):,} bytes, {rows} rows"

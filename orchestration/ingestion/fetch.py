"""From a publisher into the archive: asks what a connector's plan wants, keeps every answer, and parses it.

Bytes are in the archive before anything parses them. What is refused, and what no publisher answered, is told; nothing
here raises for what a publisher does, so that one that is down delays its own tables and nothing else.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from email.utils import parsedate_to_datetime
from types import MappingProxyType
from typing import Protocol

import pandas as pd

from orchestration.archive import Archive, Sighting, Visit
from orchestration.periods import hong_kong_day
from orchestration.settings import Settings
from orchestration.sources.client import Answer, Client, Unavailable
from orchestration.sources.connector import Context, MustSplit, ParseResult, Refused, Request, Source, fingerprint
from orchestration.sources.registry import SOURCES

NO_ANSWER = "no answer"
GIVE_UP_AFTER = 3  # questions whose every attempt failed: a publisher that is down is not asked 30 times more
Frames = dict[tuple[str, str], pd.DataFrame]


class Logged(Protocol):
    """What became of a payload that was loaded or refused before."""

    @property
    def content(self) -> str | None: ...
    @property
    def refusal(self) -> str | None: ...


Log = Mapping[tuple[str, str, str], Logged]


@dataclass
class FetchResult:
    """What asking one publisher came to; `frames` are what was parsed on the way, by dataset and payload."""

    source: str
    requests: int = 0
    bytes: int = 0
    new_vintages: int = 0
    exhausted: int = 0
    frames: Frames = field(default_factory=dict)
    problems: list[str] = field(default_factory=list)

    def problem_summary(self) -> list[str]:
        """Return the problems, each once, with how often it came up."""
        counted = Counter(self.problems)
        return [f"{problem} ({times} times)" if times > 1 else problem for problem, times in counted.items()]


class Held:
    """What the archive holds of a source: the last good sighting of each part, and since when it says what it says."""

    def __init__(self, sightings: Iterable[Sighting], log: Log) -> None:
        self.last: dict[tuple[str, str], Sighting] = {}
        self._content: dict[tuple[str, str], str | None] = {}
        self._since: dict[tuple[str, str], datetime] = {}
        for sighting in sightings:
            logged = log.get((sighting.source, sighting.dataset, sighting.sha256))
            if not sighting.problem and not (logged and logged.refusal):
                self.add(sighting, logged.content if logged else None)

    def add(self, sighting: Sighting, content: str | None) -> bool:
        """Note a good sighting; return whether it says something new."""
        key = (sighting.dataset, sighting.part)
        is_new = key not in self.last or self._content[key] is None or self._content[key] != content
        if is_new:
            self._since[key] = sighting.retrieved_at
        self.last[key], self._content[key] = sighting, content
        return is_new

    def is_older_than(self, answer: Request, signal: Request) -> bool:
        """Say whether the answer held was got before the publisher last changed its signal, or is not held."""
        held = self.last.get((answer.dataset, answer.archive_part))
        changed = self._since.get((signal.dataset, signal.archive_part))
        return held is None or changed is None or held.retrieved_at < changed


def fetch_all(
    names: Iterable[str],
    settings: Settings,
    archive: Archive,
    log: Log,
    months: tuple[date, date] | None = None,
    hs_codes: Mapping[str, tuple[str, ...]] = MappingProxyType({}),
) -> dict[str, FetchResult]:
    """Ask several publishers side by side: a slow one delays itself only. `hs_codes` are subheadings, by edition."""
    asked = list(names)
    held = {name: Held((s for s in archive.sightings() if s.source == name), log) for name in asked}
    with ThreadPoolExecutor(max(1, len(asked)), thread_name_prefix="publisher") as pool:
        runs = {
            name: pool.submit(fetch_source, SOURCES[name], settings, archive, held[name], months, hs_codes)
            for name in asked
        }
        return {name: run.result() for name, run in runs.items()}


def fetch_source(
    source: Source,
    settings: Settings,
    archive: Archive,
    held: Held,
    months: tuple[date, date] | None = None,
    hs_codes: Mapping[str, tuple[str, ...]] = MappingProxyType({}),
) -> FetchResult:
    """Ask one publisher all that its plan wants, and keep every answer in the archive."""
    since, until = months or (None, None)
    today = hong_kong_day(datetime.now(UTC))
    has_key = bool(settings.credentials(source.name))
    plan = source.plan(Context(today, held, settings.addresses, since, until, has_key, hs_codes))
    result = FetchResult(source.name)
    with Client(source, settings) as client:
        try:
            request = next(plan)
            while True:
                request = plan.send(_reply(source, client, archive, held, request, result))
        except StopIteration:
            pass
        except Refused as given_up:
            result.problems.append(str(given_up))
        except Unavailable as down:
            result.problems.append(f"{NO_ANSWER}: {down}")
        result.requests, result.bytes = client.requests, client.bytes
    visit = Visit(
        source.name,
        datetime.now(UTC),
        result.requests,
        result.bytes,
        result.new_vintages,
        tuple(result.problem_summary()),
    )
    archive.record(visit)
    return result


def _reply(
    source: Source, client: Client, archive: Archive, held: Held, request: Request, result: FetchResult
) -> ParseResult:
    """Return the frame that answers a request, asked for or held, or the refusal. Raises Unavailable."""
    last = held.last.get((request.dataset, request.archive_part))
    if last and datetime.now(UTC) - last.retrieved_at < request.fresh_for:
        with suppress(Refused):  # what was good when it came may break a rule that is newer: it is asked for again
            return frame(source, archive, result.frames, last)
    answer = client.send(request, last.headers if last else None)
    result.exhausted = result.exhausted + 1 if answer.is_last else 0
    if answer.is_unchanged and last:
        sighting = archive.see_again(last, answer.headers)
    else:
        sighting = _store(source, archive, request, answer)
    try:
        if result.exhausted == GIVE_UP_AFTER:
            raise Unavailable(f"{answer.problem}, {GIVE_UP_AFTER} questions in a row")
        if answer.problem:
            raise Refused(answer.problem)
        parsed = frame(source, archive, result.frames, sighting)
    except MustSplit as must_split:
        return must_split
    except Refused as refused:
        result.problems.append(f"{request.dataset}: {refused}")
        return refused
    result.new_vintages += held.add(sighting, fingerprint(parsed))
    return parsed


def _store(source: Source, archive: Archive, request: Request, answer: Answer) -> Sighting:
    return archive.store(
        answer.payload,
        source=source.name,
        dataset=request.dataset,
        url=request.url,
        licence=source.licence,
        part=request.archive_part,
        published_on=_changed_on(answer.headers),
        status=answer.status,
        problem=answer.problem,
        parameters=dict(request.parameters),
        headers=dict(answer.headers),
    )


def _changed_on(headers: Mapping[str, str]) -> date | None:
    """Return the day in Hong Kong on which the publisher last changed what it sent, if it says so."""
    try:
        return hong_kong_day(parsedate_to_datetime(headers.get("last-modified", "")))
    except ValueError:
        return None


def frame(source: Source, archive: Archive, frames: Frames, sighting: Sighting) -> pd.DataFrame:
    """Return a payload's frame, parsed once a run. Raises Refused."""
    key = (sighting.dataset, sighting.sha256)
    if key not in frames:
        payload = archive.read(sighting.source, sighting.dataset, sighting.sha256)
        frames[key] = parse(source, sighting.dataset, payload, hong_kong_day(sighting.retrieved_at))
    return frames[key]


def parse(source: Source, dataset: str, payload: bytes, on: date) -> pd.DataFrame:
    """Return the rows of a payload that was retrieved on a day in Hong Kong.

    Raises Refused, also for whatever a hostile payload makes a parser do.
    """
    try:
        return source.parse(dataset, payload, on)
    except Refused:
        raise
    except (ValueError, KeyError, TypeError, IndexError, OverflowError, RecursionError, MemoryError) as error:
        raise Refused(f"it can't be read: {type(error).__name__}: {error}") from error


def probe(source: Source, settings: Settings) -> tuple[bool, str]:
    """Ask a publisher one cheap question; nothing is kept. Return whether it answered well, and what came of it."""
    today = hong_kong_day(datetime.now(UTC))
    request = source.probe(settings.addresses, today)
    with Client(source, settings) as client:
        try:
            answer = client.send(request)
        except Unavailable as down:
            return False, f"{NO_ANSWER}: {down}"
    if answer.problem:
        return False, answer.problem
    try:
        rows = len(parse(source, request.dataset, answer.payload, today))
    except Refused as refused:
        return False, f"refused: {refused}"
    return True, f"answers: {len(answer.payload):,} bytes, {rows} rows"

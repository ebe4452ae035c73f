"""Fetches from sources into the archive: sends the requests of a connector's plan, archives and parses the answers.

Bytes are archived before anything parses them. Refusals and unreachable publishers are reported in the result; nothing
here raises for what a publisher does, so that one that is down only delays its own tables.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import nullcontext, suppress
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from email.utils import parsedate_to_datetime
from pathlib import Path

import pandas as pd

from orchestration.archive import Archive, Sighting, Visit
from orchestration.periods import hong_kong_day
from orchestration.settings import Settings
from orchestration.sources.client import Answer, Client, Unavailable
from orchestration.sources.connector import Context, MustSplit, ParseResult, Refused, Request, Source, fingerprint
from orchestration.sources.record import ADDRESS
from orchestration.sources.registry import EVERY_SOURCE
from orchestration.warehouse.raw_tables import LoadLog

NO_ANSWER = "no answer"
# Requests in a row of which every attempt failed. A plan may have 30 more for a publisher that is down.
GIVE_UP_AFTER = 3
Frames = dict[tuple[str, str], pd.DataFrame]


@dataclass(frozen=True)
class FetchScope:
    """What to fetch; by default the latest figures.

    Attributes:
        since: The first month of a backfill.
        until: The last month of a backfill.
        hs_codes: Subheadings to fetch, by HS edition.
    """

    since: date | None = None
    until: date | None = None
    hs_codes: Mapping[str, tuple[str, ...]] = field(default_factory=dict)


LATEST = FetchScope()


@dataclass
class FetchResult:
    """The result of fetching from one source.

    Attributes:
        source: The source's name.
        requests: Requests sent, attempts that were repeated included.
        bytes: Bytes received.
        new_vintages: Answers that differ from the one before of the same part.
        exhausted: The latest requests in a row of which every attempt failed.
        frames: The payloads that were parsed, by dataset and hash.
        problems: Refusals and failures, in sentences.
    """

    source: str
    requests: int = 0
    bytes: int = 0
    new_vintages: int = 0
    exhausted: int = 0
    frames: Frames = field(default_factory=dict)
    problems: list[str] = field(default_factory=list)

    def problem_summary(self) -> list[str]:
        """Return each problem once, with how often it occurred."""
        counted = Counter(self.problems)
        return [f"{problem} ({times} times)" if times > 1 else problem for problem, times in counted.items()]


class KnownPayloads:
    """The last good answer to each request of a source, and since when its content is the same."""

    def __init__(self, sightings: Iterable[Sighting], log: LoadLog) -> None:
        self.last: dict[tuple[str, str], Sighting] = {}
        self._content: dict[tuple[str, str], str | None] = {}
        self._since: dict[tuple[str, str], datetime] = {}
        for sighting in sightings:
            entry = log.get((sighting.source, sighting.dataset, sighting.sha256))
            if not sighting.problem and not (entry and entry.refusal):
                self.add(sighting, entry.content if entry else None)

    def add(self, sighting: Sighting, content: str | None) -> bool:
        """Add a good answer; return True if its content is new. `content` is the hash of its rows."""
        key = (sighting.dataset, sighting.part)
        is_new = key not in self.last or self._content[key] is None or self._content[key] != content
        if is_new:
            self._since[key] = sighting.retrieved_at
        self.last[key], self._content[key] = sighting, content
        return is_new

    def is_loaded(self, sighting: Sighting) -> bool:
        """Return True if these bytes are the last good answer and raw tables have their rows."""
        key = (sighting.dataset, sighting.part)
        return key in self.last and self.last[key].sha256 == sighting.sha256 and self._content[key] is not None

    def is_older_than(self, answer: Request, signal: Request) -> bool:
        """Return True if no answer is archived, or the publisher has changed its signal since it was retrieved."""
        archived = self.last.get((answer.dataset, answer.archive_part))
        changed = self._since.get((signal.dataset, signal.archive_part))
        return archived is None or changed is None or archived.retrieved_at < changed


class FigureFiles:
    """Answers the requests of the embedded record from the folder of its files, as `Client` does over HTTP."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self.requests = self.bytes = 0

    def send(self, request: Request, _known: Mapping[str, str] | None = None) -> Answer:
        """Return a file's bytes. Raises Refused when it is missing."""
        path = self._folder / request.url.removeprefix(ADDRESS)
        if not path.exists():
            raise Refused(f"{path.name}: the file is missing from {self._folder}; every dataset has one")
        payload = path.read_bytes()
        self.requests, self.bytes = self.requests + 1, self.bytes + len(payload)
        return Answer(None, payload)


def fetch_all(
    names: Iterable[str],
    settings: Settings,
    archive: Archive,
    log: LoadLog,
    scope: FetchScope = LATEST,
) -> dict[str, FetchResult]:
    """Fetch from sources concurrently, so that a slow one delays only itself."""
    sightings: dict[str, list[Sighting]] = {name: [] for name in names}
    for sighting in archive.sightings():
        if sighting.source in sightings:
            sightings[sighting.source].append(sighting)
    known = {name: KnownPayloads(of_source, log) for name, of_source in sightings.items()}
    with ThreadPoolExecutor(max(1, len(known)), thread_name_prefix="publisher") as pool:
        runs = {
            name: pool.submit(fetch_source, EVERY_SOURCE[name], settings, archive, of_source, scope)
            for name, of_source in known.items()
        }
        return {name: run.result() for name, run in runs.items()}


def fetch_source(
    source: Source,
    settings: Settings,
    archive: Archive,
    known: KnownPayloads,
    scope: FetchScope = LATEST,
) -> FetchResult:
    """Send the requests of a source's plan, and archive every answer. A visit to a publisher is logged."""
    today = hong_kong_day(datetime.now(UTC))
    has_key = bool(settings.credentials(source.name))
    plan = source.plan(Context(today, known, settings.addresses, scope.since, scope.until, has_key, scope.hs_codes))
    result = FetchResult(source.name)
    is_remote = source.name in settings.addresses
    with Client(source, settings) if is_remote else nullcontext(FigureFiles(settings.figures_dir)) as client:
        fetch = _Fetch(source, client, archive, known, result)
        try:
            request = next(plan)
            while True:
                request = plan.send(fetch.answer(request))
        except StopIteration:
            pass
        except Refused as given_up:
            result.problems.append(str(given_up))
        except Unavailable as down:
            result.problems.append(f"{NO_ANSWER}: {down}")
        result.requests, result.bytes = client.requests, client.bytes
    if is_remote:
        problems = tuple(result.problem_summary())
        now = datetime.now(UTC)
        archive.record(Visit(source.name, now, result.requests, result.bytes, result.new_vintages, problems))
    return result


@dataclass(frozen=True)
class _Fetch:
    """The fetch from one source while it runs; `result` is updated with each answer."""

    source: Source
    client: Client | FigureFiles
    archive: Archive
    known: KnownPayloads
    result: FetchResult

    def answer(self, request: Request) -> ParseResult:
        """Return the rows that answer a request, archived ones if they are fresh, or the refusal.

        Raises Unavailable.
        """
        last = self.known.last.get((request.dataset, request.archive_part))
        if last and datetime.now(UTC) - last.retrieved_at < request.fresh_for:
            with suppress(Refused):  # an answer archived by an earlier version may break a newer rule: fetch it again
                return frame(self.source, self.archive, self.result.frames, last)
        answer = self.client.send(request, last.headers if last else None)
        self.result.exhausted = self.result.exhausted + 1 if answer.is_last else 0
        if answer.is_unchanged and last:
            sighting = self.archive.see_again(last, answer.headers)
        else:
            sighting = self._store(request, answer)
        if not request.needs_rows and self.known.is_loaded(sighting):
            return pd.DataFrame()
        return self._parsed(request, answer, sighting)

    def _store(self, request: Request, answer: Answer) -> Sighting:
        return self.archive.store(
            answer.payload,
            source=self.source.name,
            dataset=request.dataset,
            url=request.url,
            licence=self.source.licence,
            part=request.archive_part,
            published_on=_changed_on(answer.headers),
            status=answer.status,
            problem=answer.problem,
            parameters=dict(request.parameters),
            headers=dict(answer.headers),
        )

    def _parsed(self, request: Request, answer: Answer, sighting: Sighting) -> ParseResult:
        """Return the rows of an archived answer, or the refusal. Raises Unavailable after too many failures."""
        try:
            if self.result.exhausted == GIVE_UP_AFTER:
                raise Unavailable(f"{answer.problem}, {GIVE_UP_AFTER} requests in a row")
            if answer.problem:
                raise Refused(answer.problem)
            rows = frame(self.source, self.archive, self.result.frames, sighting)
        except MustSplit as must_split:
            return must_split
        except Refused as refused:
            # The embedded record's refusals begin with the dataset's file already.
            of_dataset = "" if str(refused).startswith(request.dataset) else f"{request.dataset}: "
            self.result.problems.append(f"{of_dataset}{refused}")
            return refused
        self.result.new_vintages += self.known.add(sighting, fingerprint(rows))
        return rows


def _changed_on(headers: Mapping[str, str]) -> date | None:
    """Return the day in Hong Kong of the header Last-Modified, if there is one."""
    try:
        return hong_kong_day(parsedate_to_datetime(headers.get("last-modified", "")))
    except ValueError:
        return None


def frame(source: Source, archive: Archive, frames: Frames, sighting: Sighting) -> pd.DataFrame:
    """Return a payload's rows, parsed once per run: `frames` keeps them. Raises Refused."""
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
    """Send a publisher one small request; nothing is archived. Return True if the answer is good, and a sentence."""
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

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

import pandas as pd

from orchestration.archive import Archive, Sighting, Visit
from orchestration.ingestion import parsed, problems
from orchestration.ingestion.figure_files import FigureFiles
from orchestration.ingestion.known_payloads import KnownPayloads
from orchestration.ingestion.parsed import Frames
from orchestration.periods import hong_kong_day, is_past
from orchestration.settings import Settings
from orchestration.sources.client import Answer, Client, Unavailable
from orchestration.sources.connector import (
    Context,
    MustSplit,
    ParseResult,
    Plan,
    Refused,
    Request,
    Source,
    fingerprint,
)
from orchestration.sources.registry import EVERY_SOURCE
from orchestration.warehouse.raw_tables import LoadLog

NO_ANSWER = "no answer"
# Requests in a row of which every attempt failed. A plan may have 30 more for a publisher that is down.
GIVE_UP_AFTER = 3


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
        counted = Counter(map(problems.shown, self.problems))
        return [f"{problem} ({times} times)" if times > 1 else problem for problem, times in counted.items()]


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
    known = {name: KnownPayloads(of_source, log, settings) for name, of_source in sightings.items()}
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
    result = FetchResult(source.name)
    is_remote = source.name in settings.addresses
    with Client(source, settings) if is_remote else nullcontext(FigureFiles(settings.figures_dir)) as client:
        try:
            _follow_plan(
                source.plan(_context(source, settings, known, scope)),
                _Fetch(source, client, archive, known, result, settings),
            )
        except Refused as given_up:
            result.problems.append(str(given_up))
        except Unavailable as down:
            result.problems.append(f"{NO_ANSWER}: {down}")
        except Exception as error:  # noqa: BLE001 - whatever a publisher sends, and whatever is wrong in its connector
            result.problems.append(problems.sentence(error))
        result.requests, result.bytes = client.requests, client.bytes
    if is_remote:
        found = tuple(result.problem_summary())
        now = datetime.now(UTC)
        archive.record(Visit(source.name, now, result.requests, result.bytes, result.new_vintages, found))
    return result


def _context(source: Source, settings: Settings, known: KnownPayloads, scope: FetchScope) -> Context:
    today, has_key = hong_kong_day(datetime.now(UTC)), bool(settings.credentials(source.name))
    return Context(today, known, settings.addresses, scope.since, scope.until, has_key, scope.hs_codes)


def _follow_plan(plan: Plan, fetch: "_Fetch") -> None:
    """Answer the requests of a plan to its end. Raises whatever the plan, the publisher or a parser makes happen."""
    with suppress(StopIteration):
        request = next(plan)
        while True:
            request = plan.send(fetch.answer(request))


@dataclass(frozen=True)
class _Fetch:
    """The fetch from one source while it runs; `result` is updated with each answer."""

    source: Source
    client: Client | FigureFiles
    archive: Archive
    known: KnownPayloads
    result: FetchResult
    settings: Settings

    def answer(self, request: Request) -> ParseResult:
        """Return the rows that answer a request, archived ones if they are fresh, or the refusal.

        Raises Unavailable.
        """
        last = self.known.last.get((request.dataset, request.archive_part))
        if last and datetime.now(UTC) - last.retrieved_at < request.fresh_for:
            with suppress(Refused):  # an answer archived by an earlier version may break a newer rule: fetch it again
                return self._rows(last)
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
            if sighting.problem:  # the transfer failed, or a user has quarantined these bytes
                raise Refused(sighting.problem)
            rows = self._rows(sighting)
            self.known.twins.refuse(sighting, rows)
        except MustSplit as must_split:
            return must_split
        except Refused as refused:
            # The embedded record's refusals begin with the dataset's file already.
            of_dataset = "" if str(refused).startswith(request.dataset) else f"{request.dataset}: "
            self.result.problems.append(f"{of_dataset}{refused}")
            return refused
        self.result.new_vintages += self.known.add(sighting, fingerprint(rows))
        return rows

    def _rows(self, sighting: Sighting) -> pd.DataFrame:
        """Return the rows of an archived answer. Raises Refused, at once if these bytes made the parser fail before."""
        if failure := self.known.failures.get((sighting.dataset, sighting.sha256)):
            raise Refused(failure)
        return parsed.frame(self.settings, self.source, self.archive, self.result.frames, sighting)


def _changed_on(headers: Mapping[str, str]) -> date | None:
    """Return the day in Hong Kong of the header Last-Modified, if it has a possible one."""
    try:
        day = hong_kong_day(parsedate_to_datetime(headers.get("last-modified", "")))
    except (TypeError, ValueError, OverflowError):
        return None
    return day if is_past(day, hong_kong_day(datetime.now(UTC))) else None

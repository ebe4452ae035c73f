"""The interface of a connector: a publisher's requests, and how its payloads become rows.

A connector's `plan` is a generator: it yields a `Request` and is sent the parsed answer, or the refusal, so that it can
request the next page or split a request into smaller ones. Its driver, `ingestion/fetch.py`, does all input and output.
"""

import hashlib
import re
from collections.abc import Callable, Collection, Generator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any, Protocol

import pandas as pd


class Refused(Exception):
    """A payload breaks a rule of its dataset; the message says where and why. Its bytes stay in the archive only."""


class MustSplit(Refused):
    """The publisher cannot answer this request in one piece; the plan splits it into smaller ones."""


@dataclass(frozen=True)
class RawTable:
    """A raw table: its columns by name with their DuckDB types, `varchar` for codes and for figures as printed."""

    name: str
    description: str
    columns: Mapping[str, str]


@dataclass(frozen=True)
class Request:
    """One HTTP request to a publisher.

    Attributes:
        dataset: The dataset that the answer belongs to, which is also its folder in the archive.
        url: The address without parameters.
        parameters: Query parameters. They are archived and logged, so they never contain a credential.
        part: Which part of the dataset the answer is; see `archive_part`.
        is_page: True when HTML is expected. Otherwise HTML means that a gateway answered instead of the publisher.
        fresh_for: How long an archived answer is used before the same request is sent again.
        needs_rows: False if the plan ignores the answer's rows: a payload that is loaded is then not parsed again.
    """

    dataset: str
    url: str
    parameters: Mapping[str, str] = field(default_factory=dict)
    part: str = ""
    is_page: bool = False
    fresh_for: timedelta = timedelta(0)
    needs_rows: bool = True

    @property
    def archive_part(self) -> str:
        """The part of the dataset that the answer is: a later answer to the same part replaces it.

        `part` is set where a parameter that moves on, such as the last month, must not make another part.
        """
        return self.part or "&".join(f"{name}={value}" for name, value in sorted(self.parameters.items()))


ParseResult = pd.DataFrame | Refused
# A plan may raise Refused when it gives up; the answers that it got before are kept and loaded.
Plan = Generator[Request, ParseResult, None]


class ArchivedAnswers(Protocol):
    """The answers that are archived already, so that a plan can skip what did not change."""

    def is_older_than(self, answer: Request, signal: Request) -> bool:
        """Return True if no answer is archived, or the publisher has changed its signal since it was retrieved."""
        ...


@dataclass(frozen=True)
class Context:
    """What a plan knows when it starts.

    Attributes:
        today: The current day in Hong Kong.
        archived: The answers that are archived already.
        addresses: Base URLs by source name, from the settings.
        since: The first month to fetch in a backfill, None in an ordinary run.
        until: The last month to fetch in a backfill, None in an ordinary run.
        has_key: True if the settings have an API key for the source. Only the client sees the key itself.
        hs_codes: Subheadings by HS edition, such as HS2022; an edition whose codes are not known is missing.
    """

    today: date
    archived: ArchivedAnswers
    addresses: Mapping[str, str]
    since: date | None = None
    until: date | None = None
    has_key: bool = False
    hs_codes: Mapping[str, tuple[str, ...]] = field(default_factory=dict)


@dataclass(frozen=True)
class LakeRows:
    """How the parsed rows of a dataset become rows of a lake table; such datasets are too large for raw tables.

    Attributes:
        table: The name of the lake table, in `sources/lake_tables.py`.
        rows: Converts a frame of `parse` into a frame with the columns of the lake table.
        source_id: The source in `seeds/sources.csv`.
        is_whole: Returns True if a month is complete, given the archive parts that were answered, those that were
            refused, and the HS subheadings of the month's edition.
    """

    table: str
    rows: Callable[[pd.DataFrame], pd.DataFrame]
    source_id: str
    is_whole: Callable[[Collection[str], Collection[str], Collection[str]], bool] = lambda *_: False


@dataclass(frozen=True)
class Source:
    """A publisher's connector, and its description in `entrepot sources`.

    Attributes:
        table: Returns the name of the raw table that a dataset is loaded into.
        tables: The raw tables of the source.
        plan: Yields the requests of a run.
        parse: `parse(dataset, payload, on)` returns the rows of a payload; raises Refused. `on` is the day in Hong Kong
            on which it was retrieved: figures for later periods are refused, also when it is parsed again years later.
        probe: `probe(addresses, on)` returns one small request that shows whether the publisher answers.
        pause: The shortest time between two requests.
        asks_to_wait: Returns the seconds to wait when a body with HTTP 200 asks for it, else None.
        lake: Datasets whose rows go to the lake instead of a raw table.
        importable: Datasets that can be imported from a file, because one file is the whole answer, with the
            `archive_part` of that answer.
        is_required: True if a refused payload fails the build, and nothing of the source is loaded. A problem with
            any other source only delays that source's own tables.
    """

    name: str
    publisher: str
    description: str
    cadence: str
    licence: str
    table: Callable[[str], str]
    tables: tuple[RawTable, ...]
    plan: Callable[[Context], Plan]
    parse: Callable[[str, bytes, date], pd.DataFrame]
    probe: Callable[[Mapping[str, str], date], Request]
    pause: timedelta
    asks_to_wait: Callable[[bytes], float | None] = lambda _: None
    lake: Mapping[str, LakeRows] = field(default_factory=dict)
    importable: Mapping[str, str] = field(default_factory=dict)
    is_required: bool = False

    def raw_table(self, dataset: str) -> RawTable | None:
        """Return the raw table of a dataset, None if its rows go to the lake."""
        if dataset in self.lake:
            return None
        name = self.table(dataset)
        return next(table for table in self.tables if table.name == name)


MONTH_TEXT = re.compile(r"([0-9]{4})(0[1-9]|1[0-2])")


def refuse_html(payload: bytes) -> None:
    """Refuse an empty body and HTML: gateways send error pages with HTTP status 200. Raises Refused."""
    first = payload.lstrip()[:1]
    if not first:
        raise Refused("the body is empty")
    if first == b"<":
        raise Refused("the body is HTML or XML, not JSON: a gateway answered, not the publisher")


def refuse_rows(frame: pd.DataFrame, bad: Any, column: str, reason: str, key: Sequence[str] = ()) -> None:
    """Refuse a frame that has bad rows, naming the first. Raises Refused.

    Args:
        frame: Parsed rows, all text; the index is the number of each row in the payload.
        bad: Booleans, one for each row.
        column: The column to show the value of.
        reason: What is wrong with the value, such as "is in the future".
        key: Columns whose values identify a row better than its number.
    """
    rows = frame.index[bad]
    if len(rows):
        first = frame.loc[rows[0]]
        place = ", ".join(filter(None, (f"row {rows[0]}", " ".join(first[list(key)]))))
        raise Refused(f"{place}: {column} {first[column]!r} {reason}; {len(rows)} such rows")


def refuse_repeats(frame: pd.DataFrame, key: list[str]) -> None:
    """Refuse two rows with the same key: there is no telling which of them is right. Raises Refused."""
    repeated = frame.index[frame.duplicated(key)]
    if len(repeated):
        shown = ", ".join(f"{name} {frame.at[repeated[0], name]!r}" for name in key)
        raise Refused(f"row {repeated[0]}: the same figure occurs twice ({shown}); {len(repeated)} such rows")


def first_problem(error: Any) -> str:
    """Return the first problem of a pydantic ValidationError as a sentence: where, what is wrong, the value found."""
    problem = error.errors(include_url=False)[0]
    place = ".".join(str(part) for part in problem["loc"]) or "the body"
    found = repr(problem.get("input"))
    return f"{place}: {problem['msg']}, found {found[:80]}; {error.error_count()} problems in all"


def fingerprint(frame: pd.DataFrame) -> str:
    """Return a hash of parsed rows; it ignores the rest of a payload, such as UN Comtrade's `elapsedTime`."""
    columns = ",".join(frame.columns).encode()
    return hashlib.sha256(columns + pd.util.hash_pandas_object(frame, index=False).to_numpy().tobytes()).hexdigest()

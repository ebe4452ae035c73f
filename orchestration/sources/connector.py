"""What a connector is made of: requests out, bytes in, a frame out. No network, no Dagster, no DuckDB.

A connector's `plan` is a generator: it yields a `Request` and is sent what came of it, a frame or the refusal, so that
it can ask for the next page, or ask again in smaller parts. Whoever drives it does all input and output.
"""

import hashlib
import re
from collections.abc import Callable, Collection, Generator, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any, Protocol

import pandas as pd


class Refused(Exception):
    """A payload is not what was asked for; the message says where and why. Its bytes stay in the archive only."""


class TooMuch(Refused):
    """The publisher can't answer this in one piece; the plan asks again in smaller parts."""


@dataclass(frozen=True)
class RawTable:
    """A raw table and its columns: DuckDB types by name, `varchar` for codes and for figures as printed."""

    name: str
    description: str
    columns: Mapping[str, str]


@dataclass(frozen=True)
class Request:
    """One question to a publisher. `dataset` is its folder in the archive; parameters never hold a credential.

    `part` names the part of the dataset that the answer is: a later answer to the same part takes its place, also when
    a parameter, such as the last month, has moved on. `fresh_for` is how long an answer stands before the same question
    is worth asking again. `is_page`: HTML is what is wanted, and not what a gateway sends in place of an answer.
    """

    dataset: str
    url: str
    parameters: Mapping[str, str] = field(default_factory=dict)
    part: str = ""
    is_page: bool = False
    fresh_for: timedelta = timedelta(0)

    @property
    def slot(self) -> str:
        """Return what later answers to this question take the place of."""
        return self.part or "&".join(f"{name}={value}" for name, value in sorted(self.parameters.items()))


Reply = pd.DataFrame | Refused
# A plan may raise Refused to say that it gives up; the requests that it made before stand.
Plan = Generator[Request, Reply, None]


class Memory(Protocol):
    """What is held already, for a plan to leave out what did not change."""

    def is_older_than(self, answer: Request, signal: Request) -> bool:
        """Say whether the answer held was got before the publisher last changed its signal, or is not held."""
        ...


@dataclass(frozen=True)
class Context:
    """What a plan knows when it begins: the day in Hong Kong, what is held, and the first month that is wanted.

    `has_key`: the publisher knows us by a key, which the client sends and no plan sees. `hs_codes` are the subheadings
    of an edition of the HS, such as HS2022, for whom must name what it asks for; none where they are not known.
    """

    today: date
    memory: Memory
    addresses: Mapping[str, str]
    since: date | None = None
    until: date | None = None
    has_key: bool = False
    hs_codes: Mapping[str, tuple[str, ...]] = field(default_factory=dict)


@dataclass(frozen=True)
class LakeRows:
    """How the frames of a dataset become rows of a table of the lake, which is too large for raw tables.

    `rows` takes what `parse` returned and gives the columns of the table, in `sources/detail.py`. `is_whole` says
    whether a month is all there: by the parts that were answered, those that were refused, and the HS subheadings of
    that month's edition.
    """

    table: str
    rows: Callable[[pd.DataFrame], pd.DataFrame]
    source_id: str
    is_whole: Callable[[Collection[str], Collection[str], Collection[str]], bool] = lambda *_: False


@dataclass(frozen=True)
class Source:
    """A publisher's connector, and what `entrepot sources` says of it.

    `parse(dataset, payload, on)` returns the payload's rows; `on` is the day in Hong Kong on which it was retrieved, so
    that what lay in the future then stays refused. `probe(addresses, on)` returns one cheap question to ask on a day.

    `lake`: datasets whose rows go to the lake, and to no raw table. `by_hand`: datasets whose whole answer is one file
    that anybody can have, so that it may be imported, with the slot that the file takes.
    """

    name: str
    publisher: str
    what: str
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
    by_hand: Mapping[str, str] = field(default_factory=dict)


MONTH_TEXT = re.compile(r"(\d{4})(0[1-9]|1[0-2])")


def refuse_html(payload: bytes) -> None:
    """Refuse a page of a gateway; publishers send them with status 200 too. Raises Refused."""
    begins = payload.lstrip()[:1]
    if not begins:
        raise Refused("the body is empty")
    if begins == b"<":
        raise Refused("the body is HTML or XML, not JSON: a gateway answered, not the publisher")


def refuse_repeats(frame: pd.DataFrame, key: list[str]) -> None:
    """Refuse rows that say the same thing twice: which of them holds can't be known. Raises Refused."""
    repeated = frame.index[frame.duplicated(key)]
    if len(repeated):
        shown = ", ".join(f"{name} {frame.at[repeated[0], name]!r}" for name in key)
        raise Refused(f"row {repeated[0]}: the same figure occurs twice ({shown}); {len(repeated)} such rows")


def first_problem(error: Any) -> str:
    """Return the first problem of a pydantic ValidationError as a sentence: where, what, and what was found."""
    problem = error.errors(include_url=False)[0]
    place = ".".join(str(part) for part in problem["loc"]) or "the body"
    found = repr(problem.get("input"))
    return f"{place}: {problem['msg']}, found {found[:80]}; {error.error_count()} problems in all"


def fingerprint(frame: pd.DataFrame) -> str:
    """Return a hash of what a payload says: two that differ only in the time that a reply took have the same."""
    columns = ",".join(frame.columns).encode()
    return hashlib.sha256(columns + pd.util.hash_pandas_object(frame, index=False).to_numpy().tobytes()).hexdigest()

"""Parses payloads in one child process for all threads; whatever a payload does to its parser, only it is refused."""

import hashlib
import logging
from collections.abc import Iterator
from contextlib import nullcontext
from datetime import date
from threading import Lock
from typing import Any

import pandas as pd

from orchestration.parsing import failures, rows
from orchestration.parsing.child import Child, ChildDied, ChildRaised, Limits, twice_if_killed
from orchestration.parsing.journal import Journal, TooManyKills
from orchestration.settings import Settings
from orchestration.sources.connector import Refused, Source
from orchestration.storage.memory import in_bytes

log = logging.getLogger(__name__)


class _SharedChild:
    """The child process that parses, started when it is needed first, and again after its death."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._child: Child | None = None

    def parse(self, arguments: dict[str, Any], payload: bytes, limits: Limits) -> Any:
        def attempt() -> Any:
            return self._living().call("orchestration.parsing.rows:parse", arguments, payload, limits=limits)

        with self._lock:
            return twice_if_killed(attempt)

    def _living(self) -> Child:
        if self._child is None or not self._child.is_alive():
            self._child = Child()
        return self._child


class ParserFailed(Refused):
    """A payload made its parser abort, hang or exhaust memory; `failures` says when it is parsed again."""


# Shared by the whole process: one core is enough for parsing, and starting another process takes a while.
_child = _SharedChild()
_failures: dict[tuple[str, str, str, str], str] = {}


def parse(
    settings: Settings, source: Source, dataset: str, payload: bytes, on: date, journal: Journal | None = None
) -> pd.DataFrame:
    """Return the rows of a payload that was retrieved on a day in Hong Kong.

    Args:
        settings: Those with the limits of the parser.
        source: The connector whose parser is used.
        dataset: The dataset of the payload.
        payload: The bytes.
        on: Figures for later periods are refused.
        journal: Where the payload is recorded while it is parsed; None if it is not archived, or only looked at.

    Raises:
        Refused: It breaks a rule of its dataset, or the parser failed in any way.
        OSError: This machine is at fault, not the payload.
    """
    key = (source.name, dataset, sha256(payload), failures.stamp(settings))
    if key in _failures:
        raise ParserFailed(_failures[key])
    arguments = {
        "parser": f"{source.parse.__module__}:{source.parse.__qualname__}",
        "dataset": dataset,
        "on": on.isoformat(),
    }
    limits = Limits(in_bytes(settings.parser_memory_limit), settings.parser_seconds)
    try:
        with journal.entry(failures.entry_name(*key[:3], settings)) if journal else nullcontext():
            return rows.decode(_child.parse(arguments, payload, limits))
    except (ChildDied, TooManyKills) as death:
        _failures[key] = failures.sentence(death, settings)
        raise ParserFailed(_failures[key]) from None
    except ChildRaised as error:
        raise _refusal(error) from None


def sha256(payload: bytes) -> str:
    """Return the hash that the archive names a payload by."""
    return hashlib.sha256(payload).hexdigest()


def _refusal(error: ChildRaised) -> Exception:
    """Return the connector's own refusal, or one that names the type of an error that it did not expect."""
    for kind in _kinds_of(Refused):
        if error.type == f"{kind.__module__}:{kind.__qualname__}":
            return kind(str(error))
    if fault := error.fault_of_this_machine():
        return fault
    log.debug("a payload can't be read:\n%s", error.traceback)
    return Refused(f"it can't be read: {error.type.rpartition(':')[2]}: {error}")


def _kinds_of(kind: type[Refused]) -> Iterator[type[Refused]]:
    yield kind
    for narrower in kind.__subclasses__():
        yield from _kinds_of(narrower)

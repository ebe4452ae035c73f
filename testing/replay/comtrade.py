"""A replay of UN Comtrade: silent truncation at 500 rows, breakdowns unless parameters exclude them, availability."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import count
from typing import Any

from testing.replay.message import HttpRequest, Reply, html_reply, json_reply

Record = dict[str, Any]
PREVIEW_ROWS = 500
DATA_ROWS = 100_000
SERVICE = re.compile(r"/(public|data)/v1/(getDA|preview|get)/C/M/HS")
FILTERS = ("period", "reporterCode", "flowCode", "partnerCode", "partner2Code", "customsCode", "motCode")
LEVELS = {"AG2": 2, "AG4": 4, "AG6": 6}
BAD_KEY = "Access denied due to invalid subscription key. Make sure to provide a valid key for an active subscription."


@dataclass
class Comtrade:
    """The records, the availability of each month, and the valid keys."""

    records: list[Record] = field(default_factory=list)
    availability: list[Record] = field(default_factory=list)
    keys: set[str] = field(default_factory=set)
    conditional: bool = False
    _answers: Iterator[int] = field(default_factory=lambda: count(1))

    def answer(self, request: HttpRequest) -> Reply:
        service = SERVICE.fullmatch(request.path)
        if service is None:
            return html_reply("404 Not Found", 404)
        if service[1] == "data" and self._key(request) not in self.keys:
            return json_reply({"statusCode": 401, "message": BAD_KEY}, 401)
        if service[2] == "getDA":
            return self._envelope([row for row in self.availability if _matches(request, row)])
        most = PREVIEW_ROWS if service[2] == "preview" else DATA_ROWS
        rows = [row for row in self.records if _matches(request, row) and _is_requested(request, row)]
        return self._envelope(rows[: min(most, int(request.one("maxRecords", str(most))))])

    def _envelope(self, rows: list[Record]) -> Reply:
        """Return the rows with an elapsed time that differs each time, so that no two responses have the same bytes."""
        elapsed = f"{next(self._answers) / 100:.2f} secs"
        return json_reply({"elapsedTime": elapsed, "count": len(rows), "data": rows, "error": ""})

    def _key(self, request: HttpRequest) -> str:
        return request.headers.get("ocp-apim-subscription-key") or request.one("subscription-key")


def _matches(request: HttpRequest, row: Record) -> bool:
    """Return True if the row has the requested values; a parameter that is missing or has no field matches all."""
    named = [name for name in FILTERS if name in request.query and name in row]
    return all(str(row[name]) in request.all(name) for name in named)


def _is_requested(request: HttpRequest, row: Record) -> bool:
    """Return True if the row's commodity was requested: by code, as `TOTAL`, or as one of all codes of a level."""
    code, requested = row["cmdCode"], request.all("cmdCode")
    lengths = [LEVELS.get(level) for level in requested]
    return not requested or code in requested or (code.isdigit() and len(code) in lengths)

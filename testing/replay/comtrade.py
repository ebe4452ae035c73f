"""A replay of UN Comtrade: silent truncation at 500 rows, breakdowns unless parameters exclude them, availability."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import count
from typing import Any

from testing.replay.message import Question, Reply, html_reply, json_reply

Record = dict[str, Any]
PREVIEW_ROWS = 500
DATA_ROWS = 100_000
SERVICE = re.compile(r"/(public|data)/v1/(getDA|preview|get)/C/M/HS")
FILTERS = ("period", "reporterCode", "flowCode", "partnerCode", "partner2Code", "customsCode", "motCode")
LEVELS = {"AG2": 2, "AG4": 4, "AG6": 6}
BAD_KEY = "Access denied due to invalid subscription key. Make sure to provide a valid key for an active subscription."


@dataclass
class Comtrade:
    """The records, what is available of each month, and the keys that are good."""

    records: list[Record] = field(default_factory=list)
    availability: list[Record] = field(default_factory=list)
    keys: set[str] = field(default_factory=set)
    conditional: bool = False
    _answers: Iterator[int] = field(default_factory=lambda: count(1))

    def answer(self, question: Question) -> Reply:
        service = SERVICE.fullmatch(question.path)
        if service is None:
            return html_reply("404 Not Found", 404)
        if service[1] == "data" and self._key(question) not in self.keys:
            return json_reply({"statusCode": 401, "message": BAD_KEY}, 401)
        if service[2] == "getDA":
            return self._envelope([row for row in self.availability if _matches(question, row)])
        most = PREVIEW_ROWS if service[2] == "preview" else DATA_ROWS
        rows = [row for row in self.records if _matches(question, row) and _is_of(question, row)]
        return self._envelope(rows[: min(most, int(question.one("maxRecords", str(most))))])

    def _envelope(self, rows: list[Record]) -> Reply:
        """Return the rows with the time that they took: no two answers have the same bytes."""
        elapsed = f"{next(self._answers) / 100:.2f} secs"
        return json_reply({"elapsedTime": elapsed, "count": len(rows), "data": rows, "error": ""})

    def _key(self, question: Question) -> str:
        return question.headers.get("ocp-apim-subscription-key") or question.one("subscription-key")


def _matches(question: Question, row: Record) -> bool:
    """Say whether the row has the values asked for; a parameter that is left out, or has no field, asks for all."""
    named = [name for name in FILTERS if name in question.query and name in row]
    return all(str(row[name]) in question.all(name) for name in named)


def _is_of(question: Question, row: Record) -> bool:
    """Say whether the row's commodity was asked for: codes, `TOTAL`, or every code of a level."""
    code, asked = row["cmdCode"], question.all("cmdCode")
    return not asked or code in asked or (code.isdigit() and len(code) in [LEVELS.get(level) for level in asked])

"""A replay of C&SD's Trade IDDS: a session by redirect and cookie, HTTP 200 for errors, zero rows omitted.

`rows` are all rows that can be requested; one without `co` and `cc` is of the world, one without `code` a total.
"""

import re
import secrets
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.cookies import SimpleCookie
from typing import Any

from testing.replay.message import Question, Reply, html_reply, json_reply

Row = dict[str, Any]
COOKIE = "IDDSSESSION"  # the real name was not seen
SESSION_PATH = re.compile(r"/api/[0-9a-f]{32}/get")
TYPES = ("1", "2", "3", "4", "5")


def server_busy(question: Question, reply: Reply) -> Reply:
    """A fault: the message was reported, the wording around it was not seen."""
    return _fail("Server busy", 3)


def usage_limit(question: Question, reply: Reply) -> Reply:
    return _fail("Usage limit exceeded", 2)


@dataclass
class Idds:
    """The rows, the last month that is out, and the years in which codes of one edition only are defined."""

    rows: list[Row] = field(default_factory=list)
    latest: str = "202608"
    editions: dict[str, tuple[int, int]] = field(default_factory=dict)
    conditional: bool = False
    sessions: set[str] = field(default_factory=set)

    def tire_of_sessions(self) -> None:
        """Deny every session begun so far, until the client comes back without a cookie."""
        self.sessions.clear()

    def answer(self, question: Question) -> Reply:
        session = _session(question)
        if not question.is_from_a_browser or (session and session not in self.sessions):
            return _fail("Access denied", 4)
        if question.path == "/api/get":
            return self._begin(question, session)
        if not SESSION_PATH.fullmatch(question.path):
            return html_reply("404 Not Found", 404)
        return self._data(question) if session else _fail("Access denied", 4)

    def _begin(self, question: Question, session: str | None) -> Reply:
        """Send the client on to an address of the query's own, with a cookie when it has none."""
        headers = {"Location": f"/{question.publisher}/api/{secrets.token_hex(16)}/get?{question.raw_query}"}
        if session is None:
            session = secrets.token_hex(8)
            self.sessions.add(session)
            headers["Set-Cookie"] = f"{COOKIE}={session}; Path=/; HttpOnly"
        return Reply(status=302, headers=headers)

    def _data(self, question: Question) -> Reply:
        period, codes = question.all("period"), question.all("code")
        ttypes, frequency = question.all("ttype"), question.one("freq")
        wrong_type = [name for name in ttypes if name not in (*TYPES, "ALL")]
        if frequency not in ("M", "A") or not period or not ttypes or wrong_type or not question.all("sv"):
            return _fail("Validation error")
        late = [month for month in period if month > self.latest[: len(month)]]
        if late:
            return _fail(f"Period code ({late[0]}) is not defined")
        if undefined := [code for code in codes if not self._is_defined(code, period)]:
            return _fail(f"Commodity code ({undefined[0]}) is not defined")
        rows = list(self._matching(question, period, codes))
        return _success(rows) if rows else _fail("No record found")

    def _is_defined(self, code: str, period: list[str]) -> bool:
        first, last = self.editions.get(code, (0, 9999))
        return first <= int(period[0][:4]) and int(period[-1][:4]) <= last

    def _matching(self, question: Question, period: list[str], codes: list[str]) -> Iterator[Row]:
        statistics = {name.upper() for name in question.all("sv")}
        ttypes = set(TYPES) if "ALL" in question.all("ttype") else set(question.all("ttype"))
        for row in self.rows:
            if (
                row["freq"] == question.one("freq")
                and period[0] <= row["period"] <= period[-1]
                and str(row["ttype"]) in ttypes
                and row["sv"].upper() in statistics
                and row.get("codeclass", "") == question.one("codeclass")
                and (not codes or row.get("code") in codes)
                and all(_is_asked(question, row, partner) for partner in ("co", "cc"))
                and row["figure"] != "0"
            ):
                yield row


def _is_asked(question: Question, row: Row, partner: str) -> bool:
    """Say whether the row's partner was asked for: a list, all, or, where the question names none, the world."""
    if question.one(f"{partner}class") != "C":
        return partner not in row
    asked = question.all(partner)
    return partner in row and ("ALL" in asked or row[partner] in asked)


def _session(question: Question) -> str | None:
    cookie = SimpleCookie(question.headers.get("cookie", "")).get(COOKIE)
    return cookie.value if cookie else None


def _success(rows: list[Row]) -> Reply:
    status = {"name": "Success", "code": 0, "message": []}
    count = {"noOfRecords": len(rows)}
    header = {"status": status, "title": "Merchandise trade", "count": count, "tablenote": []}
    return json_reply({"header": header, "dataSet": rows})


def _fail(message: str, code: int = 1) -> Reply:
    return json_reply({"header": {"status": {"name": "Fail", "code": code, "message": [message]}}})

"""A replay of C&SD's Trade IDDS: a session by redirect and cookie, HTTP 200 for errors, zero rows omitted.

`rows` are all rows that can be requested; one without `co` and `cc` is of the world, one without `code` a total.
"""

import re
import secrets
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.cookies import SimpleCookie
from typing import Any

from testing.replay.message import HttpRequest, Reply, html_reply, json_reply

Row = dict[str, Any]
COOKIE = "IDDSSESSION"  # the real name was not observed
SESSION_PATH = re.compile(r"/api/[0-9a-f]{32}/get")
TYPES = ("1", "2", "3", "4", "5")


def server_busy(request: HttpRequest, reply: Reply) -> Reply:
    """A fault: the message was reported, the text around it was not observed."""
    return _fail("Server busy", 3)


def usage_limit(request: HttpRequest, reply: Reply) -> Reply:
    return _fail("Usage limit exceeded", 2)


@dataclass
class Idds:
    """The rows, the latest published month, and the years in which codes of only one edition are defined."""

    rows: list[Row] = field(default_factory=list)
    latest: str = "202608"
    editions: dict[str, tuple[int, int]] = field(default_factory=dict)
    conditional: bool = False
    sessions: set[str] = field(default_factory=set)

    def expire_sessions(self) -> None:
        """Deny every existing session, until the client returns without a cookie."""
        self.sessions.clear()

    def answer(self, request: HttpRequest) -> Reply:
        session = _session(request)
        if not request.is_from_a_browser or (session and session not in self.sessions):
            return _fail("Access denied", 4)
        if request.path == "/api/get":
            return self._begin(request, session)
        if not SESSION_PATH.fullmatch(request.path):
            return html_reply("404 Not Found", 404)
        return self._data(request) if session else _fail("Access denied", 4)

    def _begin(self, request: HttpRequest, session: str | None) -> Reply:
        """Redirect the client to an address for this query, with a cookie if it has none."""
        headers = {"Location": f"/{request.publisher}/api/{secrets.token_hex(16)}/get?{request.raw_query}"}
        if session is None:
            session = secrets.token_hex(8)
            self.sessions.add(session)
            headers["Set-Cookie"] = f"{COOKIE}={session}; Path=/; HttpOnly"
        return Reply(status=302, headers=headers)

    def _data(self, request: HttpRequest) -> Reply:
        period, codes = request.all("period"), request.all("code")
        ttypes, frequency = request.all("ttype"), request.one("freq")
        wrong_type = [name for name in ttypes if name not in (*TYPES, "ALL")]
        if frequency not in ("M", "A") or not period or not ttypes or wrong_type or not request.all("sv"):
            return _fail("Validation error")
        late = [month for month in period if month > self.latest[: len(month)]]
        if late:
            return _fail(f"Period code ({late[0]}) is not defined")
        if undefined := [code for code in codes if not self._is_defined(code, period)]:
            return _fail(f"Commodity code ({undefined[0]}) is not defined")
        rows = list(self._matching(request, period, codes))
        return _success(rows) if rows else _fail("No record found")

    def _is_defined(self, code: str, period: list[str]) -> bool:
        first, last = self.editions.get(code, (0, 9999))
        return first <= int(period[0][:4]) and int(period[-1][:4]) <= last

    def _matching(self, request: HttpRequest, period: list[str], codes: list[str]) -> Iterator[Row]:
        statistics = {name.upper() for name in request.all("sv")}
        ttypes = set(TYPES) if "ALL" in request.all("ttype") else set(request.all("ttype"))
        for row in self.rows:
            if (
                row["freq"] == request.one("freq")
                and period[0] <= row["period"] <= period[-1]
                and str(row["ttype"]) in ttypes
                and row["sv"].upper() in statistics
                and row.get("codeclass", "") == request.one("codeclass")
                and (not codes or row.get("code") in codes)
                and all(_is_requested(request, row, partner) for partner in ("co", "cc"))
                and row["figure"] != "0"
            ):
                yield row


def _is_requested(request: HttpRequest, row: Row, partner: str) -> bool:
    """Return True if the row's partner was requested: by code, as one of all, or the world if none is named."""
    if request.one(f"{partner}class") != "C":
        return partner not in row
    requested = request.all(partner)
    return partner in row and ("ALL" in requested or row[partner] in requested)


def _session(request: HttpRequest) -> str | None:
    cookie = SimpleCookie(request.headers.get("cookie", "")).get(COOKIE)
    return cookie.value if cookie else None


def _success(rows: list[Row]) -> Reply:
    status = {"name": "Success", "code": 0, "message": []}
    count = {"noOfRecords": len(rows)}
    header = {"status": status, "title": "Merchandise trade", "count": count, "tablenote": []}
    return json_reply({"header": header, "dataSet": rows})


def _fail(message: str, code: int = 1) -> Reply:
    return json_reply({"header": {"status": {"name": "Fail", "code": code, "message": [message]}}})

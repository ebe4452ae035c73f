"""Conditional requests: each body has an ETag and a Last-Modified date, and matching requests get a 304."""

import hashlib
import threading
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime, parsedate_to_datetime

from testing.replay.message import HttpRequest, Reply


class Editions:
    """The ETag last sent for each address, and the time of its last change."""

    def __init__(self) -> None:
        self._sent: dict[tuple[str, str, str], tuple[str, datetime]] = {}
        self._lock = threading.Lock()

    def conditional(self, request: HttpRequest, reply: Reply) -> Reply:
        """Return the reply with its ETag and Last-Modified, or a 304 if the client has it already."""
        etag, changed = self._edition(request, reply)
        headers = {"ETag": etag, "Last-Modified": format_datetime(changed, usegmt=True)}
        if _has_current_copy(request, etag, changed):
            return Reply(status=304, headers=headers)
        return replace(reply, headers={**reply.headers, **headers})

    def _edition(self, request: HttpRequest, reply: Reply) -> tuple[str, datetime]:
        key = (request.publisher, request.path, request.raw_query)
        etag = f'"{hashlib.sha256(reply.body).hexdigest()[:32]}"'
        with self._lock:
            before, changed = self._sent.get(key, ("", datetime.min.replace(tzinfo=UTC)))
            if before != etag:
                # The header counts in seconds: a change in the same second must not look like none.
                now = datetime.now(UTC).replace(microsecond=0)
                self._sent[key] = (etag, max(now, changed + timedelta(seconds=1)))
            return self._sent[key]


def _has_current_copy(request: HttpRequest, etag: str, changed: datetime) -> bool:
    """Return True if the client's copy is current; If-None-Match precedes the date (RFC 9110, section 13.2.2)."""
    if held := request.headers.get("if-none-match"):
        return etag in held
    since = request.headers.get("if-modified-since")
    return since is not None and changed <= parsedate_to_datetime(since)

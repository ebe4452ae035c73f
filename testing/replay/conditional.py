"""Conditional requests: each body has an ETag and a Last-Modified date, and matching requests get a 304."""

import hashlib
import threading
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime, parsedate_to_datetime

from testing.replay.message import Question, Reply


class Editions:
    """What was last sent at each address, and since when."""

    def __init__(self) -> None:
        self._sent: dict[tuple[str, str, str], tuple[str, datetime]] = {}
        self._lock = threading.Lock()

    def conditional(self, question: Question, reply: Reply) -> Reply:
        """Return the reply with its ETag and Last-Modified, or a 304 when the client says that it holds it."""
        etag, changed = self._edition(question, reply)
        headers = {"ETag": etag, "Last-Modified": format_datetime(changed, usegmt=True)}
        if _is_held(question, etag, changed):
            return Reply(status=304, headers=headers)
        return replace(reply, headers={**reply.headers, **headers})

    def _edition(self, question: Question, reply: Reply) -> tuple[str, datetime]:
        key = (question.publisher, question.path, question.raw_query)
        etag = f'"{hashlib.sha256(reply.body).hexdigest()[:32]}"'
        with self._lock:
            before, changed = self._sent.get(key, ("", datetime.min.replace(tzinfo=UTC)))
            if before != etag:
                # The header counts in seconds: a change in the same second must not look like none.
                now = datetime.now(UTC).replace(microsecond=0)
                self._sent[key] = (etag, max(now, changed + timedelta(seconds=1)))
            return self._sent[key]


def _is_held(question: Question, etag: str, changed: datetime) -> bool:
    """Say whether the client's copy stands; If-None-Match goes before the date (RFC 9110, section 13.2.2)."""
    if held := question.headers.get("if-none-match"):
        return etag in held
    since = question.headers.get("if-modified-since")
    return since is not None and changed <= parsedate_to_datetime(since)

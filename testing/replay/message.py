"""The messages between the replay server and its publishers: a question in, a reply out."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

JSON = "application/json; charset=utf-8"
HTML = "text/html; charset=utf-8"


@dataclass(frozen=True)
class Question:
    """A request as a publisher sees it: the path without the publisher's prefix, header names in lower case."""

    publisher: str
    path: str
    query: Mapping[str, list[str]] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)
    raw_query: str = ""

    def one(self, name: str, default: str = "") -> str:
        return self.query.get(name, [default])[0]

    def all(self, name: str) -> list[str]:
        """Return a list that was sent with commas, with the parameter repeated, or both."""
        return [part for text in self.query.get(name, []) for part in text.split(",") if part]

    @property
    def is_from_a_browser(self) -> bool:
        return self.headers.get("user-agent", "").startswith("Mozilla/5.0 ")

    @property
    def base(self) -> str:
        """Return the address at which the client reached this publisher."""
        return f"http://{self.headers['host']}/{self.publisher}"


class Wire(Protocol):
    """The connection as a delivery uses it; what is written is counted before it is sent."""

    def begin(self, reply: "Reply", length: int | None) -> None: ...

    def write(self, data: bytes) -> None: ...

    def rest(self, seconds: float | None) -> bool:
        """Wait; say whether the server still runs."""
        ...

    def hang_up(self) -> None: ...


def whole(wire: Wire, reply: "Reply") -> None:
    """Deliver a reply as HTTP wants it."""
    wire.begin(reply, len(reply.body))
    wire.write(reply.body)


@dataclass(frozen=True)
class Reply:
    """What a publisher answers, and how the bytes go out."""

    body: bytes = b""
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)
    delivery: Callable[[Wire, "Reply"], None] = whole


def json_reply(content: Any, status: int = 200, **headers: str) -> Reply:
    body = json.dumps(content, ensure_ascii=False, separators=(",", ":")).encode()
    return Reply(body, status, {"Content-Type": JSON, **headers})


def html_reply(title: str, status: int = 200) -> Reply:
    page = f"<!DOCTYPE html>\n<html><head><title>{title}</title></head><body><h1>{title}</h1></body></html>\n"
    return Reply(page.encode(), status, {"Content-Type": HTML})

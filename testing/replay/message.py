"""The messages between the replay server and its publishers: an HTTP request in, a reply out."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

JSON = "application/json; charset=utf-8"
HTML = "text/html; charset=utf-8"


@dataclass(frozen=True)
class HttpRequest:
    """A request as a publisher sees it: the path without the publisher's prefix, header names in lower case."""

    publisher: str
    path: str
    query: Mapping[str, list[str]] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)
    raw_query: str = ""

    def one(self, name: str, default: str = "") -> str:
        """Return the first value of a parameter."""
        return self.query.get(name, [default])[0]

    def all(self, name: str) -> list[str]:
        """Return the values of a parameter, whether sent with commas, repeated, or both."""
        return [part for text in self.query.get(name, []) for part in text.split(",") if part]

    @property
    def is_from_a_browser(self) -> bool:
        return self.headers.get("user-agent", "").startswith("Mozilla/5.0 ")

    @property
    def base(self) -> str:
        """Return the address at which the client reached this publisher."""
        return f"http://{self.headers['host']}/{self.publisher}"


class Wire(Protocol):
    """The connection that a reply is delivered on; bytes are counted before they are sent."""

    def begin(self, reply: "Reply", length: int | None) -> None: ...

    def write(self, data: bytes) -> None: ...

    def wait(self, seconds: float | None) -> bool:
        """Wait; return True if the server is still running."""
        ...

    def hang_up(self) -> None: ...


def whole(wire: Wire, reply: "Reply") -> None:
    """Deliver a reply correctly."""
    wire.begin(reply, len(reply.body))
    wire.write(reply.body)


@dataclass(frozen=True)
class Reply:
    """A publisher's response, and how its bytes are sent."""

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

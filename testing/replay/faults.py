"""Faults of a publisher or the network. A fault turns the good reply to a request into the reply that is sent.

A fault that only spoils a body leaves replies without one (a redirect, a 304) as they are. Numbers that a test may
change are keyword arguments: `partial(faults.status_503_with_retry_after, retry_after="2")`.
"""

import gzip
from collections.abc import Callable
from dataclasses import replace
from functools import cache
from urllib.parse import urlencode

from testing.replay.message import HttpRequest, Reply, Wire, html_reply, json_reply

Fault = Callable[[HttpRequest, Reply], Reply]
ANOTHER_HOST = "another-host.invalid"

FAIL_BODIES = {
    "csd": {"header": {"status": {"name": "Fail", "code": 1, "message": ["Table ID (110-00001) is not defined"]}}},
    "idds": {"header": {"status": {"name": "Fail", "code": 1, "message": ["Validation error"]}}},
    # No body of HKMA with a code other than "0000" was observed: the fields are documented, the code is synthetic.
    "hkma": {"header": {"success": False, "err_code": "9999", "err_msg": "synthetic error"}},
    "comtrade": {"elapsedTime": "0.01 secs", "count": 0, "data": [], "error": "synthetic error"},
}


def html_with_status_200(request: HttpRequest, reply: Reply) -> Reply:
    return html_reply("405 Not Allowed")


def html_403(request: HttpRequest, reply: Reply) -> Reply:
    return html_reply("403 Forbidden", 403)


def fail_body(request: HttpRequest, reply: Reply) -> Reply:
    """Answer HTTP 200 with the publisher's own error body; the World Bank has none, so it gets an HTML page."""
    if request.publisher in FAIL_BODIES:
        return json_reply(FAIL_BODIES[request.publisher])
    return html_reply("Page not found")


def plain_text(request: HttpRequest, reply: Reply) -> Reply:
    return Reply(b"All calls are rejected by policy.", headers={"Content-Type": "text/plain"})


def json_of_another_shape(request: HttpRequest, reply: Reply) -> Reply:
    return json_reply({"status": "ok", "rows": [[1, 2], [3, 4]]})


def empty_body(request: HttpRequest, reply: Reply) -> Reply:
    return Reply(headers={"Content-Type": reply.headers.get("Content-Type", "")})


def wrong_encoding(request: HttpRequest, reply: Reply, encoding: str = "latin-1") -> Reply:
    """Send the body in Latin-1 (with a letter that shows it), `utf-16`, or `utf-8-sig`: with a byte-order mark."""
    if reply.status != 200:
        return reply
    text = reply.body.decode("utf-8", "replace")
    if encoding == "latin-1":
        text = text.replace('"', '"é', 1)
    return replace(reply, body=text.encode(encoding, "replace"))


def status_500(request: HttpRequest, reply: Reply) -> Reply:
    return html_reply("500 Internal Server Error", 500)


def status_503_with_retry_after(request: HttpRequest, reply: Reply, retry_after: str = "1") -> Reply:
    return replace(html_reply("503 Service Unavailable", 503), headers={"Retry-After": retry_after})


def status_429_with_retry_after(request: HttpRequest, reply: Reply, retry_after: str = "1") -> Reply:
    message = f"Rate limit is exceeded. Try again in {retry_after} seconds."
    return json_reply({"statusCode": 429, "message": message}, 429, **{"Retry-After": retry_after})


def redirect_loop(request: HttpRequest, reply: Reply) -> Reply:
    query = urlencode(request.query, doseq=True)
    return Reply(status=302, headers={"Location": f"/{request.publisher}{request.path}?{query}"})


def redirect_to_another_host(request: HttpRequest, reply: Reply, host: str = ANOTHER_HOST) -> Reply:
    return Reply(status=302, headers={"Location": f"http://{host}{request.path}"})


def truncated_body(request: HttpRequest, reply: Reply) -> Reply:
    """Announce the length of the whole body, send half of it, and close."""

    def half(wire: Wire, reply: Reply) -> None:
        wire.begin(reply, len(reply.body))
        wire.write(reply.body[: len(reply.body) // 2])
        wire.hang_up()

    return replace(reply, delivery=half) if reply.body else reply


def truncated_gzip(request: HttpRequest, reply: Reply) -> Reply:
    """Send half of a gzipped body with the matching length: only gzip itself shows that the end is missing."""
    if not reply.body:
        return reply
    packed = gzip.compress(reply.body, mtime=0)
    return replace(reply, body=packed[: len(packed) // 2], headers={**reply.headers, "Content-Encoding": "gzip"})


def oversized_body(request: HttpRequest, reply: Reply, size: int = 64_000_000) -> Reply:
    """Send the good body and then blanks, `size` bytes in all."""

    def padded(wire: Wire, reply: Reply) -> None:
        wire.begin(reply, max(size, len(reply.body)))
        wire.write(reply.body)
        for begin in range(len(reply.body), size, 65_536):
            wire.write(b" " * min(65_536, size - begin))

    return replace(reply, delivery=padded) if reply.body else reply


def gzip_bomb(request: HttpRequest, reply: Reply, size: int = 64_000_000, layers: int = 1) -> Reply:
    """Send a small body that unpacks to `size` bytes; with several layers, the bomb is compressed again."""
    packing = ", ".join(["gzip"] * layers)
    return replace(reply, status=200, body=_bomb(size, layers), headers={**reply.headers, "Content-Encoding": packing})


@cache
def _bomb(size: int, layers: int) -> bytes:
    bomb = bytes(size)
    for _ in range(layers):
        bomb = gzip.compress(bomb, mtime=0)
    return bomb


def slow_drip(request: HttpRequest, reply: Reply, seconds: float = 0.02) -> Reply:
    """Send the body byte by byte: each arrives in time, the whole body does not."""

    def drip(wire: Wire, reply: Reply) -> None:
        wire.begin(reply, len(reply.body))
        for index in range(len(reply.body)):
            wire.write(reply.body[index : index + 1])
            if not wire.wait(seconds):
                break
        wire.hang_up()

    return replace(reply, delivery=drip) if reply.body else reply


def never_answers(request: HttpRequest, reply: Reply) -> Reply:
    """Accept the request, and send nothing until the server ends."""

    def silence(wire: Wire, reply: Reply) -> None:
        wire.wait(None)
        wire.hang_up()

    return replace(reply, delivery=silence)


def closes_at_once(request: HttpRequest, reply: Reply) -> Reply:
    return replace(reply, delivery=lambda wire, reply: wire.hang_up())

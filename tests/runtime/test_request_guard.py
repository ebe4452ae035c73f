"""The guard in front of Dagster's web server: what it passes on and what it refuses, without a server."""

import asyncio
from typing import Any
from urllib.parse import unquote

import pytest
from starlette.types import Message, Receive, Scope, Send

from orchestration.runtime.request_guard import RequestGuard

JSON = ("Content-Type", "application/json")
LINK = [("Sec-Fetch-Mode", "navigate"), ("Sec-Fetch-Dest", "document")]
PAGE = ("Accept", "text/html,application/xhtml+xml")
HOST = "127.0.0.1:3000"
ANSWER = [(b"Access-Control-Allow-Origin", b"*"), (b"access-control-allow-origin", b"null"), (b"X-Kept", b"yes")]


async def server(scope: Scope, receive: Receive, send: Send) -> None:
    """Answer everything, as Dagster's web server does."""
    if scope["type"] == "websocket":
        await send({"type": "websocket.accept"})
    else:
        await send({"type": "http.response.start", "status": 200, "headers": ANSWER})
        await send({"type": "http.response.body", "body": b"reached"})


def exchange(kind: str, method: str, path: str, headers: list[tuple[str, str]]) -> list[Message]:
    """Return what the guarded server sends in answer to a request."""
    sent: list[Message] = []

    async def receive() -> Message:
        return {"type": "websocket.connect" if kind == "websocket" else "http.request"}

    async def send(message: Message) -> None:
        sent.append(message)

    address, _, query = path.partition("?")
    scope: dict[str, Any] = {"type": kind, "path": unquote(address), "query_string": query.encode()}
    scope["headers"] = [(name.lower().encode(), value.encode()) for name, value in headers]
    if kind == "http":
        scope["method"] = method
    asyncio.run(RequestGuard(server, {"trade.example.org"})(scope, receive, send))
    return sent


def headers_of(message: Message) -> dict[str, str]:
    return {name.decode().lower(): value.decode() for name, value in message["headers"]}


def status(method: str, path: str, *headers: tuple[str, str], host: str | None = HOST) -> int:
    hosts = [("Host", host)] if host is not None else []
    start, *rest = exchange("http", method, path, [*hosts, *headers])
    reached = b"".join(message["body"] for message in rest) == b"reached"
    assert reached == (start["status"] == 200)
    assert not [name for name in headers_of(start) if name.startswith("access-control")]
    return int(start["status"])


def connects(*headers: tuple[str, str], host: str = HOST) -> bool:
    [answer] = exchange("websocket", "", "/graphql", [("Host", host), *headers])
    return bool(answer["type"] == "websocket.accept")


@pytest.mark.parametrize(
    "host", ["127.0.0.1:3000", "localhost", "LOCALHOST:1", "127.9.8.7:80", "[::1]:3000", "trade.example.org"]
)
def test_loopback_and_allowed_hosts_are_answered(host: str) -> None:
    assert status("GET", "/runs", PAGE, host=host) == 200
    assert status("POST", "/graphql", JSON, host=host) == 200
    assert status("POST", "/graphql", JSON, ("Origin", f"http://{host}"), host=host) == 200


@pytest.mark.parametrize(
    "host",
    [
        *(None, "", "evil.example", "evil.example:3000", "localhost.evil.example", "localhost."),
        *("0.0.0.0:3000", "10.0.0.1", "[::]", "[::ffff:127.0.0.1]", "2130706433", "0x7f.0.0.1", "127.0.0.1:", "[::1"),
        *("user@127.0.0.1", "127.0.0.1/x", "127.0.0.1, evil.example", "trade.example.org.evil", "::1"),
    ],
)  # fmt: skip
def test_other_hosts_are_refused_whatever_the_origin(host: str | None) -> None:
    for headers in ([], [("Origin", f"http://{host}")], [("Sec-Fetch-Site", "same-origin")]):
        assert status("GET", "/runs", PAGE, *headers, host=host) in (400, 403)
        assert status("POST", "/graphql", JSON, *headers, host=host) in (400, 403)


@pytest.mark.parametrize(
    "origin",
    [
        *("http://evil.example", "null", "", "file://", "http://127.0.0.1:4000", "http://127.0.0.1", "http://localhost:3000"),
        *("https://127.0.0.1", "chrome-extension://abc", "http://127.0.0.1:3000.evil.example", "http://[::1]:3000"),
        *("http://127.0.0.1:3000/", "http://evil@127.0.0.1:3000", "127.0.0.1:3000", "ws://127.0.0.1:3000"),
    ],
)  # fmt: skip
def test_other_origins_are_refused_for_every_method_and_by_websockets(origin: str) -> None:
    header = ("Origin", origin)
    for method, path in (("GET", "/runs"), ("GET", "/logs/x"), ("POST", "/graphql"), ("OPTIONS", "/graphql")):
        assert status(method, path, JSON, PAGE, header) == 403
    assert not connects(header)


def test_page_behind_a_proxy_with_tls_is_of_the_same_origin() -> None:
    own = ("Origin", "https://trade.example.org")
    assert status("POST", "/graphql", JSON, own, ("Sec-Fetch-Site", "same-origin"), host="trade.example.org") == 200
    assert connects(own, host="trade.example.org")
    assert status("POST", "/graphql", JSON, own, host="trade.example.org:8080") == 403


@pytest.mark.parametrize("site", ["cross-site", "same-site", "other", ""])
def test_requests_of_other_sites_without_an_origin_are_refused(site: str) -> None:
    header = ("Sec-Fetch-Site", site)
    for path in ("/graphql?query={version}", "/logs/x", "/download_debug/1", "/notebook", "/static/x.js"):
        assert status("GET", path, header, ("Sec-Fetch-Mode", "no-cors"), ("Sec-Fetch-Dest", "image")) == 403
    framed = [("Sec-Fetch-Mode", "navigate"), ("Sec-Fetch-Dest", "iframe")]
    assert status("GET", "/runs", PAGE, header, *framed) == 403
    assert status("POST", "/graphql", JSON, header) == 403


def test_link_on_another_site_opens_a_page_but_not_the_one_for_graphql() -> None:
    for site in ("cross-site", "none"):
        assert status("GET", "/runs/1", PAGE, ("Sec-Fetch-Site", site), *LINK) == 200
    assert status("GET", "/graphql?query=mutation{x}", PAGE, ("Sec-Fetch-Site", "cross-site"), *LINK) == 403
    assert status("GET", "/graphql", PAGE, ("Sec-Fetch-Site", "none"), *LINK) == 200


@pytest.mark.parametrize(
    "path", ["/graphql", "/graphql/", "/graphql%0A", "/%67raphql", "//graphql", "/GraphQL", "/x/graphql"]
)
@pytest.mark.parametrize(
    "query", ["", "?query={version}", "?query=mutation{x}", "?query=%23x%0Amutation{x}&operationName=M"]
)
def test_graphql_is_never_executed_over_get(path: str, query: str) -> None:
    for headers in ([], [("Accept", "*/*")], [("Accept", "application/json")], [PAGE, ("Accept", "*/*")], [JSON]):
        assert status("GET", path + query, *headers) == 405
        assert status("HEAD", path + query, *headers) == 405
    assert status("HEAD", path + query, PAGE) == 405


@pytest.mark.parametrize(
    "kind",
    [
        *(None, "", "text/plain", "text/plain;application/json", "application/x-www-form-urlencoded", "text/plain, x"),
        *("multipart/form-data; boundary=x", "application/graphql", "application/jsonx", "application/graphql+json"),
    ],
)  # fmt: skip
@pytest.mark.parametrize(
    "path", ["/graphql?query=mutation{x}", "/report_asset_materialization/x", "/report_asset_check/x", "/"]
)
def test_post_of_another_type_than_json_is_refused(kind: str | None, path: str) -> None:
    headers = [] if kind is None else [("Content-Type", kind)]
    assert status("POST", path, *headers) == 415
    assert status("POST", path, JSON, *([("Content-Type", kind)] if kind else [JSON])) == 415  # sent twice
    assert status("POST", path, ("Content-Type", "Application/JSON; charset=utf-8")) == 200


@pytest.mark.parametrize("method", ["PUT", "PATCH", "DELETE", "OPTIONS"])
def test_other_methods_are_refused(method: str) -> None:
    assert status(method, "/graphql", JSON) == 405


@pytest.mark.parametrize("name", ["Host", "Origin", "Sec-Fetch-Site"])
def test_header_that_is_sent_twice_is_refused(name: str) -> None:
    values = {"Host": HOST, "Origin": f"http://{HOST}", "Sec-Fetch-Site": "same-origin"}
    assert status("GET", "/runs", (name, values[name]), *([] if name == "Host" else [(name, values[name])])) == 400


def test_answers_can_be_neither_framed_nor_read_by_other_origins() -> None:
    start, _ = exchange("http", "GET", "/runs", [("Host", HOST)])
    headers = headers_of(start)
    assert headers["x-frame-options"] == "SAMEORIGIN"
    assert headers["cross-origin-resource-policy"] == "same-origin"
    assert headers["x-kept"] == "yes"


def test_websocket_needs_its_own_origin() -> None:
    assert connects(("Origin", f"http://{HOST}"))
    assert not connects()
    assert not connects(("Origin", f"http://{HOST}"), ("Sec-Fetch-Site", "cross-site"))
    assert not connects(("Origin", "http://evil.example"), host="evil.example")
    assert not connects(("Sec-Fetch-Site", "cross-site"), *LINK)

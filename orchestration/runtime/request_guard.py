"""The guard in front of Dagster's web server, which itself answers any web page that a browser has open.

Dagster executes GraphQL over GET, of any content type over POST, and over WebSockets, whatever Host and Origin say: a
page on the internet could launch runs, wipe assets and delete runs. The guard needs no private module of Dagster.
"""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from typing import Any

from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from orchestration.serving.http import same_origin
from orchestration.serving.http.same_origin import Refused

POLICY_VIOLATION = 1008  # of WebSockets; before the handshake it becomes HTTP 403


class RequestGuard:
    """An ASGI application that passes on what `same_origin` accepts, and of that only what the UI needs.

    GET changes nothing: GraphQL over GET is refused as a whole, and only its page for people is served. POST has a body
    of JSON, which a form or a script of another site can't send without asking first. Other methods are not used.
    """

    def __init__(self, app: ASGIApp, allowed_hosts: Collection[str]) -> None:
        self.app, self.allowed_hosts = app, allowed_hosts

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await self.app(scope, receive, send)
            return
        is_websocket = scope["type"] == "websocket"
        try:
            headers = _headers(scope)
            same_origin.check(headers, self.allowed_hosts, is_websocket=is_websocket)
            if not is_websocket:
                _check_method(scope["method"], scope["path"], headers)
        except Refused as refused:
            if is_websocket:
                await receive()
                await send({"type": "websocket.close", "code": POLICY_VIOLATION, "reason": str(refused)})
            else:
                await PlainTextResponse(f"{refused}\n", refused.status)(scope, receive, send)
            return
        await self.app(scope, receive, send if is_websocket else _with_headers(send))


def _headers(scope: Scope) -> Mapping[str, Sequence[str]]:
    headers: dict[str, list[str]] = defaultdict(list)
    for name, value in scope["headers"]:
        headers[name.decode("latin-1").lower()].append(value.decode("latin-1"))
    return headers


def _check_method(method: str, path: str, headers: Mapping[str, Sequence[str]]) -> None:
    if method == "POST":
        types = headers.get("content-type", ())
        if len(types) != 1 or types[0].partition(";")[0].strip().lower() != "application/json":
            raise Refused("A POST must be of the type application/json.", 415)
    elif method not in ("GET", "HEAD"):
        raise Refused(f"The method {method} is not used here.", 405)
    elif "/graphql" in path.lower():  # anywhere: Dagster's route also matches what comes before a line feed
        accepted = headers.get("accept", ())
        if method == "HEAD" or len(accepted) != 1 or "text/html" not in accepted[0]:
            raise Refused("GraphQL is answered over POST only.", 405)
        if same_origin.is_foreign_link(headers):
            raise Refused("This page can't be opened by a link on another site.")


def _with_headers(send: Send) -> Send:
    async def add(message: Message) -> None:
        if message["type"] == "http.response.start":
            kept = [each for each in message["headers"] if not each[0].lower().startswith(b"access-control-")]
            added = [(name.lower().encode(), value.encode()) for name, value in same_origin.RESPONSE_HEADERS.items()]
            message = {**message, "headers": [*kept, *added]}
        await send(message)

    return add


def install(webserver: Any, allowed_hosts: Collection[str]) -> None:
    """Put the guard in front of every application that a class of Dagster's web server makes.

    Raises AttributeError if that class no longer makes applications the way that is known here.
    """
    make = webserver.create_asgi_app

    def make_guarded(self: Any, **options: Any) -> RequestGuard:
        return RequestGuard(make(self, **options), allowed_hosts)

    webserver.create_asgi_app = make_guarded

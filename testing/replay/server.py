"""A server on loopback that responds like the publishers; its world can change while it runs.

`with replay() as server:` yields the world (`server.world`), the settings that point to it (`server.environment`), and
the log of requests (`server.requests`).
"""

import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from socket import SHUT_RDWR
from typing import Any
from urllib.parse import parse_qs, urlsplit

from testing.replay.conditional import Editions
from testing.replay.message import HttpRequest, Reply, html_reply
from testing.replay.world import PUBLISHERS, World, default_world


@dataclass
class LoggedRequest:
    """A received request, and the status and number of bytes sent in response."""

    publisher: str
    path: str
    query: Mapping[str, list[str]]
    headers: Mapping[str, str]
    status: int | None = None
    bytes: int = 0


class Replay(ThreadingHTTPServer):
    """The server, its world, and the log of its requests."""

    daemon_threads = True

    def __init__(self, world: World) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.world = world
        self.url = f"http://127.0.0.1:{self.server_port}"
        self.requests: list[LoggedRequest] = []
        self.errors: list[BaseException] = []
        self.ending = threading.Event()
        self.editions = Editions()

    @property
    def environment(self) -> dict[str, str]:
        """Return the settings with which the `entrepot` command reads this server and nothing else."""
        addresses = {f"ENTREPOT_{name.upper()}_URL": f"{self.url}/{name}" for name in PUBLISHERS}
        return {**addresses, "ENTREPOT_SOURCES": "live", "ENTREPOT_HTTP_PAUSE_SECONDS": "0.01"}

    def requests_to(self, publisher: str) -> list[LoggedRequest]:
        """Return the logged requests to a publisher."""
        return [request for request in self.requests if request.publisher == publisher]

    def reply_to(self, request: HttpRequest) -> Reply:
        """Return the publisher's reply, changed by the active faults."""
        publisher = self.world.publisher(request.publisher)
        if publisher is None:
            return html_reply("404 Not Found", 404)
        good = publisher.answer(request)
        changed = self.world.spoil(request, good)
        if changed is good and publisher.conditional and good.status == 200:
            return self.editions.conditional(request, good)
        return changed

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Print nothing: a client may disconnect early, and `replay` raises the server's own errors at its end."""

    def close(self) -> None:
        self.ending.set()
        self.shutdown()
        self.server_close()


class _Handler(BaseHTTPRequestHandler):
    """One connection. It is the `Wire` on which replies are delivered."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    server: Replay
    logged: LoggedRequest

    def do_GET(self) -> None:
        split = urlsplit(self.path)
        _, publisher, path = f"{split.path}/".split("/", 2)
        headers = {name.lower(): value for name, value in self.headers.items()}
        request = HttpRequest(publisher, f"/{path.removesuffix('/')}", parse_qs(split.query), headers, split.query)
        self.logged = LoggedRequest(request.publisher, request.path, request.query, headers)
        self.server.requests.append(self.logged)
        try:
            reply = self.server.reply_to(request)
            reply.delivery(self, reply)
        except ConnectionError:
            self.close_connection = True
        except Exception as error:
            self.server.errors.append(error)
            raise

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - http.server's name
        """Print nothing: `requests` is the log."""

    def begin(self, reply: Reply, length: int | None) -> None:
        self.logged.status = reply.status
        self.send_response(reply.status)
        for name, value in reply.headers.items():
            self.send_header(name, value)
        if length is not None and reply.status != 304:
            self.send_header("Content-Length", str(length))
        self.end_headers()

    def write(self, data: bytes) -> None:
        self.logged.bytes += len(data)
        self.wfile.write(data)

    def wait(self, seconds: float | None) -> bool:
        return not self.server.ending.wait(seconds)

    def hang_up(self) -> None:
        self.close_connection = True
        with suppress(OSError):  # the client has closed already
            self.connection.shutdown(SHUT_RDWR)


@contextmanager
def replay(world: World | None = None) -> Iterator[Replay]:
    """Run the server during the block. Raises the first error inside the server itself at the end."""
    server = Replay(world or default_world())
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), name="replay", daemon=True)
    thread.start()
    try:
        yield server
    finally:
        server.close()
        thread.join()
    if server.errors:
        raise server.errors[0]

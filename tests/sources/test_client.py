"""The client against publishers on loopback: it waits, asks again, gives up, and keeps its secrets."""

import gzip
import json
import logging
import random
import shutil
import socket
import ssl
import subprocess
import threading
import time
import traceback
import tracemalloc
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from functools import partial
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any, ClassVar

import httpx
import pytest

from orchestration.settings import Settings
from orchestration.sources import idds as idds_connector
from orchestration.sources.client import Answer, Client, Unavailable
from orchestration.sources.connector import Request, Source
from testing.replay import faults
from testing.replay.faults import Fault
from testing.replay.idds import server_busy
from testing.replay.message import HttpRequest, Reply
from testing.replay.server import Replay, replay

KEY = "synthetic-key-0123456789"
TABLE = {"id": "410-50001", "lang": "en", "full_series": "1"}


@pytest.fixture
def server() -> Iterator[Replay]:
    with replay() as running:
        yield running


@pytest.fixture
def waits(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """The requested waits in seconds; the tests do not wait."""
    waits: list[float] = []
    monkeypatch.setattr(time, "sleep", lambda seconds: waits.append(seconds) if seconds else None)
    return waits


def source(name: str, pause: timedelta = timedelta(0)) -> Source:
    """Return a connector that recognises only the busy response of IDDS."""
    asks_to_wait = idds_connector.SOURCE.asks_to_wait if name == "idds" else lambda _: None
    return replace(idds_connector.SOURCE, name=name, pause=pause, asks_to_wait=asks_to_wait)


def client(server: Replay, name: str = "csd", pause: timedelta = timedelta(0), **settings: Any) -> Client:
    addresses = {f"{publisher}_url": f"{server.url}/{publisher}" for publisher in ("csd", "idds", "hkma", "comtrade")}
    quick: dict[str, Any] = {"http_pause_seconds": 0.01, "http_attempts": 3, "http_timeout_seconds": 10}
    return Client(source(name, pause), Settings(**{**addresses, **quick, **settings}))


def table(server: Replay) -> Request:
    return Request("410-50001", f"{server.url}/csd/api/get.php", TABLE)


def gold(server: Replay) -> Request:
    parameters = {"lang": "EN", "sv": "VCm", "freq": "M", "period": "202601", "ttype": "1"}
    return Request("gold", f"{server.url}/idds/api/get", {**parameters, "codeclass": "HKHS6", "code": "710812"})


def preview(server: Replay) -> Request:
    return Request("gold", f"{server.url}/comtrade/public/v1/preview/C/M/HS", {"period": "202601", "cmdCode": "7108"})


def rows(answer: Answer) -> int:
    return len(json.loads(answer.payload)["dataSet"])


def with_header(**headers: str) -> Fault:
    """Return a fault that adds headers to a good reply."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return lambda request, reply: replace(reply, headers={**reply.headers, **named})


def gzipped(request: HttpRequest, reply: Reply) -> Reply:
    """Send the body as two gzip members."""
    half = len(reply.body) // 2
    packed = gzip.compress(reply.body[:half]) + gzip.compress(reply.body[half:])
    return replace(reply, body=packed, headers={**reply.headers, "Content-Encoding": "gzip"})


def test_good_answer_has_payload_status_and_kept_headers(server: Replay) -> None:
    with client(server) as asking:
        answer = asking.send(table(server))
    assert (answer.status, answer.problem, rows(answer)) == (200, None, len(server.world.csd.tables["410-50001"]))
    assert set(answer.headers) == {"content-type", "etag", "last-modified", "date"}
    assert (asking.requests, asking.bytes) == (1, len(answer.payload))
    assert server.requests[0].bytes == len(answer.payload)


def test_requests_send_the_user_agent(server: Replay) -> None:
    with client(server) as asking:
        asking.send(table(server))
    assert server.requests[0].headers["user-agent"].startswith("Mozilla/5.0 (compatible; Entrepot/")


def test_client_waits_for_retry_after_in_seconds(server: Replay, waits: list[float]) -> None:
    server.world.fault("csd", partial(faults.status_503_with_retry_after, retry_after="7"), times=1)
    with client(server) as asking:
        answer = asking.send(table(server))
    assert (answer.status, answer.problem) == (200, None)
    assert waits == [7.0]


def test_client_waits_until_retry_after_date(server: Replay, waits: list[float]) -> None:
    at = format_datetime(datetime.now(UTC) + timedelta(seconds=100), usegmt=True)
    server.world.fault("comtrade", partial(faults.status_429_with_retry_after, retry_after=at), times=1)
    with client(server, "comtrade") as asking:
        assert asking.send(preview(server)).problem is None
    assert waits == [pytest.approx(100, abs=30)]


@pytest.mark.parametrize("nonsense", ["soon", "-5", "²", "Wed, 99 Foo 2026 25:00:00 GMT", ""])
def test_invalid_retry_after_falls_back_to_the_usual_pause(server: Replay, waits: list[float], nonsense: str) -> None:
    server.world.fault("csd", partial(faults.status_503_with_retry_after, retry_after=nonsense), times=1)
    with client(server, http_pause_seconds=1) as asking:
        assert asking.send(table(server)).problem is None
    assert len(waits) == 1
    assert 0.5 <= waits[0] <= 1


def test_retry_after_above_the_maximum_is_not_waited_for(server: Replay, waits: list[float]) -> None:
    server.world.fault("csd", partial(faults.status_503_with_retry_after, retry_after="3600"))
    with client(server) as asking:
        answer = asking.send(table(server))
    assert answer.problem == "HTTP 503, to wait 3600 s"
    assert (waits, asking.requests) == ([], 1)


def test_back_off_doubles_with_jitter_up_to_the_maximum(server: Replay, waits: list[float]) -> None:
    server.world.fault("csd", faults.status_500)
    random.seed(1952)
    with client(server, http_pause_seconds=1, http_attempts=10) as asking:
        answer = asking.send(table(server))
    assert answer.problem == "HTTP 500"
    full = [1, 2, 4, 8, 16, 32, 64, 120, 120]
    shares = [wait / most for wait, most in zip(waits, full, strict=True)]
    assert all(0.5 <= share <= 1 for share in shares)
    assert len(set(shares)) == len(shares)


def test_last_attempt_returns_the_answer_with_its_problem(server: Replay) -> None:
    server.world.fault("csd", faults.html_403)
    with client(server, http_attempts=4) as asking:
        answer = asking.send(table(server))
    assert (answer.status, answer.problem) == (403, "HTTP 403")
    assert b"403 Forbidden" in answer.payload
    assert asking.requests == len(server.requests) == 4


@pytest.mark.parametrize(
    "fault",
    [
        faults.html_403,
        faults.html_with_status_200,
        faults.status_500,
        faults.closes_at_once,
        faults.truncated_body,
        faults.truncated_gzip,
    ],
)
def test_client_retries_after_a_temporary_failure(server: Replay, fault: Fault) -> None:
    server.world.fault("csd", fault, times=2)
    with client(server) as asking:
        answer = asking.send(table(server))
    assert (answer.status, answer.problem) == (200, None)
    assert rows(answer) == len(server.world.csd.tables["410-50001"])
    assert len(server.requests) == 3


def test_client_does_not_retry_after_404(server: Replay) -> None:
    with client(server) as asking:
        answer = asking.send(Request("410-50001", f"{server.url}/csd/data/table_410-99999_comp.json"))
    assert (answer.status, answer.problem, len(server.requests)) == (404, "HTTP 404", 1)


@pytest.mark.parametrize("fault", [faults.fail_body, faults.plain_text, faults.empty_body])
def test_client_does_not_judge_the_content_of_a_body(server: Replay, fault: Fault) -> None:
    server.world.fault("csd", fault)
    with client(server) as asking:
        answer = asking.send(table(server))
    assert (answer.status, answer.problem, len(server.requests)) == (200, None, 1)
    assert answer.payload == fault(HttpRequest("csd", "/"), Reply()).body


def test_idds_session_redirect_is_followed_and_its_cookie_kept(server: Replay) -> None:
    with client(server, "idds") as asking:
        first, second = asking.send(gold(server)), asking.send(gold(server))
    assert rows(first) == rows(second) == 1
    assert [request.status for request in server.requests] == [302, 200, 302, 200]
    assert len(server.world.idds.sessions) == 1
    assert ["cookie" in request.headers for request in server.requests] == [False, True, True, True]


def test_denied_idds_session_is_started_again(server: Replay) -> None:
    with client(server, "idds") as asking:
        asking.send(gold(server))
        server.world.idds.expire_sessions()
        answer = asking.send(gold(server))
    assert answer.problem is None
    assert rows(answer) == 1
    assert "cookie" not in server.requests[-2].headers


def test_publisher_that_stays_busy_gives_an_answer_with_a_problem(server: Replay, waits: list[float]) -> None:
    server.world.fault("idds", server_busy, path="/api/get")
    with client(server, "idds", http_pause_seconds=1) as asking:
        answer = asking.send(gold(server))
    assert answer.status == 200
    assert answer.problem
    assert "Server busy" in answer.problem
    assert waits == [15.0, 15.0]


def test_unchanged_answer_is_not_transferred_again(server: Replay) -> None:
    with client(server) as asking:
        first = asking.send(table(server))
        again = asking.send(table(server), first.headers)
        transferred = asking.bytes
        server.world.csd.tables["410-50001"] = server.world.csd.tables["410-50001"][1:]
        changed = asking.send(table(server), first.headers)
    assert (again.is_unchanged, again.payload, again.problem) == (True, b"", None)
    assert transferred == len(first.payload)
    assert (server.requests[1].status, server.requests[1].bytes) == (304, 0)
    assert server.requests[1].headers["if-none-match"] == first.headers["etag"]
    assert (changed.is_unchanged, rows(changed)) == (False, rows(first) - 1)


def test_last_modified_alone_makes_a_conditional_request(server: Replay) -> None:
    with client(server) as asking:
        first = asking.send(table(server))
        again = asking.send(table(server), {"last-modified": first.headers["last-modified"]})
    assert again.is_unchanged
    assert server.requests[1].headers["if-modified-since"] == first.headers["last-modified"]
    assert "if-none-match" not in server.requests[1].headers


def test_publisher_without_conditional_requests_is_read_each_time(server: Replay) -> None:
    with client(server, "comtrade") as asking:
        first = asking.send(preview(server))
        again = asking.send(preview(server), first.headers)
    assert (again.status, again.is_unchanged) == (200, False)
    assert "etag" not in first.headers


def test_unexpected_304_is_a_problem(server: Replay) -> None:
    server.world.fault("csd", lambda request, reply: Reply(status=304))
    with client(server) as asking:
        assert asking.send(table(server)).problem == "HTTP 304"


def test_etag_with_invalid_characters_is_not_sent_back(server: Replay) -> None:
    server.world.fault("csd", with_header(ETag='"\xe9"'))
    with client(server) as asking:
        first = asking.send(table(server))
        again = asking.send(table(server), first.headers)
    assert first.headers["etag"] == '"é"'
    assert again.problem is None
    assert "if-none-match" not in server.requests[1].headers


@pytest.mark.hostile
@pytest.mark.parametrize(
    "fault", [partial(faults.oversized_body, size=3_000_000), partial(faults.gzip_bomb, size=3_000_000)]
)
def test_body_above_the_size_limit_is_truncated_and_not_retried(server: Replay, fault: Fault) -> None:
    server.world.fault("csd", fault)
    with client(server, http_max_bytes=1_000_000) as asking:
        answer = asking.send(table(server))
    assert answer.problem == "the body is larger than 1,000,000 bytes"
    assert (len(answer.payload), len(server.requests)) == (1_000_000, 1)


def test_decompression_bomb_stops_at_the_size_limit(server: Replay) -> None:
    bomb = partial(faults.gzip_bomb, size=64_000_000)
    assert len(bomb(HttpRequest("csd", "/"), Reply()).body) < 65_536
    server.world.fault("csd", bomb)
    with client(server, http_max_bytes=1_000_000) as asking:
        tracemalloc.start()
        asking.send(table(server))
        _, peak = tracemalloc.get_traced_memory()
        tracemalloc.stop()
    assert peak < 8_000_000


def test_doubly_compressed_bomb_is_not_decompressed(server: Replay) -> None:
    bomb = partial(faults.gzip_bomb, size=3_000_000, layers=2)
    server.world.fault("csd", bomb)
    with client(server) as asking:
        answer = asking.send(table(server))
    assert answer.problem
    assert "content-encoding is 'gzip, gzip'" in answer.problem
    assert answer.payload == bomb(HttpRequest("csd", "/"), Reply()).body


def test_gzip_body_with_several_members_is_decompressed(server: Replay) -> None:
    server.world.fault("csd", gzipped)
    with client(server) as asking:
        answer = asking.send(table(server))
    assert server.requests[0].headers["accept-encoding"] == "gzip"
    assert rows(answer) == len(server.world.csd.tables["410-50001"])
    assert asking.bytes < len(answer.payload)


def test_broken_gzip_is_a_problem(server: Replay) -> None:
    server.world.fault("csd", with_header(Content_Encoding="gzip"))
    with client(server) as asking:
        answer = asking.send(table(server))
    assert answer.problem
    assert "its gzip encoding is broken" in answer.problem
    assert len(server.requests) == 3


@pytest.mark.hostile
@pytest.mark.parametrize(
    ("fault", "reason"),
    [(faults.truncated_body, "RemoteProtocolError"), (faults.truncated_gzip, "its gzip encoding is truncated")],
)
def test_always_truncated_body_is_returned_as_far_as_received(server: Replay, fault: Fault, reason: str) -> None:
    server.world.fault("csd", fault)
    with client(server) as asking:
        answer = asking.send(table(server))
    assert answer.problem
    assert answer.problem.startswith(f"the body ended after {len(answer.payload):,} bytes")
    assert reason in answer.problem
    assert answer.payload.startswith(b'{"header":{"status":{"name":"Success"')
    assert len(server.requests) == 3


def test_slow_body_is_truncated_at_the_time_limit(server: Replay) -> None:
    server.world.fault("csd", faults.slow_drip)
    with client(server, http_answer_seconds=0.3) as asking:
        answer = asking.send(table(server))
    assert answer.problem == "the body was incomplete after 0.3 s"
    assert answer.payload.startswith(b"{")
    assert len(server.requests) == 1


def test_publisher_that_never_answers_is_unavailable(server: Replay) -> None:
    server.world.fault("csd", faults.never_answers)
    with client(server, http_timeout_seconds=0.2) as asking, pytest.raises(Unavailable, match=r"ReadTimeout.*3 times"):
        asking.send(table(server))
    assert len(server.requests) == 3


def test_publisher_that_always_closes_the_connection_is_unavailable(server: Replay) -> None:
    server.world.fault("csd", faults.closes_at_once)
    with client(server) as asking, pytest.raises(Unavailable, match="3 times"):
        asking.send(table(server))


def test_closed_port_is_unavailable(server: Replay) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        address = f"http://127.0.0.1:{taken.getsockname()[1]}"
        with client(server, csd_url=address) as asking, pytest.raises(Unavailable, match="ConnectError"):
            asking.send(Request("410-50001", f"{address}/api/get.php"))
    assert asking.requests == 3


def test_redirect_to_another_host_is_not_followed(server: Replay) -> None:
    with replay() as other:
        elsewhere = partial(faults.redirect_to_another_host, host=f"127.0.0.1:{other.server_port}/comtrade")
        server.world.fault("comtrade", elsewhere)
        with client(server, "comtrade", comtrade_key=KEY) as asking:
            answer = asking.send(preview(server))
        assert answer.problem == "redirected to another host, 127.0.0.1"
        assert other.requests == []


def test_circular_redirect_ends_with_a_problem(server: Replay) -> None:
    server.world.fault("csd", faults.redirect_loop)
    with client(server) as asking:
        assert asking.send(table(server)).problem == "too many redirects"
    assert len(server.requests) == 5


@pytest.mark.hostile
@pytest.mark.parametrize(
    "headers", [{"Location": "http://[::1"}, {"Set_Cookie": "session=\xe9", "Location": "/csd/api/get.php"}]
)
def test_invalid_redirect_is_unavailable(server: Replay, headers: dict[str, str]) -> None:
    server.world.fault("csd", lambda request, reply: with_header(**headers)(request, Reply(status=302)))
    with client(server) as asking, pytest.raises(Unavailable):
        asking.send(table(server))


@pytest.mark.hostile
@pytest.mark.parametrize("address", ["http://[::1", "https://example.org:99999/", "ftp://example.org/file"])
def test_invalid_address_is_unavailable(server: Replay, address: str) -> None:
    with client(server) as asking, pytest.raises(Unavailable):
        asking.send(Request("410-50001", address))


def test_address_without_tls_is_refused_unless_configured(server: Replay) -> None:
    with replay() as other:
        with client(server) as asking, pytest.raises(Unavailable, match="it does not use TLS"):
            asking.send(table(other))
        assert other.requests == []


@pytest.mark.parametrize(("setting", "between"), [(1, 200), (0.5, 100)])
def test_client_keeps_the_pause_between_requests(
    server: Replay, waits: list[float], setting: float, between: float
) -> None:
    with client(server, pause=timedelta(seconds=200), http_pause_seconds=setting) as asking:
        asking.send(table(server))
        asking.send(table(server))
    assert waits == [pytest.approx(between, abs=30)]


def test_api_key_is_sent_in_a_header_to_its_publisher_only(server: Replay, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    with client(server, "comtrade", comtrade_key=KEY) as asking:
        answer = asking.send(preview(server))
    with client(server, "csd", comtrade_key=KEY) as asking:
        asking.send(table(server))
    to_comtrade, to_csd = server.requests
    assert to_comtrade.headers["ocp-apim-subscription-key"] == KEY
    assert KEY not in json.dumps(to_comtrade.query)
    assert KEY not in json.dumps([to_csd.query, dict(to_csd.headers)])
    assert {"httpx", "httpcore.http11"} <= {record.name for record in caplog.records}
    assert KEY not in caplog.text
    assert KEY not in repr(answer) + answer.payload.decode()


@pytest.mark.parametrize("fault", [faults.closes_at_once, faults.redirect_to_another_host, faults.status_500])
def test_no_failure_reveals_the_api_key(server: Replay, caplog: pytest.LogCaptureFixture, fault: Fault) -> None:
    caplog.set_level(logging.DEBUG)
    server.world.fault("comtrade", fault)
    text = outcome(client(server, "comtrade", comtrade_key=KEY), preview(server))
    assert len(text) > 20
    assert KEY not in text + caplog.text


@pytest.mark.parametrize("invalid", [f"{KEY}\n{KEY}", f"{KEY}é", f"{KEY}\x00"])
def test_invalid_api_key_is_refused_without_revealing_it(
    server: Replay, caplog: pytest.LogCaptureFixture, invalid: str
) -> None:
    caplog.set_level(logging.DEBUG)
    text = outcome(client(server, "comtrade", comtrade_key=invalid), preview(server))
    assert "the key for comtrade contains characters that are not allowed in a header" in text
    assert KEY not in text + caplog.text
    assert server.requests == []


def test_white_space_around_the_api_key_is_removed(server: Replay) -> None:
    with client(server, "comtrade", comtrade_key=f" {KEY}\n") as asking:
        asking.send(preview(server))
    assert server.requests[0].headers["ocp-apim-subscription-key"] == KEY


def outcome(asking: Client, request: Request) -> str:
    """Return the answer to a request, or the whole traceback, as text."""
    try:
        with asking:
            return repr(asking.send(request))
    except Unavailable as error:
        return "".join(traceback.format_exception(error))


class _Hello(BaseHTTPRequestHandler):
    """Says the same to everybody, and remembers the headers that it was sent."""

    heard: ClassVar[list[dict[str, str]]] = []

    def do_GET(self) -> None:
        self.heard.append({name.lower(): value for name, value in self.headers.items()})
        self.send_response(200)
        self.send_header("Content-Length", "2")
        self.end_headers()
        self.wfile.write(b"{}")

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the name that http.server gives it
        """Say nothing."""


@pytest.fixture
def self_signed(tmp_path: Path, require: Callable[[bool, str], None]) -> Iterator[tuple[str, Path]]:
    """The address of a server over TLS whose certificate it signed itself, and the certificate."""
    require(shutil.which("openssl") is not None, "the openssl command")
    key, certificate = tmp_path / "key.pem", tmp_path / "certificate.pem"
    subject = ["-subj", "/CN=127.0.0.1", "-addext", "subjectAltName=IP:127.0.0.1"]
    making = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", *subject]
    subprocess.run([*making, "-keyout", key, "-out", certificate], check=True, capture_output=True)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    with HTTPServer(("127.0.0.1", 0), _Hello) as server:
        server.socket = context.wrap_socket(server.socket, server_side=True)
        threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
        yield f"https://127.0.0.1:{server.server_port}", certificate
        server.shutdown()


def test_untrusted_certificate_is_refused(server: Replay, self_signed: tuple[str, Path]) -> None:
    address, certificate = self_signed
    assert httpx.get(address, verify=ssl.create_default_context(cafile=certificate)).status_code == 200
    with client(server, csd_url=address) as asking, pytest.raises(Unavailable, match="CERTIFICATE_VERIFY_FAILED"):
        asking.send(Request("410-50001", f"{address}/api/get.php"))
    assert asking.bytes == 0


def test_certificate_trusted_by_the_user_is_accepted_without_sending_the_key_elsewhere(
    server: Replay, self_signed: tuple[str, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    address, certificate = self_signed
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    with client(server, "comtrade", comtrade_key=KEY) as asking:
        assert asking.send(Request("gold", f"{address}/preview")).payload == b"{}"
    assert KEY not in _Hello.heard[-1].values()
    with client(server, "comtrade", comtrade_key=KEY, comtrade_url=address) as asking:
        asking.send(Request("gold", f"{address}/preview"))
    assert KEY in _Hello.heard[-1].values()

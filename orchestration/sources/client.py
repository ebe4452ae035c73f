"""The HTTP client for all publishers: httpx with tenacity. It paces and retries requests; it does not parse.

Timeouts, back-off with jitter, Retry-After, cookies, redirects within a host, conditional requests and the size limit
are here, so that connectors contain only requests and parsing. TLS is always verified. Credentials are sent in headers
that are never logged and never leave this module.
"""

import random
import time
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from importlib.metadata import version

import httpx
from tenacity import RetryCallState, Retrying, retry_if_exception_type, stop_after_attempt

from orchestration.settings import Settings
from orchestration.sources.body import ACCEPTED, DecompressionError, decompressed
from orchestration.sources.connector import Request, Source

# IDDS and C&SD's gateway reject user agents that do not begin like a browser's.
USER_AGENT = f"Mozilla/5.0 (compatible; Entrepot/{version('entrepot')}; data warehouse of Hong Kong's trade)"
KEPT_HEADERS = ("content-type", "etag", "last-modified", "date", "retry-after")
RETRIED_STATUSES = frozenset({403, 408, 425, 429, 500, 502, 503, 504})
MAX_WAIT_SECONDS = 120.0


class Unavailable(Exception):
    """The publisher sent no response that can be archived."""


@dataclass(frozen=True)
class Answer:
    """A response: the bytes for the archive, and `problem` if the transfer failed.

    `is_last` is True if all attempts failed and this is the last one's response.
    """

    status: int | None
    payload: bytes
    headers: Mapping[str, str] = field(default_factory=dict)
    problem: str | None = None
    is_last: bool = False

    @property
    def is_unchanged(self) -> bool:
        """True for HTTP 304: the archived answer is still current."""
        return self.status == httpx.codes.NOT_MODIFIED


class _Retry(Exception):
    """An attempt failed and is worth a retry; with the response, if any, and the wait that the publisher asked for."""

    def __init__(self, reason: str, answer: Answer | None = None, wait: float = 0) -> None:
        super().__init__(reason)
        self.answer, self.wait = answer, wait


class Client:
    """An HTTP client for one publisher. Use it as a context manager; it is not thread-safe."""

    def __init__(self, source: Source, settings: Settings) -> None:
        self._source, self._settings = source, settings
        self._address = httpx.URL(settings.addresses[source.name])
        self._last = -float("inf")
        self.requests = self.bytes = 0
        self._http = httpx.Client(
            timeout=settings.http_timeout_seconds,
            headers={"User-Agent": USER_AGENT, "Accept-Encoding": ACCEPTED},
            follow_redirects=False,
        )

    def __enter__(self) -> "Client":
        return self

    def __exit__(self, *_: object) -> None:
        self._http.close()

    def send(self, request: Request, known: Mapping[str, str] | None = None) -> Answer:
        """Send a request, with retries, and return the response; after the last attempt, the one with its problem.

        Args:
            request: The request to send.
            known: Headers of the archived answer, which make the request conditional.

        Raises:
            Unavailable: if there was no response.
        """
        attempts = Retrying(
            retry=retry_if_exception_type(_Retry),
            stop=stop_after_attempt(self._settings.http_attempts),
            wait=self._wait,
            reraise=True,
        )
        try:
            return attempts(self._attempt, request, known or {})
        except _Retry as failure:
            if failure.answer:
                return replace(failure.answer, is_last=True)
            raise Unavailable(f"{failure}, {self._settings.http_attempts} times") from failure
        except (httpx.HTTPError, httpx.InvalidURL, UnicodeError) as error:  # a publisher's cookie may not be ASCII
            raise Unavailable(f"{type(error).__name__}: {error}") from error

    def _wait(self, state: RetryCallState) -> float:
        """Return the seconds to the next attempt: what the publisher asked for, or exponential back-off with jitter."""
        error = state.outcome.exception() if state.outcome else None
        growing = self._settings.http_pause_seconds * 2 ** (state.attempt_number - 1)
        asked = error.wait if isinstance(error, _Retry) else 0
        jitter = random.uniform(0.5, 1.0)  # noqa: S311 - not a secret
        return float(max(asked, min(growing, MAX_WAIT_SECONDS) * jitter))

    def _pace(self) -> None:
        """Wait for the publisher's pause since the last request. The setting is 1, and less in tests."""
        gap = self._source.pause.total_seconds() * self._settings.http_pause_seconds
        time.sleep(max(0.0, self._last + gap - time.monotonic()))
        self._last = time.monotonic()

    def _attempt(self, request: Request, known: Mapping[str, str]) -> Answer:
        try:
            answer = self._follow(request, known)
        except (httpx.TimeoutException, httpx.NetworkError, httpx.RemoteProtocolError) as error:
            raise _Retry(f"{type(error).__name__}: {error}") from error
        if answer.problem or (answer.is_unchanged and _conditions(known)):
            return answer
        if answer.status in RETRIED_STATUSES:
            wait = _retry_after(answer.headers)
            if wait > MAX_WAIT_SECONDS:
                return replace(answer, problem=f"HTTP {answer.status}, to wait {wait:.0f} s")
            raise _Retry(f"HTTP {answer.status}", replace(answer, problem=f"HTTP {answer.status}"), wait)
        if answer.status != httpx.codes.OK:
            return replace(answer, problem=f"HTTP {answer.status}")
        if answer.payload.lstrip()[:1] == b"<" and not request.is_page:
            says = "HTML with status 200: a gateway answered, not the publisher"
            raise _Retry(says, replace(answer, problem=says))
        if (wait_for := self._source.asks_to_wait(answer.payload)) is not None:
            self._http.cookies.clear()  # IDDS denies a session that has been used too long
            says = f"the publisher asks to wait: {answer.payload[:200].decode(errors='replace')}"
            wait = wait_for * self._settings.http_pause_seconds  # the setting is 1, and less in tests
            raise _Retry(says, replace(answer, problem=says), min(wait, MAX_WAIT_SECONDS))
        return answer

    def _follow(self, request: Request, known: Mapping[str, str]) -> Answer:
        """Send the request and follow redirects within the same host; IDDS starts a session with one."""
        url = httpx.URL(request.url, params=dict(request.parameters)) if request.parameters else httpx.URL(request.url)
        headers = {**_conditions(known), **self._credentials(url)}
        deadline = time.monotonic() + self._settings.http_answer_seconds
        for _ in range(5):
            self._pace()
            self.requests += 1
            with self._http.stream("GET", url, headers=headers) as response:
                if response.next_request is None:
                    return self._read(response, deadline)
                onward = response.next_request.url
            if _origin(onward) != _origin(url):
                return Answer(response.status_code, b"", {}, f"redirected to another host, {onward.host}")
            url = onward
        return Answer(httpx.codes.FOUND, b"", {}, "too many redirects")

    def _credentials(self, url: httpx.URL) -> dict[str, str]:
        """Return the headers with credentials, for the publisher's own address only. Raises Unavailable.

        A key that is not valid in a header is not passed to httpx, because httpx's error would print it.
        """
        if _origin(url) != _origin(self._address):
            if url.scheme != "https":
                raise Unavailable(f"{url.scheme}://{url.host} is not requested: it does not use TLS")
            return {}
        keys = {name: key.strip() for name, key in self._settings.credentials(self._source.name).items()}
        if not all(_is_sendable(key) for key in keys.values()):
            raise Unavailable(f"the key for {self._source.name} contains characters that are not allowed in a header")
        return keys

    def _read(self, response: httpx.Response, deadline: float) -> Answer:
        """Read the body, up to the limits of size and time. Raises _Retry when it is truncated."""
        cap, chunks, size, problem = self._settings.http_max_bytes, [], 0, None
        headers = {name: response.headers[name] for name in KEPT_HEADERS if name in response.headers}
        try:
            for chunk in decompressed(response):
                chunks.append(chunk)
                size += len(chunk)
                if size > cap:
                    problem = f"the body is larger than {cap:,} bytes"
                elif time.monotonic() > deadline:
                    problem = f"the body was incomplete after {self._settings.http_answer_seconds:g} s"
                if problem:
                    break
        except (httpx.RemoteProtocolError, httpx.ReadTimeout, httpx.ReadError, DecompressionError) as error:
            truncated = f"the body ended after {size:,} bytes: {type(error).__name__}: {error}"
            raise _Retry(truncated, Answer(response.status_code, b"".join(chunks), headers, truncated)) from error
        finally:
            self.bytes += response.num_bytes_downloaded
        return Answer(response.status_code, b"".join(chunks)[:cap], headers, problem)


def _conditions(known: Mapping[str, str]) -> dict[str, str]:
    """Return the headers of a conditional request."""
    conditions = {"If-None-Match": known.get("etag"), "If-Modified-Since": known.get("last-modified")}
    return {name: value for name, value in conditions.items() if value and _is_sendable(value)}


def _is_sendable(value: str) -> bool:
    return value.isascii() and value.isprintable()


def _origin(url: httpx.URL) -> tuple[str, str, int | None]:
    return url.scheme, url.host, url.port


def _retry_after(headers: Mapping[str, str]) -> float:
    """Return the seconds that Retry-After asks for, which is a number or a date; 0 without a valid one."""
    text = headers.get("retry-after", "").strip()
    if text.isdecimal():
        return float(text)
    try:
        return max(0.0, (parsedate_to_datetime(text) - datetime.now(UTC)).total_seconds())
    except (TypeError, ValueError, OverflowError):  # OverflowError: its time zone is beyond the range of dates
        return 0.0

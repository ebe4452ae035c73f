"""The one way to a publisher: httpx with tenacity. It waits, paces, asks again and gives up; it never parses.

Time-outs, back-off with jitter, Retry-After, cookies, redirects within a publisher, conditional requests and a cap on
size are here, so that a connector is requests and bytes. TLS is always verified. Credentials travel in headers that
are never logged and never leave this module.
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
from orchestration.sources.body import ACCEPTED, Damaged, unpacked
from orchestration.sources.connector import Request, Source

# IDDS and the gateway of C&SD turn away what does not begin like a browser.
USER_AGENT = f"Mozilla/5.0 (compatible; Entrepot/{version('entrepot')}; data warehouse of Hong Kong's trade)"
KEPT_HEADERS = ("content-type", "etag", "last-modified", "date", "retry-after")
PASSING = frozenset({403, 408, 425, 429, 500, 502, 503, 504})
LONGEST_WAIT = 120.0


class Unavailable(Exception):
    """The publisher gave no answer that could be kept."""


@dataclass(frozen=True)
class Answer:
    """What came back: bytes for the archive, and what is wrong with them as a transfer, if anything.

    `is_last`: every attempt ended like this one.
    """

    status: int
    payload: bytes
    headers: Mapping[str, str] = field(default_factory=dict)
    problem: str | None = None
    is_last: bool = False

    @property
    def is_unchanged(self) -> bool:
        return self.status == httpx.codes.NOT_MODIFIED


class _Passing(Exception):
    """An attempt failed in a way that passes; with the answer, if there was one, and the wait that was asked for."""

    def __init__(self, reason: str, answer: Answer | None = None, wait: float = 0) -> None:
        super().__init__(reason)
        self.answer, self.wait = answer, wait


class Client:
    """A paced, patient HTTP client of one publisher. Use it as a context manager; it is not for several threads."""

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
        """Ask, as often as it takes; `known` are the headers of the answer held, to transfer nothing that stands.

        Returns the last answer, with its problem if it never became a good one. Raises Unavailable when there was none.
        """
        attempts = Retrying(
            retry=retry_if_exception_type(_Passing),
            stop=stop_after_attempt(self._settings.http_attempts),
            wait=self._wait,
            reraise=True,
        )
        try:
            return attempts(self._attempt, request, known or {})
        except _Passing as failure:
            if failure.answer:
                return replace(failure.answer, is_last=True)
            raise Unavailable(f"{failure}, {self._settings.http_attempts} times") from failure
        except (httpx.HTTPError, httpx.InvalidURL, UnicodeError) as error:  # a cookie of theirs may be no ASCII
            raise Unavailable(f"{type(error).__name__}: {error}") from error

    def _wait(self, state: RetryCallState) -> float:
        """Return the seconds to the next attempt: what the publisher asks for, or a growing pause with jitter."""
        error = state.outcome.exception() if state.outcome else None
        growing = self._settings.http_pause_seconds * 2 ** (state.attempt_number - 1)
        asked = error.wait if isinstance(error, _Passing) else 0
        jitter = random.uniform(0.5, 1.0)  # noqa: S311 - not a secret
        return float(max(asked, min(growing, LONGEST_WAIT) * jitter))

    def _pace(self) -> None:
        """Keep the publisher's own pause between requests; the setting is 1 unless a test hurries."""
        gap = self._source.pause.total_seconds() * self._settings.http_pause_seconds
        time.sleep(max(0.0, self._last + gap - time.monotonic()))
        self._last = time.monotonic()

    def _attempt(self, request: Request, known: Mapping[str, str]) -> Answer:
        try:
            answer = self._follow(request, known)
        except (httpx.TimeoutException, httpx.NetworkError, httpx.RemoteProtocolError) as error:
            raise _Passing(f"{type(error).__name__}: {error}") from error
        if answer.problem or (answer.is_unchanged and _conditions(known)):
            return answer
        if answer.status in PASSING:
            wait = _retry_after(answer.headers)
            if wait > LONGEST_WAIT:
                return replace(answer, problem=f"HTTP {answer.status}, to wait {wait:.0f} s")
            raise _Passing(f"HTTP {answer.status}", replace(answer, problem=f"HTTP {answer.status}"), wait)
        if answer.status != httpx.codes.OK:
            return replace(answer, problem=f"HTTP {answer.status}")
        if answer.payload.lstrip()[:1] == b"<" and not request.is_page:
            says = "HTML with status 200: a gateway answered, not the publisher"
            raise _Passing(says, replace(answer, problem=says))
        if (wait_for := self._source.asks_to_wait(answer.payload)) is not None:
            self._http.cookies.clear()  # IDDS denies a session that it has tired of
            says = f"the publisher asks to wait: {answer.payload[:200].decode(errors='replace')}"
            wait = wait_for * self._settings.http_pause_seconds  # 1 unless a test hurries
            raise _Passing(says, replace(answer, problem=says), min(wait, LONGEST_WAIT))
        return answer

    def _follow(self, request: Request, known: Mapping[str, str]) -> Answer:
        """Send the request and follow redirects, by which IDDS begins a session, within the publisher's own host."""
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
        return Answer(httpx.codes.FOUND, b"", {}, "redirected in a circle")

    def _credentials(self, url: httpx.URL) -> dict[str, str]:
        """Return the headers that only the publisher's own address may see. Raises Unavailable for an unsafe address.

        A key that no header can carry is never handed to httpx, whose error would print it.
        """
        if _origin(url) != _origin(self._address):
            if url.scheme != "https":
                raise Unavailable(f"{url.scheme}://{url.host} is not asked: it is not over TLS")
            return {}
        keys = {name: key.strip() for name, key in self._settings.credentials(self._source.name).items()}
        if not all(_is_sendable(key) for key in keys.values()):
            raise Unavailable(f"the key for {self._source.name} holds characters that no header can carry")
        return keys

    def _read(self, response: httpx.Response, deadline: float) -> Answer:
        """Read the body, within the cap on size and the time for an answer. Raises _Passing when it was cut short."""
        cap, chunks, size, problem = self._settings.http_max_bytes, [], 0, None
        headers = {name: response.headers[name] for name in KEPT_HEADERS if name in response.headers}
        try:
            for chunk in unpacked(response):
                chunks.append(chunk)
                size += len(chunk)
                if size > cap:
                    problem = f"the body is larger than {cap:,} bytes"
                elif time.monotonic() > deadline:
                    problem = f"the body was not all there after {self._settings.http_answer_seconds:g} s"
                if problem:
                    break
        except (httpx.RemoteProtocolError, httpx.ReadTimeout, httpx.ReadError, Damaged) as error:
            cut = f"the body ended after {size:,} bytes: {type(error).__name__}: {error}"
            raise _Passing(cut, Answer(response.status_code, b"".join(chunks), headers, cut)) from error
        finally:
            self.bytes += response.num_bytes_downloaded
        return Answer(response.status_code, b"".join(chunks)[:cap], headers, problem)


def _conditions(known: Mapping[str, str]) -> dict[str, str]:
    conditions = {"If-None-Match": known.get("etag"), "If-Modified-Since": known.get("last-modified")}
    return {name: value for name, value in conditions.items() if value and _is_sendable(value)}


def _is_sendable(value: str) -> bool:
    return value.isascii() and value.isprintable()


def _origin(url: httpx.URL) -> tuple[str, str, int | None]:
    return url.scheme, url.host, url.port


def _retry_after(headers: Mapping[str, str]) -> float:
    """Return the seconds that Retry-After asks for: a number, or a date."""
    text = headers.get("retry-after", "").strip()
    if text.isdecimal():
        return float(text)
    try:
        return max(0.0, (parsedate_to_datetime(text) - datetime.now(UTC)).total_seconds())
    except (TypeError, ValueError):
        return 0.0

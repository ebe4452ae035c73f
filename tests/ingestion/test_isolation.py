"""What goes wrong with one publisher is its own problem: the others are fetched, and the problem is archived."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import pytest

from orchestration.archive import Archive
from orchestration.ingestion import fetch, load, source_status
from orchestration.settings import Settings
from orchestration.sources import hkma
from orchestration.sources.client import Answer, Client
from orchestration.sources.connector import Context, Plan, Request
from orchestration.sources.registry import EVERY_SOURCE, SOURCES
from orchestration.storage import StorageError
from orchestration.warehouse import build_file
from testing import hostile_parsers
from testing.replay.message import HttpRequest, Reply
from testing.replay.server import Replay, replay


@pytest.fixture(scope="module")
def server() -> Iterator[Replay]:
    with replay() as running:
        yield running


@pytest.fixture
def settings(server: Replay, tmp_path: Path) -> Settings:
    names = {name.removeprefix("ENTREPOT_").lower(): value for name, value in server.environment.items()}
    addresses = {name: value for name, value in names.items() if name.endswith("_url")}
    quick = {"http_attempts": 1, "http_pause_seconds": 0.001, "parser_seconds": 20}
    return Settings(home=tmp_path, sources="hkma,unsd").model_copy(update={**addresses, **quick})


def fetched(settings: Settings, *names: str) -> dict[str, fetch.FetchResult]:
    with build_file.hold(settings, "a test"):
        return load.fetch_and_load(settings, Archive.of(settings), names).fetched


ABSURD = "Fri, 31 Dec 9999 23:59:59 -9999"
ANCIENT = "Mon, 01 Jan 0001 00:00:00 +2359"
HEADERS = {
    "Retry-After": (ABSURD, ANCIENT, "9" * 400, "-1", "nan"),
    "Last-Modified": (ABSURD, ANCIENT, "yesterday", "\xff\xfe", ""),
    "Location": ("file:///etc/passwd", "javascript:alert(1)", "http://[::1", "gopher://x/", "//", "http://\x7f/"),
    "Content-Encoding": ("gzip, gzip", "br", "\xff"),
    "ETag": ("\xff\xfe", '"' + "x" * 5_000 + '"'),
    "Date": (ABSURD,),
    "Set-Cookie": (f"\xff=\xfe; expires={ABSURD}",),
}
FAST = ("Retry-After", "Last-Modified", "Location")
CASES = [
    pytest.param(name, value, marks=() if value == values[0] and name in FAST else pytest.mark.slow)
    for name, values in HEADERS.items()
    for value in values
]


@pytest.mark.hostile
@pytest.mark.parametrize(("name", "value"), CASES)
def test_absurd_header_concerns_its_publisher_only(server: Replay, settings: Settings, name: str, value: str) -> None:
    status = {"Retry-After": 503, "Location": 302}.get(name, 200)

    def spoil(_request: HttpRequest, reply: Reply) -> Reply:
        return replace(reply, status=status, headers={**reply.headers, name: value})

    server.world.fault("hkma", spoil, "er-eeri-periodaverage")
    try:
        results = fetched(settings, "hkma", "unsd")
    finally:
        server.world.repair()
    assert results["unsd"].problems == []
    assert results["unsd"].new_vintages == 2
    if name in ("Retry-After", "Location", "Content-Encoding"):
        assert results["hkma"].problems
    days = [seen.published_on for seen in Archive.of(settings).sightings() if seen.published_on]
    assert all(date(1900, 1, 1) <= day <= date.today() + timedelta(days=1) for day in days)  # noqa: DTZ011


def divide(_context: Context) -> Plan:
    yield Request("exchange_rates_daily", f"https://127.0.0.1:{1 // 0}")


def lose_its_place(context: Context) -> Plan:
    yield from hkma.plan(context)
    raise KeyError("page 7")


@pytest.mark.parametrize(
    ("plan", "problem"),
    [
        (divide, "an unexpected ZeroDivisionError: integer division or modulo by zero"),
        (lose_its_place, "an unexpected KeyError: 'page 7'"),
    ],
)
def test_error_in_a_plan_is_the_problem_of_its_publisher(
    settings: Settings, monkeypatch: pytest.MonkeyPatch, plan: object, problem: str
) -> None:
    monkeypatch.setitem(EVERY_SOURCE, "hkma", replace(hkma.SOURCE, plan=plan))  # type: ignore[arg-type]
    results = fetched(settings, "hkma", "unsd")
    assert results["hkma"].problems == [problem]
    assert results["unsd"].problems == []
    [visit] = [visit for visit in Archive.of(settings).visits() if visit.source == "hkma"]
    assert visit.problems == (problem,)


def test_full_disk_ends_the_run(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object, **__: object) -> None:
        raise StorageError("No space left on device", "archive", "Free some.")

    monkeypatch.setattr(Archive, "store", full)
    with pytest.raises(StorageError, match="No space left"):
        fetched(settings, "hkma", "unsd")


def test_problem_is_one_line_of_printable_text() -> None:
    result = fetch.FetchResult("hkma", problems=["a\nb \x1b[31m \ud800 \u202e", "x" * 5_000])
    first, second = result.problem_summary()
    assert first.isprintable()
    assert first.encode()
    assert len(second) < 1_000


@pytest.mark.hostile
@pytest.mark.slow
def test_hostile_payload_is_refused_in_every_build_without_being_parsed_again(
    settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    marker = tmp_path / "counted"

    def send(*_: object) -> Answer:
        return Answer(200, f"count_and_abort {marker}".encode())

    monkeypatch.setattr(Client, "send", send)
    hostile = replace(hkma.SOURCE, parse=hostile_parsers.parse)
    monkeypatch.setitem(EVERY_SOURCE, "hkma", hostile)
    monkeypatch.setitem(SOURCES, "hkma", hostile)
    for _ in range(2):
        monkeypatch.setattr("orchestration.parsing.payloads._failures", {})  # as in another run
        found = fetched(settings, "hkma")["hkma"].problem_summary()
        assert len(found) == 3
        assert all("the parser was killed by signal 6 (SIGABRT)" in problem for problem in found)
    # Three datasets have these bytes, and each is parsed twice.
    assert marker.read_text() == "x" * 6


def test_probe_reports_what_a_connector_raises(settings: Settings) -> None:
    def probe(*_: object) -> Request:
        raise ZeroDivisionError("division by zero")

    is_good, said = source_status.probe(replace(hkma.SOURCE, probe=probe), settings)
    assert (is_good, said) == (False, "an unexpected ZeroDivisionError: division by zero")

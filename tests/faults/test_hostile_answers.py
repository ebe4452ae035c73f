"""An invalid response is archived and refused with a reason, no row of it is loaded, and other publishers go on.

Each case changes one response of one publisher, after a good run, and fetches from all six. The fast tests have each
fault once, with the publishers in turn, and a false response of each publisher; the slow ones have every combination.
"""

import json
import os
import re
import shutil
import ssl
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from functools import cache, partial
from pathlib import Path
from typing import Any

import dagster as dg
import duckdb
import pytest

from orchestration import releases
from orchestration.archive import Archive, Sighting
from orchestration.defs.assets.sources import ANSWERS
from orchestration.ingestion import load
from orchestration.ingestion.fetch import NO_ANSWER, FetchResult
from orchestration.parsing import payloads
from orchestration.runtime import instance
from orchestration.settings import LIVE_SOURCES, Settings, get_settings
from orchestration.sources.registry import SOURCES
from testing import false_answers
from testing.commands import run_entrepot
from testing.replay import faults
from testing.replay.faults import Fault
from testing.replay.idds import server_busy, usage_limit
from testing.replay.message import HttpRequest, Reply
from testing.replay.server import Replay, replay
from testing.replay.synthetic_gold import synthetic_comtrade_record
from testing.replay.workbook import SHEETS, synthetic_price_sheet, workbook

TABLES = [table.name for source in SOURCES.values() for table in source.tables]
COUNTS = " union all ".join(f"select '{name}', count(*) from raw.{name}" for name in TABLES)
LEAKED = " union all ".join(f"select payload_sha256 from raw.{name}" for name in TABLES)
CURRENT = "select source, dataset, part, payload_sha256 from raw.archive__vintages where known_until is null"
QUICK = {
    "ENTREPOT_HTTP_ATTEMPTS": "2",
    "ENTREPOT_HTTP_PAUSE_SECONDS": "0.001",
    "ENTREPOT_HTTP_MAX_BYTES": "400000",
    "ENTREPOT_HTTP_TIMEOUT_SECONDS": "20",
}
Current = set[tuple[str, str, str, str]]


@dataclass(frozen=True)
class FaultyRequest:
    """The request whose response gets a fault: a part of its URL, and the dataset and part of its archived payload."""

    path: str
    dataset: str
    part: str


FAULTY_REQUESTS = {
    "csd": FaultyRequest("id=410-50001&", "410-50001", "id=410-50001&"),
    "idds": FaultyRequest("cc=ALL&code=710811", "gold", " ALL 2022-01 "),
    "hkma": FaultyRequest("er-eeri-daily?pagesize=1000&offset=100", "exchange_rates_daily", "offset=100&"),
    "world_bank": FaultyRequest(".xlsx", "pink_sheet", ""),
    "comtrade": FaultyRequest("getDA/C/M/HS?reporterCode=344&period=202608", "availability", "period=202608"),
    "unsd": FaultyRequest("HS2022toHS2017", "HS2022toHS2017", ""),
}
# The tables of the United Nations are fetched twice a year, everything else within three days.
LONG_AGO = {"unsd": timedelta(days=200)}


@dataclass(frozen=True)
class Good:
    """A home after a good run of all publishers, its current payloads and the rows of each table."""

    home: Path
    current: Current
    rows: dict[str, int]
    payloads: frozenset[str]


@dataclass(frozen=True)
class After:
    """A home after the second fetch. `new` are the sightings of the faulty publisher with bytes not archived before."""

    fetched: dict[str, FetchResult]
    current: Current
    rows: dict[str, int]
    loaded: frozenset[str]
    new: list[Sighting]
    archive: Archive

    def problem(self, publisher: str) -> str:
        problems = self.fetched[publisher].problem_summary()
        assert problems, f"{publisher} has no problem"
        return "; ".join(problems)


FetchAgain = Callable[..., After]


@pytest.fixture(scope="module")
def server() -> Iterator[Replay]:
    with replay() as running:
        yield running


@pytest.fixture(scope="module", autouse=True)
def cached() -> Iterator[None]:
    """Read this machine's trusted certificates (40 ms a client) and parse each good payload once for all cases."""
    parse = payloads.parse
    by_name = cache(lambda name, *what: parse(Settings(), SOURCES[name], *what))
    with pytest.MonkeyPatch.context() as monkeypatch:
        monkeypatch.setattr(ssl, "create_default_context", cache(ssl.create_default_context))
        monkeypatch.setattr(payloads, "parse", lambda _, source, *what: by_name(source.name, *what[:3]))
        yield


@pytest.fixture(autouse=True)
def fresh_settings() -> Iterator[None]:
    """Clear the cached settings, since each case has its own."""
    get_settings.cache_clear()
    yield
    get_settings.cache_clear()


def configure(monkeypatch: pytest.MonkeyPatch, server: Replay, home: Path, **settings: str) -> None:
    named = {f"ENTREPOT_{name.upper()}": value for name, value in settings.items()}
    for name, value in {**server.environment, **QUICK, "ENTREPOT_HOME": str(home), **named}.items():
        monkeypatch.setenv(name, value)
    get_settings.cache_clear()


def raw_state(home: Path) -> tuple[Current, dict[str, int], frozenset[str]]:
    """Return the current payloads of a home, the row count of each raw table, and the hashes of loaded payloads."""
    with duckdb.connect(str(home / "build" / "warehouse.duckdb"), read_only=True) as connection:
        return (
            {tuple(row) for row in connection.execute(CURRENT).fetchall()},
            dict(connection.execute(COUNTS).fetchall()),
            frozenset(sha256 for (sha256,) in connection.execute(LEAKED).fetchall()),
        )


@pytest.fixture(scope="module")
def good(server: Replay, tmp_path_factory: pytest.TempPathFactory) -> Good:
    home = tmp_path_factory.mktemp("good") / "home"
    with pytest.MonkeyPatch.context() as monkeypatch:
        configure(monkeypatch, server, home)
        fetched = load.fetch_and_load(get_settings(), Archive.of(get_settings()), LIVE_SOURCES).fetched
    assert not any(result.problem_summary() for result in fetched.values())
    current, rows, _ = raw_state(home)
    assert all(rows.values())
    return Good(home, current, rows, frozenset(s.sha256 for s in Archive(home / "archive").sightings()))


def age(home: Path, publisher: str) -> None:
    """Move the good run of a publisher into the past, so that everything is fetched again."""
    ledger = home / "archive" / "ledger.jsonl"
    seen = list(Archive(home / "archive").sightings())
    back = LONG_AGO.get(publisher, timedelta(days=3))
    aged = [replace(s, retrieved_at=s.retrieved_at - back) if s.source == publisher else s for s in seen]
    ledger.write_text("".join(f"{sighting.to_json()}\n" for sighting in aged))


def link_payload(source: str, target: str) -> None:
    """Copy a file, or link it if it is a payload, since payloads never change."""
    (os.link if re.fullmatch("[0-9a-f]{64}", Path(source).name) else shutil.copy2)(source, target)


@pytest.fixture
def fetch_again(good: Good, server: Replay, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[FetchAgain]:
    """Fetch from all six publishers in a copy of the good home, from the faulty one as if long after the good run."""
    home = Path(shutil.copytree(good.home, tmp_path / "home", copy_function=link_payload))

    def fetched_again(publisher: str, **settings: str) -> After:
        configure(monkeypatch, server, home, **settings)
        age(home, publisher)
        began, archive = datetime.now(UTC), Archive(home / "archive")
        fetched = load.fetch_and_load(get_settings(), Archive.of(get_settings()), LIVE_SOURCES).fetched
        new = [s for s in archive.sightings() if s.retrieved_at >= began and s.sha256 not in good.payloads]
        return After(fetched, *raw_state(home), [s for s in new if s.source == publisher], archive)

    yield fetched_again
    server.world.repair()


def of_the_faulty_request(after: After, publisher: str) -> list[Sighting]:
    faulty = FAULTY_REQUESTS[publisher]
    return [s for s in after.new if s.dataset == faulty.dataset and faulty.part in s.part]


def assert_refused(good: Good, after: After, publisher: str, reason: str, new: list[Sighting]) -> None:
    """Check that a problem is reported and archived, and that nothing else changed."""
    problem = after.problem(publisher)
    assert reason in problem
    assert problem.isprintable()
    assert len(problem) < 1000
    for sighting in new:
        assert len(after.archive.read(publisher, sighting.dataset, sighting.sha256)) == sighting.bytes
    assert after.loaded.isdisjoint(sighting.sha256 for sighting in new)
    assert after.rows == good.rows
    assert {one for one in good.current if one[:2] != ("comtrade", "availability")} <= after.current
    for other in set(LIVE_SOURCES) - {publisher}:
        assert after.fetched[other].problem_summary() == []
    visits = {visit.source: visit for visit in after.archive.visits()}
    assert "; ".join(visits[publisher].problems) == problem


# Faults of transport and format

REFUSALS = {
    "csd": "410-50001: C&SD says 'Fail', code 1: ['Table ID (110-00001) is not defined']",
    "idds": "gold: IDDS says 'Fail', code 1: Validation error",
    "hkma": "exchange_rates_daily: the HKMA says success False, err_code '9999': synthetic error",
    "world_bank": "pink_sheet: HTML with status 200",
    "comtrade": "availability: UN Comtrade reports an error: 'synthetic error'",
    "unsd": "HS2022toHS2017: HTML with status 200",
}
INVALID_BODY = {
    "csd": "the body: Invalid JSON",
    "idds": "the body: Invalid JSON",
    "hkma": "the body is not valid JSON",
    "world_bank": "the body is not an xlsx workbook",
    "comtrade": "the body is not JSON",
    "unsd": "the body is not an xlsx workbook",
}
OTHER_SHAPE = {
    **dict.fromkeys(("csd", "idds", "hkma"), "header: Field required"),
    "world_bank": "the body is not an xlsx workbook",
    "comtrade": "the format changed: elapsedTime: Field required",
    "unsd": "the body is not an xlsx workbook",
}
EMPTY = {**dict.fromkeys(LIVE_SOURCES, "the body is empty"), "world_bank": "the body is not an xlsx workbook"}

# Each fault with the expected reason, and whether a body arrives that must be archived.
FAULTS: dict[str, tuple[Fault, str | dict[str, str], bool]] = {
    "HTML with status 200": (faults.html_with_status_200, "HTML with status 200: a gateway answered", True),
    "HTML 403": (faults.html_403, "HTTP 403", True),
    "a refusal in the publisher's own format": (faults.fail_body, REFUSALS, True),
    "plain text": (faults.plain_text, INVALID_BODY, True),
    "JSON of another shape": (faults.json_of_another_shape, OTHER_SHAPE, True),
    "an empty body": (faults.empty_body, EMPTY, False),
    "Latin-1": (faults.wrong_encoding, INVALID_BODY, True),
    "UTF-16": (partial(faults.wrong_encoding, encoding="utf-16"), INVALID_BODY, True),
    "a byte-order mark": (partial(faults.wrong_encoding, encoding="utf-8-sig"), INVALID_BODY, True),
    "status 500": (faults.status_500, "HTTP 500", True),
    "status 503": (partial(faults.status_503_with_retry_after, retry_after="0"), "HTTP 503", True),
    "status 429": (partial(faults.status_429_with_retry_after, retry_after="0"), "HTTP 429", True),
    "a long wait": (partial(faults.status_429_with_retry_after, retry_after="86400"), "to wait 86400 s", True),
    "a redirect loop": (faults.redirect_loop, "too many redirects", False),
    "a redirect to another host": (faults.redirect_to_another_host, "redirected to another host", False),
    "a truncated body": (faults.truncated_body, "the body ended after", True),
    "a truncated gzip body": (faults.truncated_gzip, "its gzip encoding is truncated", True),
    "an oversized body": (partial(faults.oversized_body, size=500_000), "larger than 400,000 bytes", True),
    "a gzip bomb": (partial(faults.gzip_bomb, size=1_000_000), "larger than 400,000 bytes", True),
    "a nested gzip bomb": (
        partial(faults.gzip_bomb, size=1_000_000, layers=2),
        "content-encoding is 'gzip, gzip'",
        True,
    ),
    "a slow drip": (faults.slow_drip, "was incomplete after 0.6 s", True),
    "no response": (faults.never_answers, f"{NO_ANSWER}: ReadTimeout", False),
    "a closed connection": (faults.closes_at_once, f"{NO_ANSWER}: RemoteProtocolError", False),
}
TIMEOUTS = {
    "a slow drip": {"http_answer_seconds": "0.6"},
    "no response": {"http_timeout_seconds": "0.6"},
}


# Each fault is in the fast tests once, with the publishers in turn.
MATRIX = [
    pytest.param(publisher, fault, marks=() if number % len(LIVE_SOURCES) == turn else pytest.mark.slow)
    for number, fault in enumerate(FAULTS)
    for turn, publisher in enumerate(LIVE_SOURCES)
]


def first_is_fast(cases: Iterable[str]) -> list[Any]:
    """Return the cases as parameters, all but the first marked slow."""
    return [pytest.param(case, marks=pytest.mark.slow if number else ()) for number, case in enumerate(cases)]


@pytest.mark.hostile
@pytest.mark.parametrize(("publisher", "fault"), MATRIX)
def test_invalid_response_is_archived_and_refused_and_other_publishers_go_on(
    good: Good, server: Replay, fetch_again: FetchAgain, publisher: str, fault: str
) -> None:
    spoil, reasons, has_bytes = FAULTS[fault]
    server.world.fault(publisher, spoil, FAULTY_REQUESTS[publisher].path)
    after = fetch_again(publisher, **TIMEOUTS.get(fault, {}))
    new = of_the_faulty_request(after, publisher)
    reason = reasons if isinstance(reasons, str) else reasons[publisher]
    assert_refused(good, after, publisher, reason, new)
    assert any(sighting.bytes for sighting in new) == has_bytes
    assert all(sighting.bytes <= 400_000 for sighting in new)


@pytest.mark.hostile
@pytest.mark.parametrize("fault", [server_busy, usage_limit])
def test_idds_that_stays_busy_is_reported(good: Good, server: Replay, fetch_again: FetchAgain, fault: Fault) -> None:
    server.world.fault("idds", fault, FAULTY_REQUESTS["idds"].path)
    after = fetch_again("idds")
    assert_refused(good, after, "idds", "the publisher asks to wait", of_the_faulty_request(after, "idds"))


@pytest.mark.hostile
@pytest.mark.parametrize("publisher", first_is_fast(LIVE_SOURCES))
def test_publisher_that_never_answered_leaves_only_its_own_tables_empty(
    good: Good, server: Replay, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, publisher: str
) -> None:
    server.world.fault(publisher, faults.closes_at_once)
    try:
        configure(monkeypatch, server, tmp_path)
        fetched = load.fetch_and_load(get_settings(), Archive.of(get_settings()), LIVE_SOURCES).fetched
    finally:
        server.world.repair()
    _, rows, _ = raw_state(tmp_path)
    own = {table.name for table in SOURCES[publisher].tables}
    assert rows == {name: 0 if name in own else good.rows[name] for name in TABLES}
    assert [name for name, result in fetched.items() if result.problem_summary()] == [publisher]


# False answers: valid in form, impossible in content

FALSE_ANSWERS: dict[tuple[str, str], tuple[Fault, str]] = {
    ("csd", "a future month"): (false_answers.in_last(freq="M", period="202712"), "is in the future"),
    ("csd", "a month 13"): (
        false_answers.in_last(freq="M", period="202613"),
        "'202613' is not a period of its frequency",
    ),
    ("csd", "a duplicated row"): (
        false_answers.changing(false_answers.repeated),
        "the same figure occurs twice",
    ),
    ("csd", "a missing field"): (false_answers.missing("sd_value"), "sd_value: Field required"),
    ("csd", "a renamed field"): (false_answers.renamed("figure", "obs_value"), "dataSet.0.figure: Field required"),
    ("csd", "an extra field"): (
        false_answers.in_last(rank=1),
        "the rows differ in fields from what table 410-50001 had: rank",
    ),
    ("csd", "figures as strings"): (false_answers.as_text("figure"), "Input should be a valid integer"),
    ("csd", "NaN"): (false_answers.in_last(figure=float("nan")), "figure"),
    ("csd", "Infinity"): (false_answers.in_last(figure=float("inf")), "figure"),
    ("csd", "unit and figure swapped"): (
        false_answers.swapped("svDesc", "figure"),
        "svDesc: Input should be a valid string",
    ),
    ("csd", "HK$ thousand"): (false_answers.times("figure", 1000), "is out of range for 'HK$ million'"),
    ("csd", "zero that is not available"): (
        false_answers.in_last(figure=0, sd_value="N.A."),
        "sd_value 'N.A.' says that there is no figure",
    ),
    ("csd", "exports for imports"): (false_answers.with_other("VAL_TX", "VAL_IM"), "has no statistic VAL_TX"),
    ("csd", "a row less than counted"): (false_answers.cut, "it is incomplete"),
    ("idds", "a future month"): (
        false_answers.in_last(period="202712"),
        "'202712' is not a month from 201201 until today",
    ),
    ("idds", "a month 13"): (false_answers.in_last(period="202613"), "'202613' is not a month"),
    ("idds", "a duplicated row"): (
        false_answers.changing(false_answers.repeated),
        "the same figure occurs twice",
    ),
    ("idds", "a missing field"): (false_answers.missing("unitEN"), "unitEN: Field required"),
    ("idds", "a renamed field"): (false_answers.renamed("figure", "value"), "dataSet.0.figure: Field required"),
    ("idds", "an extra field"): (false_answers.in_last(rank=1), "rank: Extra inputs are not permitted"),
    ("idds", "figures as numbers"): (false_answers.as_number("figure"), "figure: Input should be a valid string"),
    ("idds", "NaN"): (false_answers.in_last(figure="NaN"), "figure 'NaN' is not a plain number"),
    ("idds", "unit and figure swapped"): (
        false_answers.swapped("unitEN", "figure"),
        "and the figure 'KILOGRAM': they are swap",
    ),
    ("idds", "an HS code with letters"): (
        false_answers.in_last(code="7108AB"),
        "HKHS6 '7108AB' was not requested by gold",
    ),
    ("idds", "an unknown partner"): (false_answers.in_last(cc="ZZ"), "cc 'ZZ' is not a partner in seeds/partners.csv"),
    ("idds", "exports among imports"): (
        false_answers.changing(lambda rows: rows[-1].update(ttype=2)),
        "the rows are of types",
    ),
    ("idds", "a row less than counted"): (false_answers.cut, "it is incomplete"),
    ("hkma", "a future day"): (
        false_answers.in_last(end_of_day="2027-12-31"),
        "end_of_day: '2027-12-31' is in the future",
    ),
    ("hkma", "an impossible day"): (
        false_answers.in_last(end_of_day="2026-02-30"),
        "'2026-02-30' is not a period such as",
    ),
    ("hkma", "a duplicated row"): (
        false_answers.changing(false_answers.repeated),
        "the same figure occurs twice",
    ),
    ("hkma", "a missing field"): (false_answers.missing("usd"), "usd: Field required"),
    ("hkma", "a renamed field"): (
        false_answers.renamed("end_of_day", "day"),
        "row 1: end_of_day: the field is missing",
    ),
    ("hkma", "figures as strings"): (false_answers.as_text("usd"), "usd: Input should be an instance of Decimal"),
    ("hkma", "NaN"): (false_answers.in_last(usd=float("nan")), "the body contains NaN, which is not a figure"),
    ("hkma", "Infinity"): (false_answers.in_last(usd=float("inf")), "the body contains Infinity"),
    ("hkma", "US dollars a Hong Kong dollar"): (
        false_answers.in_last(usd=0.1275),
        "usd: Input should be greater than or equal",
    ),
    ("hkma", "a row less than counted"): (false_answers.cut, "the page is incomplete"),
}


FALSE_CASES = [
    pytest.param(publisher, what, marks=() if what in ("a future month", "a future day") else pytest.mark.slow)
    for publisher, what in FALSE_ANSWERS
]


@pytest.mark.hostile
@pytest.mark.parametrize(("publisher", "what"), FALSE_CASES)
def test_false_answer_is_refused(
    good: Good, server: Replay, fetch_again: FetchAgain, publisher: str, what: str
) -> None:
    fault, reason = FALSE_ANSWERS[publisher, what]
    server.world.fault(publisher, fault, FAULTY_REQUESTS[publisher].path)
    after = fetch_again(publisher)
    new = of_the_faulty_request(after, publisher)
    assert any(sighting.bytes for sighting in new)
    assert_refused(good, after, publisher, reason, new)


@pytest.mark.hostile
@pytest.mark.parametrize(
    ("table", "fault", "reason"),
    [
        ("410-50012", false_answers.in_last(COUNTRY="999"), "COUNTRY '999' is not a partner in seeds/partners.csv"),
        (
            "410-50031",
            false_answers.in_last(COMMDDesc="Spice"),
            "COMMD 'Spice' is not a sitc_division in seeds/categories.csv",
        ),
        (
            "410-51003",
            false_answers.with_other("Terms of trade", "Retail sales"),
            "which does not contain 'terms of trade'",
        ),
    ],
    ids=["an unknown partner", "an unknown commodity group", "the figures of another table"],
)
def test_table_with_an_unknown_member_or_title_is_refused(
    good: Good, server: Replay, fetch_again: FetchAgain, table: str, fault: Fault, reason: str
) -> None:
    server.world.fault("csd", fault, f"get.php?id={table}&")
    after = fetch_again("csd")
    new = [sighting for sighting in after.new if sighting.dataset == table]
    assert len(new) == 1
    assert_refused(good, after, "csd", f"{table}: ", new)
    assert reason in after.problem("csd")


@pytest.mark.hostile
@pytest.mark.parametrize(
    ("metadata", "fault", "reason"),
    [
        (
            "comp",
            false_answers.with_other("VAL_TX", "VAL_RS"),
            "410-50013-components: table 410-50013 has no statistic VAL_TX",
        ),
        ("lang", false_answers.with_other("tb_title", "title"), "410-50013-titles: tb_title: Field required"),
    ],
)
def test_figures_are_not_fetched_if_the_metadata_are_of_another_table(
    good: Good, server: Replay, fetch_again: FetchAgain, metadata: str, fault: Fault, reason: str
) -> None:
    described = server.world.csd.descriptions["410-50013"]
    server.world.csd.descriptions["410-50013"] = replace(described, last_modified="2026-11-20 16:30:00")
    server.world.fault("csd", fault, f"table_410-50013_{metadata}.json")
    requests_before = len(server.requests)
    try:
        after = fetch_again("csd")
    finally:
        server.world.csd.descriptions["410-50013"] = described
    assert reason in after.problem("csd")
    assert not [r for r in server.requests[requests_before:] if r.query.get("id") == ["410-50013"]]
    assert after.rows["csd__web_tables"] == good.rows["csd__web_tables"]
    assert {one for one in good.current if one[1] == "410-50013"} <= after.current


# Comtrade's trade is fetched when the availability of a month changes

LATER = false_answers.in_last(lastReleased="2026-11-20T08:00:00")


def fetch_false_trade(server: Replay, fetch_again: FetchAgain, fault: Fault) -> tuple[After, list[Sighting]]:
    """Release August 2026 again, and falsify its gold by partner."""
    server.world.fault("comtrade", LATER, "getDA/C/M/HS?reporterCode=344&period=202608")
    server.world.fault("comtrade", fault, "preview/C/M/HS?period=202608&reporterCode=344&flowCode=M%2CX&partner2Code=0")
    after = fetch_again("comtrade")
    return after, [s for s in after.new if s.dataset == "gold" and "partnerCode=" not in s.part]


def breakdown(rows: list[dict[str, Any]]) -> None:
    rows.append({**rows[-1], "customsCode": "C01"})


FALSE_TRADE: dict[str, tuple[Fault, str]] = {
    "a future month": (false_answers.in_last(period="202712"), "period '202712' is in the future"),
    "a month 13": (false_answers.in_last(period="202613"), "period '202613' is not a month"),
    "a duplicated row": (false_answers.changing(false_answers.repeated), "the same figure occurs twice"),
    "a missing field": (false_answers.missing("netWgt"), "the format changed: data.7.netWgt: Field required"),
    "a renamed field": (
        false_answers.renamed("netWgt", "netWeight"),
        "the format changed: data.0.netWgt: Field required",
    ),
    "an extra field": (false_answers.in_last(tariff=1), "tariff: Extra inputs are not permitted"),
    "figures as strings": (false_answers.as_text("primaryValue"), "primaryValue.int: Input should be a valid integer"),
    "NaN": (false_answers.in_last(primaryValue=float("nan")), "found nan"),
    "Infinity": (false_answers.in_last(netWgt=float("inf")), "found inf"),
    "value and weight swapped": (
        false_answers.swapped("primaryValue", "netWgt"),
        "gold price outside 200 to 30,000 USD/oz",
    ),
    "thousands of US dollars": (false_answers.times("primaryValue", 0.001), "gold price outside 200 to 30,000 USD/oz"),
    "an HS code with letters": (
        false_answers.with_other('"7108"', '"71OB"'),
        "cmd_code '71OB' was not requested by gold",
    ),
    "an unknown partner": (
        false_answers.in_last(partnerCode=-7),
        "partnerCode: Input should be greater than or equal to 0",
    ),
    "rows of a breakdown": (
        false_answers.changing(breakdown),
        "customs_code 'C01' is a breakdown of the total, which would be counted twice",
    ),
    "a row less than counted": (false_answers.cut, "count 8: but there are 7 rows"),
    "partners beyond the world": (false_answers.in_last(primaryValue=9e11, netWgt=None), "the partners add up to"),
}


@pytest.mark.hostile
@pytest.mark.parametrize("what", first_is_fast(FALSE_TRADE))
def test_false_comtrade_figures_are_refused(good: Good, server: Replay, fetch_again: FetchAgain, what: str) -> None:
    fault, reason = FALSE_TRADE[what]
    after, new = fetch_false_trade(server, fetch_again, fault)
    assert len(new) == 1
    assert after.loaded.isdisjoint(sighting.sha256 for sighting in new)
    assert after.rows["comtrade__trade"] == good.rows["comtrade__trade"]
    assert {one for one in good.current if one[:2] == ("comtrade", "gold")} <= after.current
    assert reason in after.problem("comtrade")
    for other in set(LIVE_SOURCES) - {"comtrade"}:
        assert after.fetched[other].problem_summary() == []


def synthetic_partners(flow: str, partners: int) -> list[dict[str, Any]]:
    """Return August 2026 with so many partners of a flow, each with 10 kg for a plausible price, and their world."""
    codes = [0, *range(4, 4 + partners)]
    amounts = [10.0 * (1 if code else partners) for code in codes]
    return [
        synthetic_comtrade_record("202608", flow, code, "7108", kg * 130_000, kg)
        for code, kg in zip(codes, amounts, strict=True)
    ]


@pytest.fixture
def many_partners(server: Replay) -> Iterator[Callable[[int, int], None]]:
    """Give Comtrade more partners for August 2026 than its preview returns."""
    before = server.world.comtrade.records

    def put(imports: int, exports: int) -> None:
        others = [record for record in before if record["period"] != "202608"]
        server.world.comtrade.records = [*others, *synthetic_partners("M", imports), *synthetic_partners("X", exports)]
        server.world.fault("comtrade", LATER, "getDA/C/M/HS?reporterCode=344&period=202608")

    yield put
    server.world.comtrade.records = before


@pytest.mark.hostile
def test_response_truncated_by_the_preview_is_fetched_again_in_parts(
    good: Good, fetch_again: FetchAgain, many_partners: Callable[[int, int], None]
) -> None:
    many_partners(260, 300)
    after = fetch_again("comtrade", http_max_bytes="2000000")
    gold = {sighting.part: sighting for sighting in after.new if sighting.dataset == "gold"}
    [whole] = [sighting for part, sighting in gold.items() if "flowCode=M,X" in part and "partnerCode=" not in part]
    assert whole.sha256 not in after.loaded
    assert after.fetched["comtrade"].problem_summary() == []
    by_flow = [gold[part].sha256 for part in gold if "flowCode=M&" in part or "flowCode=X&" in part]
    assert len(by_flow) == 2
    assert after.loaded.issuperset(by_flow)
    assert (
        after.rows["comtrade__trade"] == good.rows["comtrade__trade"] + 2 + 261 + 301
    )  # the world total of each flow is fetched separately


@pytest.mark.hostile
def test_response_truncated_even_in_its_smallest_part_is_reported(
    good: Good, fetch_again: FetchAgain, many_partners: Callable[[int, int], None]
) -> None:
    many_partners(500, 3)
    after = fetch_again("comtrade", http_max_bytes="2000000")
    assert "UN Comtrade truncates 1 requests that cannot be split" in after.problem("comtrade")
    assert "flowCode=M&" in after.problem("comtrade")
    cut = [s for s in after.new if s.dataset == "gold" and s.bytes > 400 * 1000 // 2]
    assert len(cut) == 2
    assert after.loaded.isdisjoint(sighting.sha256 for sighting in cut)


# HKMA's offset, and the World Bank's workbook


@pytest.fixture
def offset_ignored(server: Replay) -> None:
    def first_page(request: HttpRequest, reply: Reply) -> Reply:
        return server.world.hkma.answer(replace(request, query={**request.query, "offset": ["0"]}))

    server.world.fault("hkma", first_page, FAULTY_REQUESTS["hkma"].path)


@pytest.mark.hostile
def test_ignored_offset_is_reported(offset_ignored: None, fetch_again: FetchAgain) -> None:
    after = fetch_again("hkma")
    assert after.problem("hkma").startswith("exchange_rates_daily: a further page has only rows of earlier pages")
    for other in set(LIVE_SOURCES) - {"hkma"}:
        assert after.fetched[other].problem_summary() == []


@pytest.mark.hostile
def test_ignored_offset_leaves_the_earlier_pages_current(
    good: Good, offset_ignored: None, fetch_again: FetchAgain
) -> None:
    assert good.current <= fetch_again("hkma").current


Sheet = list[list[str | float]]


def with_workbook(change: Callable[[Sheet], object], sheets: tuple[str, ...] = SHEETS) -> Fault:
    """Return the fault that sends another workbook."""
    sheet = synthetic_price_sheet()
    change(sheet)
    return lambda request, reply: replace(reply, body=workbook(sheet, sheets))


def without_gold(sheet: Sheet) -> None:
    sheet[4][2] = "Golden syrup"


def gold_by_the_kilogram(sheet: Sheet) -> None:
    sheet[5][2] = "($/kg)"


def silver_for_gold(sheet: Sheet) -> None:
    sheet[4][2], sheet[4][4] = sheet[4][4], sheet[4][2]


def a_future_month(sheet: Sheet) -> None:
    sheet[-1][0] = "2027M12"


def a_month_twice(sheet: Sheet) -> None:
    sheet.append(list(sheet[-1]))


def a_price_as_text(sheet: Sheet) -> None:
    sheet[-1][2] = "4,228"


def nothing(sheet: Sheet) -> None:
    pass


def highly_compressed(request: HttpRequest, reply: Reply) -> Reply:
    """Send a workbook whose sheet is a megabyte of blanks."""
    return replace(reply, body=workbook([*synthetic_price_sheet(), [" " * 1_000_000] * 20]))


@pytest.mark.hostile
@pytest.mark.parametrize(
    ("fault", "reason"),
    [
        (with_workbook(without_gold), "row 5: no columns are named 'Gold', not one"),
        pytest.param(
            with_workbook(gold_by_the_kilogram),
            "row 6: the unit of Gold is '($/kg)', not '($/troy oz)'",
            marks=pytest.mark.slow,
        ),
        pytest.param(with_workbook(silver_for_gold), "is not from", marks=pytest.mark.slow),
        pytest.param(with_workbook(a_future_month), "month 2027M12 is in the future", marks=pytest.mark.slow),
        pytest.param(
            with_workbook(a_month_twice), "does not follow the month of the row before", marks=pytest.mark.slow
        ),
        pytest.param(with_workbook(a_price_as_text), "Gold '4,228' is not a number", marks=pytest.mark.slow),
        pytest.param(
            with_workbook(nothing, ("AFOSHEET", "Prices")),
            "no sheet is named 'Monthly Prices'; there are AFOSHEET, Pr",
            marks=pytest.mark.slow,
        ),
        pytest.param(highly_compressed, "a decompression bomb", marks=pytest.mark.slow),
    ],
)
def test_workbook_that_is_not_the_pink_sheet_is_refused(
    good: Good, server: Replay, fetch_again: FetchAgain, fault: Fault, reason: str
) -> None:
    server.world.fault("world_bank", fault, ".xlsx")
    after = fetch_again("world_bank", http_max_bytes="1000000")
    assert len(of_the_faulty_request(after, "world_bank")) == 1
    assert_refused(good, after, "world_bank", reason, of_the_faulty_request(after, "world_bank"))


def test_workbook_with_moved_columns_gives_the_same_prices(good: Good, server: Replay, fetch_again: FetchAgain) -> None:
    def moved(sheet: Sheet) -> None:
        for number, row in enumerate(sheet):
            if number >= 4:
                row[1:] = [f"Synthetic {number}" if number < 6 else 1.0, row[4], row[2], row[3]]

    server.world.fault("world_bank", with_workbook(moved), ".xlsx")
    after = fetch_again("world_bank")
    assert after.fetched["world_bank"].problem_summary() == []
    assert len(of_the_faulty_request(after, "world_bank")) == 1
    assert after.fetched["world_bank"].new_vintages == 0
    assert (after.rows, after.current) == (good.rows, good.current)


# The whole job


@pytest.mark.slow
def test_build_with_three_failing_publishers_releases_the_others_with_exit_code_4(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with replay() as server:
        server.world.fault("comtrade", faults.closes_at_once)
        server.world.fault("hkma", faults.slow_drip)
        server.world.fault("world_bank", faults.json_of_another_shape)
        settings = {"ENTREPOT_HTTP_ATTEMPTS": "2", "ENTREPOT_HTTP_ANSWER_SECONDS": "1"}
        built = run_entrepot(home, "build", "--json", **server.environment, **settings)
        status = json.loads(run_entrepot(home, "status", "--json", **server.environment).stdout)
        listed = json.loads(run_entrepot(home, "sources", "--json", **server.environment).stdout)
    assert built.returncode == 4, built.stderr
    problems = {
        "hkma": "exchange_rates_daily: the body was incomplete after 1 s",
        "world_bank": "page: the page has no links to CMO-Historical-Data-Monthly.xlsx, not one",
        "comtrade": f"{NO_ANSWER}: RemoteProtocolError",
    }
    for source, problem in problems.items():
        assert f"{source}: {problem}" in built.stderr
        assert json.loads(built.stdout)["silent_sources"][source].startswith(problem)
    assert "partial: released without new data from hkma, world_bank, comtrade" in built.stderr
    states = {"csd": "ok", "idds": "ok", "hkma": "refused", "world_bank": "refused", "comtrade": "down", "unsd": "ok"}
    for listing in (status["publishers"], listed):
        by_name = {each["source"]: each for each in listing}
        assert {name: by_name[name]["state"] for name in LIVE_SOURCES} == states
        assert all(by_name[name]["problems"][0].startswith(problem) for name, problem in problems.items())
    release = releases.current_release(home / "current")
    assert release.id == json.loads(built.stdout)["release"]
    with releases.connect(release) as connection:
        sources = "select distinct source_id from marts.fct_observations where source_id in (?, ?)"
        good = ["csd_table_410_50001", "csd_trade_idds"]
        assert sorted(connection.execute(sources, good).fetchall()) == [(name,) for name in good]
    assert answers(home, monkeypatch) == {name: state == "ok" for name, state in states.items()}


def answers(home: Path, monkeypatch: pytest.MonkeyPatch) -> dict[str, bool]:
    """Return, from the newest run in Dagster, the result of each publisher's check of its responses."""
    monkeypatch.setenv("ENTREPOT_HOME", str(home))
    with instance.get(Settings()) as dagster_instance:
        [run] = dagster_instance.get_runs(limit=1)
        records = dagster_instance.all_logs(run.run_id, of_type=dg.DagsterEventType.ASSET_CHECK_EVALUATION)
        found = [entry.dagster_event.asset_check_evaluation_data for entry in records if entry.dagster_event]
    return {check.asset_key.path[-1].partition("__")[0]: check.passed for check in found if check.check_name == ANSWERS}

"""The main job on all live sources, against a server that answers as the publishers do."""

import json
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from orchestration import releases
from orchestration.archive import Archive
from orchestration.settings import Settings
from orchestration.sources.registry import SOURCES
from testing.commands import call_entrepot, run_entrepot
from testing.replay.server import LoggedRequest, Replay, replay

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("live_run")]


@dataclass(frozen=True)
class Run:
    """One `entrepot build`: its summary, and the requests that publishers received."""

    summary: dict[str, Any]
    requests: list[LoggedRequest]


def build(home: Path, server: Replay) -> Run:
    before = len(server.requests)
    run = run_entrepot(home, "build", "--json", **server.environment)
    assert run.returncode == 0, run.stderr
    return Run(json.loads(run.stdout), server.requests[before:])


@pytest.fixture(scope="module")
def twice(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Path, Run, Run]]:
    home = tmp_path_factory.mktemp("live") / "home"
    with replay() as server:
        yield home, build(home, server), build(home, server)


def query(home: Path, text: str) -> list[tuple[Any, ...]]:
    with releases.connect(releases.current_release(home / "current")) as connection:
        return connection.execute(text).fetchall()


def test_every_publisher_is_fetched_and_its_figures_are_released(twice: tuple[Path, Run, Run]) -> None:
    home, first, _ = twice
    assert first.summary["silent_sources"] == {}
    assert {request.publisher for request in first.requests} == set(SOURCES)
    figures = dict(query(home, "select connector, count(*) from marts.fct_observations group by 1"))
    assert set(figures) == {"record", *SOURCES} - {"unsd"}  # whose tables hold codes, and no figures
    assert query(home, "select count(*) > 0 from marts.fct_hkd_peg_daily where closing_balance_hkd_mn is not null") == [
        (True,)
    ]


def test_second_run_transfers_nothing_and_makes_no_vintage(twice: tuple[Path, Run, Run]) -> None:
    home, first, second = twice
    statuses = Counter(request.status for request in second.requests)
    assert set(statuses) == {304}, statuses
    assert sum(request.bytes for request in second.requests) == 0
    assert second.summary["new"] is False
    assert second.summary["release"] == first.summary["release"]
    visits = list(Archive(home / "archive").visits())
    assert [visit.new_vintages > 0 for visit in visits] == [True] * len(SOURCES) + [False] * len(SOURCES)


def test_ledger_has_the_url_and_licence_of_every_payload(twice: tuple[Path, Run, Run]) -> None:
    home, _, _ = twice
    for sighting in Archive(home / "archive").sightings():
        if sighting.source != "record":
            assert sighting.status == 200
            assert sighting.url.startswith("http://127.0.0.1")
            assert sighting.licence == SOURCES[sighting.source].licence


def test_trace_of_a_live_figure_names_its_payload(twice: tuple[Path, Run, Run]) -> None:
    home, _, _ = twice
    traced = call_entrepot(home, "trace", "2026-03", "imports")
    assert traced.returncode == 0, traced.stderr
    assert "707,484" in traced.stdout
    assert "410-50001" in traced.stdout


def test_check_warns_of_differences_from_the_record(twice: tuple[Path, Run, Run]) -> None:
    home, first, _ = twice
    assert "fct_observations: live_agrees_with_record" in first.summary["checks_warning"]
    checks = releases.current_release(home / "current").datapackage["checks"]
    [description] = [check["description"] for check in checks if check["name"].endswith("live_agrees_with_record")]
    # The synthetic gold of the replay is not the gold that the record quotes.
    assert "2026-07 gold_weight (imports, 0)" in description


def test_gold_of_two_publishers_agrees(twice: tuple[Path, Run, Run]) -> None:
    home, first, _ = twice
    assert not [name for name in first.summary["checks_warning"] if "gold" in name]
    [(source, weight)] = query(
        home,
        "select source_id, weight_kg > 0 from marts.fct_gold_trade"
        " where period_label = '2026-08' and flow = 'imports' and partner_code = '0'",
    )
    assert (source, weight) == ("csd_trade_idds", True)


def test_sources_are_listed_with_their_state(twice: tuple[Path, Run, Run]) -> None:
    home, _, _ = twice
    listed = json.loads(call_entrepot(home, "sources", "--json", ENTREPOT_SOURCES="live").stdout)
    assert [each["source"] for each in listed] == ["record", *SOURCES]
    assert {each["state"] for each in listed} == {"ok"}
    assert all(each["last_new_vintage"] for each in listed)
    off = json.loads(call_entrepot(home, "sources", "--json").stdout)
    assert [each["state"] for each in off] == ["ok", *["off"] * len(SOURCES)]


def test_sources_check_asks_each_publisher_and_archives_nothing(tmp_path: Path) -> None:
    with replay() as server:
        checked = run_entrepot(tmp_path / "home", "sources", "check", "--json", **server.environment)
        assert checked.returncode == 0, checked.stdout
        answers = json.loads(checked.stdout)
    assert [answer["source"] for answer in answers if answer["answers"]] == list(SOURCES)
    assert not Path(Settings(home=tmp_path / "home").archive_dir).exists()


@pytest.mark.slow
def test_build_of_the_record_alone_keeps_the_archived_figures(twice: tuple[Path, Run, Run]) -> None:
    home, first, _ = twice
    alone = run_entrepot(home, "build", "--json")
    assert alone.returncode == 0, alone.stderr
    assert json.loads(alone.stdout)["release"] == first.summary["release"]

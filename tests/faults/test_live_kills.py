"""A live run killed while it downloads, loads or publishes leaves the release whole; the next one succeeds."""

import random
import shutil
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from itertools import repeat
from pathlib import Path

import pytest

from orchestration import releases
from orchestration.archive import Archive, Sighting, Visit
from orchestration.defs.resources import Warehouse
from orchestration.ingestion import fetch, load
from orchestration.settings import FIGURES_DIR, LIVE_SOURCES, get_settings
from testing.commands import call_entrepot, run_entrepot
from testing.replay.server import Replay, replay
from tests.faults.test_kills import kill_after, start

HasBegun = Callable[[], bool]


@dataclass(frozen=True)
class Instant:
    """When to kill: `seconds` after a phase of the run began. The download begins with its `requests`-th request."""

    phase: str
    seconds: float = 0
    requests: int = 1


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[Replay]:
    """Publishers that every command of the test reads, and that send the same bytes to each."""
    with replay() as running:
        running.world.comtrade._answers = repeat(64)
        for name, value in running.environment.items():
            monkeypatch.setenv(name, value)
        yield running
    get_settings.cache_clear()


def staging(home: Path) -> tuple[int, int] | None:
    """Return what distinguishes the folder of a publication from the one that a killed run left behind."""
    try:
        found = (home / "releases" / releases.directory.STAGING).stat()
    except FileNotFoundError:
        return None
    return found.st_ino, found.st_ctime_ns


def has_begun(instant: Instant, server: Replay, home: Path) -> HasBegun:
    """Return a function that returns True once the next run in a home is in the phase."""
    requests, visits, left = len(server.requests), len(list(Archive(home / "archive").visits())), staging(home)
    return {
        "download": lambda: len(server.requests) >= requests + instant.requests,
        "load": lambda: len(list(Archive(home / "archive").visits())) >= visits + len(LIVE_SOURCES),
        "publish": lambda: staging(home) not in (None, left),
    }[instant.phase]


def killed(home: Path, server: Replay, instant: Instant, *, alone: bool) -> bool:
    """Start a run and kill it at an instant; return True if it was still alive."""
    began = has_begun(instant, server, home)
    process = start(home, FIGURES_DIR)
    while not began():
        if process.poll() is not None:
            assert process.returncode == 0
            return False
        time.sleep(0.002)
    return kill_after(process, instant.seconds, alone=alone)


def content(home: Path) -> str:
    """Return the content hash of the current release, after comparing every file of it with its hash."""
    verified = call_entrepot(home, "releases", "verify")
    assert verified.returncode == 0, verified.stderr
    return releases.current_release(home / "current").content_id


def assert_archive_whole(home: Path) -> None:
    """Read every line of both logs, and every payload that one names."""
    archive = Archive(home / "archive")
    for log, kind in (("ledger.jsonl", Sighting), ("visits.jsonl", Visit)):
        text = (home / "archive" / log).read_text(encoding="utf-8")
        assert text.endswith("\n")
        for line in text.splitlines():
            assert kind.from_json(line).to_json() == line
    for sighting in archive.sightings():
        assert len(archive.read(sighting.source, sighting.dataset, sighting.sha256)) == sighting.bytes


def campaign(built_home: Path, tmp_path: Path, server: Replay, instants: Iterable[Instant]) -> dict[str, int]:
    """Kill a live run at each instant, and let the last one end. Return the number of kills that hit, by phase."""
    home = Path(shutil.copytree(built_home, tmp_path / "killed", symlinks=True))
    undisturbed = Path(shutil.copytree(built_home, tmp_path / "undisturbed", symlinks=True))
    assert run_entrepot(undisturbed, "build").returncode == 0
    before, expected = content(home), content(undisturbed)
    assert expected != before
    hits: dict[str, int] = {}
    for number, instant in enumerate(instants):
        hits[instant.phase] = hits.get(instant.phase, 0) + killed(home, server, instant, alone=number % 2 == 1)
        found = content(home)
        assert found in (before, expected)
        if found == expected:
            call_entrepot(home, "releases", "rollback")
    finished = run_entrepot(home, "build")
    assert finished.returncode == 0, finished.stderr
    assert content(home) == expected
    assert_archive_whole(home)
    return hits


def test_next_run_parses_the_payloads_that_a_killed_run_archived_and_did_not_parse(
    tmp_path: Path, server: Replay, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ENTREPOT_HOME", str(tmp_path))
    get_settings.cache_clear()
    warehouse = Warehouse(get_settings())
    fetch.fetch_all(["idds"], warehouse.settings, warehouse.archive, {})
    ledger = tmp_path / "archive" / "ledger.jsonl"
    kept, not_out = ledger.read_text(encoding="utf-8").splitlines(keepends=True), b"Period code"
    [first, *_] = [
        number
        for number, sighting in enumerate(map(Sighting.from_json, kept))
        if not_out in warehouse.archive.read(sighting.source, sighting.dataset, sighting.sha256)
    ]
    ledger.write_text("".join(kept[: first + 1]), encoding="utf-8")
    loaded = load.fetch_and_load(warehouse.settings, warehouse.archive, ["idds"])
    assert loaded.fetched["idds"].problem_summary() == []
    assert loaded.tables["idds__trade"].rows > 0


@pytest.mark.soak
@pytest.mark.timeout(3600)
def test_release_survives_thirty_kills_of_live_runs(built_home: Path, tmp_path: Path, server: Replay) -> None:
    pick = random.Random(20261123)  # noqa: S311 - instants, not secrets
    instants = [
        Instant(phase, pick.uniform(0, 0.5), requests=pick.randint(1, 20))
        for phase in ("download", "load", "publish") * 10
    ]
    hits = campaign(built_home, tmp_path, server, instants)
    assert sum(hits.values()) > 20

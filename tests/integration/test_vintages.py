"""Three vintages of C&SD's table of totals: revisions, figures as of a day, and an earlier release rebuilt."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from orchestration import releases
from orchestration.archive import Archive
from orchestration.claims import reading
from orchestration.claims import record as records
from orchestration.claims.judge import judge
from orchestration.settings import PROJECT_DIR
from testing.replay.csd import Row
from testing.replay.server import Replay, replay

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("vintages")]

# Runs the command in another process, on another day.
ON_A_DAY = """
import sys, time_machine
with time_machine.travel(sys.argv.pop(1), tick=True):
    from orchestration.cli.main import main
    main()
"""
TOTALS = "410-50001"
AUGUST, SEPTEMBER, OCTOBER = "2026-08-26", "2026-09-25", "2026-10-27"
CORRECTION, RESTATEMENT = 300, 100  # synthetic, HK$ million


@dataclass(frozen=True)
class Past:
    """A home with three vintages, and the summary of each build."""

    home: Path
    environment: dict[str, str]
    built: dict[str, dict[str, Any]]


def entrepot(day: str, past_home: Path, environment: dict[str, str], *args: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-c", ON_A_DAY, f"{day}T09:00:00+00:00", *args]
    env = {**os.environ, "ENTREPOT_HOME": str(past_home), "COLUMNS": "200", **environment}
    return subprocess.run(command, capture_output=True, text=True, env=env, cwd=PROJECT_DIR, timeout=300, check=False)


def changed(rows: list[Row], freq: str, period: str, sv: str, by: int) -> list[Row]:
    """Return the rows with one figure in HK$ million changed. Fails if there is no such figure."""
    found = [r for r in rows if (r["freq"], r["period"], r["sv"], r["svDesc"]) == (freq, period, sv, "HK$ million")]
    assert len(found) == 1
    return [{**row, "figure": row["figure"] + by} if row is found[0] else row for row in rows]


def publish_vintage(server: Replay, day: str) -> None:
    """Set the table and the component file that the publisher serves on that day."""
    rows = server.world.csd.tables[TOTALS]
    if day == AUGUST:
        rows = [row for row in rows if row["period"] != "202608"]
    else:
        for sv in ("VAL_TX", "BAL"):
            rows = changed(rows, "YTM", "201805", sv, by=CORRECTION)
    if day == OCTOBER:
        rows = changed(rows, "M", "201906", "VAL_IM", by=RESTATEMENT)
    server.world.csd.publish(TOTALS, rows, f"{day} 16:30:00")


@pytest.fixture(scope="module")
def past(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Past]:
    home, built = tmp_path_factory.mktemp("vintages") / "home", {}
    with replay() as server:
        # Only the day of the visit dates a vintage: the server sends no Last-Modified and no ETag.
        server.world.csd.conditional = False
        environment = {**server.environment, "ENTREPOT_SOURCES": "csd"}
        whole = server.world.csd.tables[TOTALS]
        for day in (AUGUST, SEPTEMBER, OCTOBER):
            server.world.csd.tables[TOTALS] = whole
            publish_vintage(server, day)
            run = entrepot(day, home, environment, "build", "--json")
            assert run.returncode == 0, run.stderr
            built[day] = json.loads(run.stdout)
        yield Past(home, environment, built)


def rows(past: Past, query: str) -> list[tuple[Any, ...]]:
    with releases.connect(releases.current_release(past.home / "current")) as connection:
        return connection.execute(query).fetchall()


def test_revisions_list_exactly_what_changed_and_when(past: Past) -> None:
    found = rows(
        past,
        "select cast(vintage_on as varchar), change_kind, series, period_label, cast(previous_value as double),"
        " cast(new_value as double), cast(change as double) from marts.fct_revisions"
        " where source_id = 'csd_table_410_50001' and revision_kind = 'payload' order by 1, 2, 3",
    )
    assert found == [
        (SEPTEMBER, "added", "imports", "2026-08", None, 739_093, None),
        (SEPTEMBER, "added", "total_exports", "2026-08", None, 667_851, None),
        (SEPTEMBER, "revised", "balance", "2018-01..2018-05", -219_807, -219_507, CORRECTION),
        (SEPTEMBER, "revised", "total_exports", "2018-01..2018-05", 1_624_263, 1_624_563, CORRECTION),
        (OCTOBER, "revised", "imports", "2019-06", 364_794, 364_894, RESTATEMENT),
    ]


@pytest.mark.parametrize(
    ("day", "series", "period", "value"),
    [
        ("2026-08-25", "total_exports", "2018-01..2018-05", None),  # no page states a day: known since it was fetched
        (AUGUST, "total_exports", "2018-01..2018-05", 1_624_263),
        ("2026-09-24", "total_exports", "2018-01..2018-05", 1_624_263),
        (SEPTEMBER, "total_exports", "2018-01..2018-05", 1_624_563),
        ("2026-10-26", "imports", "2019-06", 364_794),
        (OCTOBER, "imports", "2019-06", 364_894),
        ("2026-09-23", "total_exports", "2026-08", None),
        ("2026-09-24", "total_exports", "2026-08", 667_851),  # the day on which it was published
    ],
)
def test_as_of_returns_the_figure_known_on_that_day(
    past: Past, day: str, series: str, period: str, value: int | None
) -> None:
    query = (
        f"select cast(value as double) from marts.as_of('{day}')"
        f" where series = '{series}' and period_label = '{period}' and member_code = 'total'"
    )
    assert rows(past, query) == ([] if value is None else [(value,)])


def test_marts_use_the_latest_vintage(past: Past) -> None:
    [(imports,)] = rows(
        past, "select imports_hkd_mn from marts.fct_trade_balance_monthly where month = date '2019-06-01'"
    )
    [(exports,)] = rows(
        past,
        "select total_exports_hkd_mn from marts.fct_trade_balance_period"
        " where period_label = '2018-01..2018-05' and basis = 'published'",
    )
    assert (imports, exports) == (364_894, 1_624_563)


@pytest.mark.slow
def test_earlier_release_is_rebuilt_from_the_archive_with_the_same_hashes(past: Past) -> None:
    sightings = list(Archive(past.home / "archive").sightings())
    nowhere = {name: "http://127.0.0.1:1" for name in past.environment if name.endswith("_URL")}
    again = entrepot("2026-11-20", past.home, {**past.environment, **nowhere}, "build", "--as-of", SEPTEMBER, "--json")
    assert again.returncode == 0, again.stderr
    rebuilt = releases.current_release(past.home / "as-of" / SEPTEMBER / "current")
    kept = {release.id: release for release in releases.list_releases(past.home / "releases")}
    assert rebuilt.content_id == kept[past.built[SEPTEMBER]["release"]].content_id
    assert releases.current_release(past.home / "current").id == past.built[OCTOBER]["release"]
    assert list(Archive(past.home / "archive").sightings()) == sightings


def test_as_of_a_day_before_the_first_payload_is_refused(past: Past) -> None:
    refused = entrepot("2026-11-20", past.home, past.environment, "build", "--as-of", "2020-01-01")
    assert refused.returncode == 1
    assert "holds nothing from 2020-01-01 or before" in refused.stderr


def test_as_of_an_invalid_day_is_refused(past: Past) -> None:
    refused = entrepot("2026-11-20", past.home, past.environment, "build", "--as-of", "yesterday")
    assert refused.returncode == 2
    assert "'yesterday' is not a day" in refused.stderr


@pytest.mark.parametrize(
    ("printed", "as_of", "verdict"),
    [
        ("364.79", None, "basis_difference"),
        ("364.79", "2026-10-26", "confirmed"),
        ("364.79", OCTOBER, "basis_difference"),
        ("364.89", None, "confirmed"),
        ("364.89", "2026-10-26", "contradicted"),
    ],
)
def test_claim_that_was_right_when_printed_is_not_contradicted_after_a_revision(
    past: Past, printed: str, as_of: str | None, verdict: str
) -> None:
    with releases.connect(releases.current_release(past.home / "current")) as connection:
        record = records.read(connection, date.fromisoformat(as_of) if as_of else None)
    found = judge(record, reading.parse_line(f"imports 2019-06 {printed} HKD bn"))
    assert found.outcome == verdict
    if verdict == "basis_difference":
        assert found.basis == "earlier_vintage"
        assert "Until 2026-10-26 the record had imports in June 2019 at HK$364.794 bn" in found.sentence

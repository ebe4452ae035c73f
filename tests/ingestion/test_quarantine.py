"""A quarantined payload counts as refused everywhere, until that is undone; nothing is deleted from the archive."""

import json
from pathlib import Path
from typing import Any

import pytest

from orchestration.archive import Archive, ArchiveError
from orchestration.ingestion import archive_listing, load, quarantine
from orchestration.parsing import failures
from orchestration.settings import Settings
from orchestration.warehouse import build_file
from testing.commands import call_entrepot
from testing.lake_files import APRIL, MARCH, Lake, row, write_csv
from tests.defs.automation.test_new_vintages_sensor import liquidity

ABOUT = {"source": "hkma", "dataset": "interbank_liquidity", "licence": "", "url": "https://x", "part": "offset=0"}
CURRENT = "select payload_sha256, is_current from raw.archive__payloads order by 1"

REFUSE = "update raw.archive__loads set refusal = $why, content = null, same_as = null, rows = 0"


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(home=tmp_path / "home")


def store(settings: Settings, *payloads: bytes) -> list[str]:
    return [Archive.of(settings).store(payload, **ABOUT).sha256 for payload in payloads]


def loaded(settings: Settings) -> dict[str, bool]:
    """Load what the archive has; return the payloads that were ever current, and True for those that are."""
    with build_file.hold(settings, "a load"):
        load.fetch_and_load(settings, Archive.of(settings), [])
    with build_file.connect(settings) as connection:
        return dict(connection.execute(CURRENT).fetchall())


def states(settings: Settings) -> dict[str, str]:
    return {each["sha256"]: each["state"] for each in archive_listing.listed(settings)}


def test_payload_before_a_quarantined_one_is_current_again_until_that_is_undone(settings: Settings) -> None:
    first, second = store(settings, liquidity(58646), liquidity(58700))
    assert loaded(settings) == {second: True}
    assert states(settings) == {first: "superseded", second: "current"}
    assert quarantine.quarantine(settings, second[:10], "the HKMA withdrew it") == [second]
    assert loaded(settings) == {first: True}
    assert states(settings) == {first: "current", second: "quarantined"}
    [reason] = [each["reason"] for each in archive_listing.listed(settings) if each["sha256"] == second]
    assert reason == "quarantined: the HKMA withdrew it"
    assert len(Archive.of(settings).read("hkma", "interbank_liquidity", second)) > 0
    assert quarantine.undo(settings, second) == [second]
    assert loaded(settings) == {second: True}


def test_file_for_a_table_of_a_newer_version_is_listed_as_not_loaded(settings: Settings) -> None:
    about = {**ABOUT, "source": "files", "dataset": "table_of_tomorrow"}
    stored = Archive.of(settings).store(b"one", **about)
    assert states(settings) == {stored.sha256: "not loaded"}


def test_build_of_the_past_leaves_a_quarantined_payload_out(settings: Settings) -> None:
    first, second = store(settings, liquidity(58646), liquidity(58700))
    until = list(Archive.of(settings).sightings())[-1].retrieved_at
    quarantine.quarantine(settings, second, None)
    past = [seen.sha256 for seen in Archive.of(settings, until=until).sightings() if not seen.problem]
    assert past == [first]


def test_payloads_with_the_same_rows_are_quarantined_too_and_later_ones_are_refused(settings: Settings) -> None:
    good, bad, twin = store(settings, liquidity(58646), liquidity(1), liquidity(1, elapsed="0.64 secs"))
    assert loaded(settings) == {bad: True}
    assert quarantine.quarantine(settings, twin, "wrong") == [twin, bad]
    [later] = store(settings, liquidity(1, elapsed="0.65 secs"))
    assert loaded(settings) == {good: True}
    assert states(settings) == {good: "current", bad: "quarantined", twin: "quarantined", later: "refused"}
    assert sorted(quarantine.undo(settings, twin)) == sorted([twin, bad])
    assert loaded(settings) == {bad: True}
    assert states(settings)[later] == "current"


def refused_by_its_parser(settings: Settings, why: str) -> str:
    """Store a payload that the next build does not parse, because its parser failed before; return its hash."""
    [sha256] = store(settings, liquidity(58646))
    loaded(settings)
    with build_file.connect(settings) as connection:
        connection.execute(REFUSE, {"why": failures.sentence(Exception(why), settings)})
        connection.execute("delete from raw.hkma__interbank_liquidity")
    assert loaded(settings) == {}
    return sha256


def test_undo_makes_the_next_build_parse_a_refused_payload_again(settings: Settings) -> None:
    sha256 = refused_by_its_parser(settings, "was killed by signal 9 (SIGKILL)")
    assert quarantine.undo(settings, sha256) == []
    assert loaded(settings) == {sha256: True}


def test_parser_failure_is_tried_again_only_within_other_limits(settings: Settings) -> None:
    sha256 = refused_by_its_parser(settings, "needed more than 2 GB of memory")
    assert loaded(settings.model_copy(update={"parser_memory_limit": "4GB"})) == {sha256: True}


def test_prefix_must_be_of_one_payload(settings: Settings) -> None:
    hashes = store(settings, *(liquidity(number) for number in range(1, 40)))
    with pytest.raises(ArchiveError, match=r"no payload .* begins with 'xyz'"):
        quarantine.quarantine(settings, "xyz", None)
    initials = [sha256[0] for sha256 in hashes]
    twice = next(initial for initial in initials if initials.count(initial) > 1)
    with pytest.raises(ArchiveError, match=f"payloads have a hash that begins with '{twice}'"):
        quarantine.quarantine(settings, twice, None)
    quarantine.quarantine(settings, hashes[0], None)
    with pytest.raises(ArchiveError, match="is quarantined already: set aside by a user"):
        quarantine.quarantine(settings, hashes[0], None)


def test_archive_at_a_url_has_quarantines(object_store_url: str, tmp_path: Path) -> None:
    settings = Settings(home=tmp_path, archive=object_store_url)
    first, second = store(settings, liquidity(58646), liquidity(58700))
    quarantine.quarantine(settings, second, "wrong")
    assert loaded(settings) == {first: True}
    quarantine.undo(settings, second)
    assert loaded(settings) == {second: True}


def test_commands_list_and_quarantine(settings: Settings) -> None:
    first, second = store(settings, liquidity(58646), liquidity(58700))
    loaded(settings)
    done = call_entrepot(settings.home, "archive", "quarantine", second[:12], "--reason", "[red]wrong:100:")
    assert (done.returncode, done.stdout) == (0, f"{second} is quarantined\nrun `entrepot build` to leave it out\n")
    listed: list[dict[str, Any]] = json.loads(call_entrepot(settings.home, "archive", "list", "--json").stdout)
    assert [(each["sha256"], each["state"]) for each in listed] == [(first, "superseded"), (second, "quarantined")]
    shown = call_entrepot(settings.home, "archive", "list", "--state", "quarantined").stdout
    assert f"{second[:12]}   quarantined   hkma" in shown
    assert "[red]wrong:100:" in shown
    assert call_entrepot(settings.home, "archive", "quarantine", "nothing").returncode == 1
    assert call_entrepot(settings.home, "archive", "quarantine", second, "--undo").returncode == 0


def values(lake: Lake) -> list[tuple[Any, ...]]:
    return lake.rows("month", "value::double")


def test_quarantined_file_of_detail_leaves_the_lake_and_comes_back_at_its_place(tmp_path: Path) -> None:
    lake = Lake(tmp_path)
    months = {"1": (MARCH, APRIL), "2": (MARCH,), "3": (APRIL,)}
    seen = [
        lake.add_file(write_csv(tmp_path / f"{value}.csv", [row(month=month, value=value) for month in of_file]))
        for value, of_file in months.items()
    ]
    lake.import_files()
    assert values(lake) == [(MARCH, 2.0), (APRIL, 3.0)]
    lake.archive.quarantine(seen[1].sha256, "wrong")
    assert lake.import_files() == []
    assert values(lake) == [(MARCH, 1.0), (APRIL, 3.0)]
    lake.archive.quarantine(seen[0].sha256, "wrong")
    lake.import_files()
    assert values(lake) == [(APRIL, 3.0)]
    lake.archive.quarantine(seen[0].sha256, "", undo=True)
    lake.import_files()
    assert values(lake) == [(MARCH, 1.0), (APRIL, 3.0)]
    lake.archive.quarantine(seen[1].sha256, "", undo=True)
    lake.import_files()
    assert values(lake) == [(MARCH, 2.0), (APRIL, 3.0)]

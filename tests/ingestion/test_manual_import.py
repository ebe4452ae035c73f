"""A publisher's file from disk is archived if it parses as its dataset, and refused otherwise."""

import json
from datetime import UTC, datetime
from pathlib import Path

import duckdb
import pytest
from filelock import FileLock

from orchestration.archive import Archive
from orchestration.ingestion import load, manual_import
from orchestration.settings import Settings, get_settings
from orchestration.sources import csd, unsd
from orchestration.sources.connector import Request
from orchestration.sources.registry import SOURCES
from testing.commands import call_entrepot, run_entrepot
from testing.replay.unsd import synthetic_tables
from testing.replay.workbook import synthetic_price_sheet, workbook

TABLES = synthetic_tables()


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(home=tmp_path / "home")


@pytest.fixture
def table(tmp_path: Path) -> Path:
    path = tmp_path / "HS2022 to HS2017.xlsx"
    path.write_bytes(TABLES["HS2022toHS2017"])
    return path


def test_import_archives_file_under_its_name(settings: Settings, table: Path) -> None:
    before = datetime.now(UTC)
    imported = manual_import.import_file(settings, "unsd", "HS2022toHS2017", table)
    archive = Archive(settings.archive_dir)
    [seen] = archive.sightings()
    assert (imported.rows, imported.is_new, imported.sha256) == (5_000, True, seen.sha256)
    assert archive.read("unsd", "HS2022toHS2017", seen.sha256) == table.read_bytes()
    assert (seen.url, seen.part, seen.licence) == ("file:HS2022 to HS2017.xlsx", "", unsd.SOURCE.licence)
    assert (seen.status, seen.problem, seen.headers, seen.published_on) == (None, None, {}, None)
    assert seen.retrieved_at >= before


def test_second_import_of_same_file_adds_a_sighting_and_no_payload(settings: Settings, table: Path) -> None:
    first, again = (manual_import.import_file(settings, "unsd", "HS2022toHS2017", table) for _ in range(2))
    assert (first.is_new, again.is_new) == (True, False)
    assert len(list(Archive(settings.archive_dir).sightings())) == 2
    assert len(list((settings.home / "archive" / "unsd" / "HS2022toHS2017").iterdir())) == 1


def test_imported_file_is_loaded_without_live_sources(
    settings: Settings, table: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    manual_import.import_file(settings, "unsd", "HS2022toHS2017", table)
    monkeypatch.setenv("ENTREPOT_HOME", str(settings.home))
    get_settings.cache_clear()
    try:
        tables = load.fetch_and_load(get_settings(), Archive.of(get_settings()), []).tables
    finally:
        monkeypatch.undo()
        get_settings.cache_clear()
    assert (tables["unsd__correlations"].rows, tables["unsd__correlations"].rows_added) == (5_000, 5_000)
    with duckdb.connect(str(settings.build_file), read_only=True) as connection:
        current = "select url, is_current from raw.archive__payloads where source = 'unsd'"
        assert connection.execute(current).fetchall() == [("file:HS2022 to HS2017.xlsx", True)]


@pytest.mark.hostile
@pytest.mark.parametrize(
    ("source", "dataset", "message"),
    [
        (
            "unsd",
            "HS2017toHS2012",
            "unsd: sheet 'Correlation HS2022toHS2017', row 2: the headings are hs2022, hs2017",
        ),
        ("unsd", "HS2017toBEC4", "is not a valid HS2017toBEC4 of unsd: "),
        ("world_bank", "pink_sheet", "is not a valid pink_sheet of world_bank: no sheet is named 'Monthly Prices'"),
        ("csd", "410-50001", "is not a valid 410-50001 of csd: "),
        ("unsd", "HS2022", "unsd has no dataset 'HS2022' to import; it has HS2022toHS2017, HS2017toHS2012"),
        ("world_bank", "page", "world_bank has no dataset 'page' to import; it has pink_sheet"),
        (
            "idds",
            "gold",
            "idds: its answers are parts, and a file does not say which; files can be imported for csd, w",
        ),
        (
            "record",
            "trade_totals_monthly",
            "record: its files are read from ENTREPOT_FIGURES_DIR; files can be imported for csd, world_bank",
        ),
    ],
)
def test_wrong_file_is_refused_and_not_archived(
    settings: Settings, table: Path, source: str, dataset: str, message: str
) -> None:
    with pytest.raises(manual_import.ImportRefused) as refused:
        manual_import.import_file(settings, source, dataset, table)
    assert message in str(refused.value)
    assert not (settings.home / "archive").exists()


@pytest.mark.hostile
def test_too_large_file_is_refused(settings: Settings, table: Path) -> None:
    with pytest.raises(manual_import.ImportRefused, match=r"HS2022 to HS2017.xlsx has [0-9,]+ bytes; at most 1,000"):
        manual_import.import_file(
            settings.model_copy(update={"http_max_bytes": 1_000}), "unsd", "HS2022toHS2017", table
        )


def test_pink_sheet_can_be_imported(settings: Settings, tmp_path: Path) -> None:
    path = tmp_path / "CMO.xlsx"
    path.write_bytes(workbook(synthetic_price_sheet()))
    assert manual_import.import_file(settings, "world_bank", "pink_sheet", path).rows > 1_000


def test_imported_file_has_archive_part_of_its_request() -> None:
    for question in csd.requests_of("https://www.censtatd.gov.hk", "410-50001"):
        assert csd.SOURCE.importable[question.dataset] == question.archive_part
    assert csd.SOURCE.importable["410-50001"] == "full_series=1&id=410-50001&lang=en"
    for name in ("unsd", "world_bank"):
        assert set(SOURCES[name].importable.values()) == {Request("any", "https://example.org").archive_part}


def test_import_command_reports_rows_as_text_and_json(settings: Settings, table: Path) -> None:
    shown = run_entrepot(settings.home, "import", "unsd", "HS2022toHS2017", str(table))
    assert (shown.returncode, shown.stdout) == (0, "HS2022 to HS2017.xlsx: 5,000 rows of unsd HS2022toHS2017\n")
    imported = json.loads(call_entrepot(settings.home, "import", "unsd", "HS2022toHS2017", str(table), "--json").stdout)
    assert (imported["rows"], imported["is_new"]) == (5_000, False)


def test_import_command_fails_with_message_and_exit_code(settings: Settings, table: Path) -> None:
    wrong = call_entrepot(settings.home, "import", "unsd", "HS2022toSITC4", str(table))
    assert wrong.returncode == 1
    assert wrong.stderr.startswith("error HS2022 to HS2017.xlsx is not a valid HS2022toSITC4 of unsd: ")
    missing = call_entrepot(settings.home, "import", "unsd", "HS2022toSITC4", "/nowhere/table.xlsx")
    assert missing.returncode == 2
    assert "/nowhere/table.xlsx" in missing.stderr


def test_import_fails_while_a_run_holds_the_warehouse(settings: Settings, table: Path) -> None:
    settings.lock_file.parent.mkdir(parents=True)
    with FileLock(settings.lock_file):
        held = call_entrepot(settings.home, "import", "unsd", "HS2022toHS2017", str(table))
    assert held.returncode == 3
    assert "another run holds the warehouse" in held.stderr
    assert not (settings.home / "archive").exists()

"""Raw tables of live sources after a load: their rows, and the data version that shows whether anything is new."""

from pathlib import Path

import pytest

from orchestration.archive import Archive
from orchestration.defs import raw_table_events
from orchestration.ingestion import load
from orchestration.ingestion.fetch import FetchResult
from orchestration.settings import Settings
from orchestration.warehouse import build_file
from tests.defs.automation.test_new_vintages_sensor import liquidity


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(home=tmp_path / "home")


def loaded(settings: Settings, payload: bytes, part: str = "offset=0") -> load.TableLoad:
    """Archive an answer of the HKMA, load it, and return its raw table."""
    about = {"source": "hkma", "dataset": "interbank_liquidity", "licence": "", "url": "https://x"}
    Archive(settings.archive_dir).store(payload, part=part, **about)
    with build_file.hold(settings, "a load"):
        tables = load.fetch_and_load(settings, Archive.of(settings), []).tables
    return tables["hkma__interbank_liquidity"]


def test_data_version_depends_on_current_payloads_only(settings: Settings) -> None:
    first, other, back = (loaded(settings, liquidity(balance)) for balance in (58646, 58700, 58646))
    assert (first.rows, other.rows, back.rows) == (1, 2, 2)
    assert (first.rows_added, other.rows_added, back.rows_added) == (1, 1, 0)
    assert first.version == back.version != other.version


def test_other_bytes_with_the_same_rows_keep_the_data_version(settings: Settings) -> None:
    first, again = loaded(settings, liquidity(58646)), loaded(settings, liquidity(58646, elapsed="0.64 secs"))
    assert (again.version, again.rows) == (first.version, 1)


def test_another_part_changes_the_data_version(settings: Settings) -> None:
    first, another = loaded(settings, liquidity(58646)), loaded(settings, liquidity(60000), part="offset=1000")
    assert first.version != another.version


def test_only_sources_with_new_vintages_have_news_events() -> None:
    fetched = {"csd": FetchResult("csd", requests=20, new_vintages=0), "hkma": FetchResult("hkma", new_vintages=3)}
    assert [event.asset_key.path for event in raw_table_events.news(fetched)] == [["publishers", "hkma"]]

"""The claims on the dashboard: verdicts with sign, word and colour, wrapped sentences, and markup shown as text."""

import shutil
from collections.abc import Callable, Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any

import duckdb
import pytest

from orchestration import releases
from orchestration.claims.verdicts import WORST_FIRST, Outcome
from orchestration.settings import Settings
from testing import superset_ui
from testing.dagster_ui import CHROMIUM, browser
from testing.release_builds import publish_build
from testing.report_marts import HOSTILE
from tests.serving.superset.client import Client

pytestmark = [pytest.mark.superset, pytest.mark.timeout(120)]

CHART = "Claims of the press, held against the record"
SHOWN = {outcome.label: outcome for outcome in Outcome}


@pytest.fixture(scope="module")
def page(superset: Client, require: Callable[[bool, str], None]) -> Iterator[Any]:
    require(CHROMIUM.exists(), f"there is no browser at {CHROMIUM}; install chromium")
    with browser(1400, 1800) as page:
        page.set_default_timeout(60_000)
        superset_ui.sign_in(page, superset.address, superset.home)
        yield page


def open_table(page: Any, superset: Client) -> Any:
    """Open the table of claims alone, with all claims on one page, and return its rows."""
    [chart] = [each["id"] for each in superset.listed("chart") if each["slice_name"] == CHART]
    page.goto(f"{superset.address}/explore/?slice_id={chart}&standalone=1")
    page.locator("td").first.wait_for()
    page.get_by_label("entries per page").first.click()
    page.get_by_title("50", exact=True).click()
    rows = page.locator("tbody tr")
    rows.nth(37).wait_for()
    return rows


@pytest.fixture(scope="module")
def rows(page: Any, superset: Client) -> Any:
    return open_table(page, superset)


def test_each_verdict_has_its_own_sign_word_and_colour(rows: Any) -> None:
    cells = rows.locator("td:nth-child(2)").evaluate_all(
        "all => all.map(cell => [cell.innerText.trim(), getComputedStyle(cell).backgroundColor])"
    )
    colours = {text: {colour for shown, colour in cells if shown == text} for text, _ in cells}
    assert set(colours) == set(SHOWN)
    assert all(len(each) == 1 for each in colours.values())
    assert len({colour for each in colours.values() for colour in each}) == len(Outcome)


def test_wrong_claims_come_first(rows: Any) -> None:
    shown = rows.locator("td:nth-child(2)").all_inner_texts()
    ranks = [WORST_FIRST.index(SHOWN[text.strip()]) for text in shown]
    assert len(ranks) == 38
    assert all(before <= after for before, after in pairwise(ranks))


def test_long_sentence_is_shown_whole(rows: Any) -> None:
    boxes = rows.locator("td:nth-child(7)").evaluate_all(
        "all => all.map(cell => [cell.scrollWidth - cell.clientWidth, cell.clientHeight, cell.innerText.length])"
    )
    assert max(length for *_, length in boxes) > 300
    assert all(hidden <= 1 for hidden, *_ in boxes)
    assert all(height > 60 for _, height, length in boxes if length > 300)


def test_markup_in_a_claim_is_shown_and_does_not_run(page: Any, superset: Client, tmp_path: Path) -> None:
    settings = Settings(home=superset.home)
    dialogs: list[str] = []
    page.on("dialog", lambda dialog: dialogs.append(dialog.message))
    publish_hostile_claims(settings, Path(shutil.copy(settings.build_file, tmp_path)))
    try:
        cells = open_table(page, superset).first.locator("td")
        # Superset removes what could be executed, and shows the rest as text.
        assert sum("<img src>=HYPERLINK" in text for text in cells.all_inner_texts()) == 4
        assert cells.locator("*").count() == 0
        assert dialogs == []
    finally:
        releases.rollback(settings.releases_dir, settings.current)


def publish_hostile_claims(settings: Settings, build_file: Path) -> None:
    with duckdb.connect(str(build_file)) as build:
        columns = ", ".join(f"{name} = $1" for name in ("claim", "diagnosis", "sentence", "source_url"))
        build.execute(f"update marts.fct_claim_verdicts set {columns}", [HOSTILE])
    assert publish_build(build_file, settings.home, keep=9).is_new

"""The Dagster UI in a real browser: one click materialises everything, and checks are shown green or red."""

import re
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from orchestration import releases
from orchestration.releases import headline
from orchestration.settings import FIGURES_DIR
from testing import dagster_ui

pytestmark = [pytest.mark.xdist_group("ui"), pytest.mark.timeout(300)]

BALANCE = "marts/fct_trade_balance_monthly"
CLAIMS = "marts/fct_claim_verdicts"
CLAIM = "claim_c001"


@dataclass(frozen=True)
class Ui:
    """The UI of an initially empty home, after a click on "Materialize all"."""

    home: Path
    figures: Path
    address: str
    page: Any
    outcome: str

    @property
    def release(self) -> releases.Release:
        return releases.current_release(self.home / "current")


@pytest.fixture(scope="module")
def ui(tmp_path_factory: pytest.TempPathFactory, require: Callable[[bool, str], None]) -> Iterator[Ui]:
    require(dagster_ui.CHROMIUM.exists(), f"there is no browser at {dagster_ui.CHROMIUM}; install chromium")
    home = tmp_path_factory.mktemp("home")
    figures = Path(shutil.copytree(FIGURES_DIR, tmp_path_factory.mktemp("record") / "figures"))
    with dagster_ui.serve(home, ENTREPOT_FIGURES_DIR=str(figures)) as address, dagster_ui.browser() as page:
        page.set_default_timeout(60_000)
        dagster_ui.open_lineage(page, address)
        for layer in ("raw", "reference", "staging", "intermediate", "marts", "release"):
            page.locator("foreignObject").get_by_text(layer, exact=True).first.wait_for(state="attached")
        yield Ui(home, figures, address, page, outcome=dagster_ui.materialize_all(page))


def test_materialize_all_builds_an_empty_home_and_publishes(ui: Ui) -> None:
    assert ui.outcome == "Success"
    assert ui.release.rows["marts.fct_trade_balance_monthly"] > 100


def test_passing_check_is_green_with_its_sentence(ui: Ui) -> None:
    dagster_ui.open_check(ui.page, ui.address, CLAIMS, CLAIM)
    ui.page.get_by_text("Passed", exact=True).wait_for()
    ui.page.get_by_text(re.compile("^confirmed: The record has the trade deficit in March 2026 at ")).wait_for()
    assert ui.page.get_by_text("Succeeded", exact=True).count() > 8  # those of the list that are in view
    assert ui.page.get_by_text("Failed", exact=True).count() == 0


def test_settled_wrong_claim_passes_with_diagnosis_and_link_to_its_page(ui: Ui) -> None:
    dagster_ui.open_check(ui.page, ui.address, CLAIMS, "claim_c023")
    ui.page.get_by_text("Passed", exact=True).wait_for()
    ui.page.get_by_text(re.compile("^mislabelled: The record has imports in January 2026 at US")).wait_for()
    ui.page.get_by_text("currency: HKD, not USD", exact=True).wait_for()
    links = ui.page.locator("a[href*='fx.co']").evaluate_all("all => all.map(link => link.href)")
    assert set(links) == {"https://www.fx.co/cn/forex-news/2916428"}
    assert ui.page.get_by_text("settled as mislabelled").count() == 1


def test_release_asset_shows_headline_figures_and_chart(ui: Ui) -> None:
    with releases.connect(ui.release) as connection:
        figures = headline.read(connection)
    ui.page.goto(f"{ui.address}/assets/release")
    for shown in (figures.month, *(figure for _, figure in figures.rows()), f"{sum(ui.release.rows.values()):,}"):
        ui.page.get_by_text(shown, exact=True).first.wait_for()
    ui.page.get_by_text("[Show Markdown]").click()
    chart = ui.page.get_by_role("img", name="Balance by month")
    chart.wait_for()
    assert chart.bounding_box()["width"] > 600


def test_report_asset_shows_preview_and_path_of_its_file(ui: Ui) -> None:
    ui.page.goto(f"{ui.address}/assets/report")
    ui.page.get_by_text(str(ui.home / "current" / "report.html"), exact=True).first.wait_for()
    ui.page.get_by_text(str(ui.home / "current" / "data-dictionary.html"), exact=True).first.wait_for()
    ui.page.get_by_text("[Show Markdown]").click()
    ui.page.get_by_role("img", name="Balance by month").wait_for()
    ui.page.get_by_role("cell", name="Total exports").wait_for()


def test_asset_shows_description_owner_rows_and_code(ui: Ui) -> None:
    ui.page.goto(f"{ui.address}/assets/{BALANCE}")
    for shown in (
        re.compile("^Exports, imports and their balance for every month"),
        re.compile("has_late_corrections"),
        "trade",
        "dbt",
        "DuckDB",
        "layer: marts",
        f"{ui.release.rows['marts.fct_trade_balance_monthly']:,}",
    ):
        ui.page.get_by_text(shown, exact=isinstance(shown, str)).first.wait_for()
    ui.page.locator("a[href*='models/marts/balance/fct_trade_balance_monthly.sql']").wait_for()


def test_failing_check_is_red_with_its_reason_and_nothing_is_published(ui: Ui) -> None:
    before = ui.release.id
    totals = ui.figures / "trade_totals_monthly.csv"
    totals.write_text(totals.read_text().replace("2026-03,imports,707484", "2026-03,imports,708484"))
    dagster_ui.open_lineage(ui.page, ui.address)
    assert dagster_ui.materialize_all(ui.page) == "Failure"
    dagster_ui.open_check(ui.page, ui.address, CLAIMS, CLAIM)
    ui.page.get_by_text(
        "contradicted: The record has the trade deficit in March 2026 at HK$90.083 bn (worked out from official"
        " figures); the claim's HK$89.1 bn is HK$0.983 bn below that."
    ).wait_for()
    assert ui.page.get_by_text("Failed", exact=True).count() >= 2  # in the list and as the evaluation's result
    assert ui.release.id == before

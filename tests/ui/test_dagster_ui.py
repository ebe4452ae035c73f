"""The Dagster UI in a real browser: everything is materialised with a click, and checks are seen green or red."""

import re
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from benchmarks import dagster_ui
from orchestration.warehouse import releases

pytestmark = [pytest.mark.xdist_group("ui"), pytest.mark.timeout(300)]


@pytest.fixture(autouse=True)
def chromium(require: Callable[[bool, str], None]) -> None:
    require(dagster_ui.CHROMIUM.exists(), f"there is no browser at {dagster_ui.CHROMIUM}; install chromium")


@pytest.fixture
def empty_home(tmp_path: Path) -> Path:
    home = tmp_path / "home"
    home.mkdir()
    return home


@pytest.fixture
def page() -> Iterator[Any]:
    with dagster_ui.browser() as opened:
        yield opened


def test_materialize_all_succeeds_from_nothing_and_publishes(empty_home: Path, page: Any) -> None:
    with dagster_ui.serve(empty_home) as address:
        dagster_ui.open_lineage(page, address)
        for layer in ("raw", "reference", "staging", "intermediate", "marts", "release"):
            assert page.get_by_text(layer, exact=True).count() >= 1
        outcome, _ = dagster_ui.materialize_all(page)
        assert outcome == "Success"
        assert releases.current_release(empty_home / "current").rows["marts.fct_trade_balance_monthly"] > 100
        page.goto(f"{address}/assets/marts/fct_trade_balance_monthly?view=checks")
        page.get_by_text("claim_c001").first.click(timeout=30_000)
        page.get_by_text(re.compile("^confirmed: ")).first.wait_for()
        page.goto(f"{address}/assets/release")
        page.get_by_role("img", name="balance").wait_for()
        page.get_by_text("August 2026").first.wait_for()


def test_a_failing_check_is_seen_red_with_its_reason_and_nothing_is_published(
    built_home: Path, figures: Path, tmp_path: Path, page: Any
) -> None:
    home = Path(shutil.copytree(built_home, tmp_path / "home", symlinks=True))
    totals = figures / "trade_totals_monthly.csv"
    totals.write_text(totals.read_text().replace("2026-03,imports,707484", "2026-03,imports,708484"))
    before = releases.current_release(home / "current").id
    with dagster_ui.serve(home, ENTREPOT_FIGURES_DIR=str(figures)) as address:
        dagster_ui.open_lineage(page, address)
        outcome, _ = dagster_ui.materialize_all(page)
        assert outcome == "Failure"
        page.goto(f"{address}/assets/marts/fct_trade_balance_monthly?view=checks")
        page.get_by_text("claim_c001").first.click(timeout=30_000)
        page.get_by_text(re.compile("^contradicted: ")).first.wait_for()
    assert releases.current_release(home / "current").id == before

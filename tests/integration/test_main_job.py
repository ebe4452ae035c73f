"""The main job as its users run it: from published figures to a release, or to a clear refusal that changes nothing."""

import json
import shutil
from decimal import Decimal
from pathlib import Path

import pytest

from orchestration import releases
from orchestration.settings import Settings
from testing.commands import call_entrepot, run_entrepot
from testing.homes import revise


def row(settings: Settings, query: str) -> tuple[object, ...]:
    with releases.connect(releases.current_release(settings.current)) as connection:
        found = connection.execute(query).fetchall()
    assert len(found) == 1, found
    return tuple(found[0])


def test_march_2026_has_the_largest_deficit_of_the_record(built: Settings) -> None:
    assert row(
        built,
        "select total_exports_hkd_mn, imports_hkd_mn, balance_hkd_mn, round(imports_yoy_pct, 1),"
        " round(exports_yoy_pct, 1), deficit_rank, round(deficit_pct_of_imports, 1)"
        " from marts.fct_trade_balance_monthly where month = '2026-03-01'",
    ) == (Decimal(618401), Decimal(707484), Decimal(-89083), 41.2, 35.8, 1, 12.6)


def test_first_quarter_2026_has_the_published_total_beside_the_sum_of_months(built: Settings) -> None:
    query = (
        "select max(balance_hkd_mn) filter (basis = 'sum_of_months'), max(balance_hkd_mn) filter (basis = 'published'),"
        " any_value(late_corrections_balance_hkd_mn) from marts.fct_trade_balance_period where period_label = '2026-Q1'"
    )
    assert row(built, query) == (Decimal(-167329), Decimal(-168400), Decimal(-1071))


def test_year_2025_has_the_published_total_beside_the_sum_of_months(built: Settings) -> None:
    query = (
        "select max(balance_hkd_mn) filter (basis = 'sum_of_months'), max(balance_hkd_mn) filter (basis = 'published')"
        " from marts.fct_trade_balance_period where period_label = '2025'"
    )
    assert row(built, query) == (Decimal(-443273), Decimal(-446600))


def test_changed_figure_makes_a_revision_and_a_new_release(revised_home: Path) -> None:
    assert len(releases.list_releases(revised_home / "releases")) == 2
    difference = json.loads(call_entrepot(revised_home, "releases", "diff", "--json").stdout)
    changed = {table["table"]: table for table in difference["tables"]}
    assert changed["marts.fct_revisions"]["rows_added"] == 1
    assert changed["marts.fct_trade_balance_monthly"]["rows_changed"] >= 1


@pytest.mark.slow
def test_lost_build_file_is_rebuilt_with_its_history_to_the_same_release(
    revised_home: Path, figures: Path, tmp_path: Path
) -> None:
    home = Path(shutil.copytree(revised_home, tmp_path / "home", symlinks=True))
    before = releases.current_release(home / "current").id
    shutil.rmtree(home / "build")
    revise(figures)
    again = run_entrepot(home, "build", "--json", ENTREPOT_FIGURES_DIR=str(figures))
    assert again.returncode == 0, again.stderr
    assert json.loads(again.stdout)["new"] is False
    assert releases.current_release(home / "current").id == before


@pytest.mark.slow
def test_failing_check_publishes_nothing_and_is_named(home: Path, figures: Path) -> None:
    path = figures / "trade_totals_monthly.csv"
    path.write_text(path.read_text().replace("2026-03,imports,707484", "2026-03,imports,708484"))
    before = releases.current_release(home / "current").id
    refused = run_entrepot(home, "build", ENTREPOT_FIGURES_DIR=str(figures))
    assert refused.returncode == 1
    assert "claim_c001" in refused.stderr
    assert releases.current_release(home / "current").id == before

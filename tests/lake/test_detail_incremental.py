"""An incremental build of the detail rebuilds what changed, leaves the rest, and equals a full build."""

from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import duckdb
import pytest

from orchestration.dbt import build, unchanged_views, worker
from orchestration.settings import Settings
from orchestration.warehouse import build_log
from orchestration.warehouse import contents as build_contents
from testing.detail_home import PAIRS, DetailHome, imports_row

pytestmark = pytest.mark.xdist_group("detail")

BY_MONTH = (
    "intermediate.int_detail_goods",
    "intermediate.int_detail_groups",
    "intermediate.int_detail_member_months",
    "intermediate.int_ai_goods",
    "marts.fct_trade_by_chapter_and_partner_monthly",
)
AGGREGATES = "marts.fct_trade_aggregates"
KEPT = (*BY_MONTH, AGGREGATES)
Stages = dict[str, DetailHome]


def rows(home: DetailHome, table: str) -> list[tuple[Any, ...]]:
    """Return the rows of a table in the order in which they were written, each after its month or period."""
    of = "period_label" if table == AGGREGATES else "strftime(month, '%Y-%m')"
    return home.rows(f"select {of}, * from {table} order by rowid")


def contents(home: DetailHome) -> dict[str, list[tuple[Any, ...]]]:
    """Return every row of the incremental models."""
    return {table: home.rows(f"select * from {table} order by all") for table in KEPT}


def touched(before: DetailHome, after: DetailHome) -> dict[str, set[str]]:
    """Return the months and periods whose rows were written again: they come after all unchanged rows."""
    found = {}
    for table in KEPT:
        old, new = rows(before, table), rows(after, table)
        rest, left = iter(old), 0
        while left < len(new) and new[left] in rest:
            left += 1
        found[table] = {row[0] for row in [*new[left:], *(set(old) - set(new))]}
    return found


def refreshed(home: DetailHome, to: Path) -> DetailHome:
    again = home.copy(to)
    again.build("--full-refresh")
    return again


@pytest.fixture(scope="module")
def stages(detail: DetailHome, tmp_path_factory: pytest.TempPathFactory) -> Stages:
    """The home before and after a build with a new month, a revised month, and rows of an absent month."""
    months = detail.copy(tmp_path_factory.mktemp("stages") / "months")
    for table in KEPT:
        label = "'1999-01' as period_label" if table == AGGREGATES else "date '1999-01-01' as month"
        months.execute(f"insert into {table} select * replace ({label}) from {table} limit 1")
    with duckdb.connect(str(months.settings.build_file)) as connection:  # as if a build had left them
        for label, content in build_contents.read(connection, "warehouse").items():
            record = "update build_log.contents set content = $content where label = $label"
            connection.execute(record, {"content": content, "label": label})
    months.import_rows("July 2026", [imports_row("2026-07", "854231", "156", 7_000)])
    months.import_rows("February 2025 again", [imports_row("2025-02", "010121", "156", 150)])
    months.build()
    return {"before": detail, "months": months}


@pytest.fixture(scope="module")
def rates(stages: Stages, tmp_path_factory: pytest.TempPathFactory) -> DetailHome:
    home = stages["months"].copy(tmp_path_factory.mktemp("rates") / "home")
    home.execute("update marts.fct_hkd_peg_monthly set hkd_per_usd = 7.75 where month = '2025-06-01'")
    home.execute("""
        insert into marts.fct_hkd_peg_monthly
        select * replace (date '1979-01-01' as month) from marts.fct_hkd_peg_monthly where month = '2025-06-01'
    """)
    home.build()
    return home


@pytest.fixture(scope="module")
def bridged(stages: Stages, tmp_path_factory: pytest.TempPathFactory) -> DetailHome:
    """A home with a correlation table that no longer assigns the shared code to the last of its three successors."""
    home = stages["months"].copy(tmp_path_factory.mktemp("bridged") / "home")
    home.set_correlations({**PAIRS, ("HS2022", "HS2017"): PAIRS["HS2022", "HS2017"][:-1]})
    home.build()
    return home


@pytest.mark.slow
def test_build_without_changes_writes_no_row(detail: DetailHome, tmp_path: Path) -> None:
    same = detail.copy(tmp_path / "same")
    same.build()
    assert touched(detail, same) == {table: set() for table in KEPT}


@pytest.mark.slow
def test_new_and_revised_months_rewrite_their_rows_and_the_periods_that_use_them(stages: Stages) -> None:
    changed = touched(stages["before"], stages["months"])
    for table in BY_MONTH:
        of_ai_goods = table == "intermediate.int_ai_goods"
        assert changed[table] == ({"2026-07"} if of_ai_goods else {"2025-02", "2026-07"}), table
    assert changed[AGGREGATES] == {"2025-02", "2025-Q1", "2026-02", "2026-Q1", "2026-07"}


@pytest.mark.slow
def test_revised_month_changes_its_own_and_the_next_years_figures(stages: Stages) -> None:
    query = f"""
        select period_label, value_hkd_mn::double, yoy_pct from {AGGREGATES}
        where classification = 'total' and flow = 'imports' and period_label in ('2025-02', '2026-02') order by 1
    """
    assert stages["before"].rows(query) == [("2025-02", 0.1, None), ("2026-02", 0.2, pytest.approx(100))]
    assert stages["months"].rows(query) == [("2025-02", 0.15, None), ("2026-02", 0.2, pytest.approx(100 / 3))]


@pytest.mark.slow
def test_older_vintage_of_a_revised_month_is_in_the_history(stages: Stages) -> None:
    query = """
        select value::double, known_until is null, is_served from marts.fct_trade_detail_history
        where month = '2025-02-01' order by known_until nulls last
    """
    assert stages["months"].rows(query) == [(100_000.0, False, False), (150_000.0, True, True)]


@pytest.mark.slow
def test_incremental_build_equals_a_full_build(stages: Stages, tmp_path: Path) -> None:
    assert contents(refreshed(stages["months"], tmp_path / "again")) == contents(stages["months"])


@pytest.mark.slow
def test_rows_of_a_month_or_period_that_is_not_held_are_deleted(stages: Stages) -> None:
    for table in KEPT:
        assert not [row for row in rows(stages["months"], table) if row[0] == "1999-01"], table


@pytest.mark.slow
def test_changed_rate_rewrites_months_in_dollars_and_adds_those_without_a_rate_before(
    stages: Stages, rates: DetailHome
) -> None:
    changed = touched(stages["months"], rates)
    assert {table: changed[table] for table in BY_MONTH} == {table: {"2025-06", "1979-01"} for table in BY_MONTH}
    assert changed[AGGREGATES] == {"2025-06", "2026-06", "1979-01"}
    totals = rates.rows(
        f"select value_hkd_mn::double from {AGGREGATES} where classification = 'total'"
        " and period_label in ('2025-06', '1979-01')"
    )
    assert totals == [(7.75,), (7.75,)]


@pytest.mark.slow
def test_changed_correlation_table_rewrites_every_month(stages: Stages, bridged: DetailHome) -> None:
    changed = touched(stages["months"], bridged)
    for table in ("intermediate.int_detail_goods", AGGREGATES):
        assert changed[table] == {row[0] for row in rows(bridged, table)}
    headings = bridged.rows(
        f"select member_code, value_hkd_mn::double from {AGGREGATES}"
        " where classification = 'hs_heading' and period_label = '2026-01' and member_code like '5%' order by 1"
    )
    assert headings == [("5100", 50.0), ("5200", 50.001)]


@pytest.mark.slow
def test_incremental_build_after_a_changed_table_equals_a_full_build(bridged: DetailHome, tmp_path: Path) -> None:
    assert contents(refreshed(bridged, tmp_path / "again")) == contents(bridged)


def test_other_version_of_a_model_and_a_changed_table_keep_no_piece(detail: DetailHome, tmp_path: Path) -> None:
    right, home = contents(detail), detail.copy(tmp_path / "home")
    home.build()  # records what it has, under the version of the project
    for table in KEPT:  # what another version of the model would have made of unchanged pieces
        amount = "value_hkd_mn" if "marts" in table else "value_hkd_k"
        home.execute(f"update {table} set {amount} = {amount} + 1")
        home.execute(f"update build_log.contents set code = 'another' where label = '{table}'")
    home.build()
    assert contents(home) == right
    home.execute(f"update {AGGREGATES} set value_hkd_mn = value_hkd_mn + 1")  # by something else, after a build
    home.build()
    assert contents(home) == right


def test_changed_project_is_built_with_full_refresh(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    runs: list[tuple[Any, ...]] = []

    def run(context: Any, settings: Any, selected: Any = None, flags: Any = ()) -> Iterator[Any]:
        runs.append((selected, flags))
        return iter(())

    monkeypatch.setattr(build, "run", run)
    monkeypatch.setattr(build, "manifest", lambda _: {"nodes": {}})
    monkeypatch.setattr(unchanged_views, "remember", lambda *_: None)
    monkeypatch.setattr(unchanged_views, "is_lake_empty", lambda _: False)
    monkeypatch.setattr(worker, "fingerprint", lambda: "the project")
    for is_unchanged, is_subset in ((True, False), (False, False), (False, True)):
        monkeypatch.setattr(unchanged_views, "are_unchanged", lambda *_, known=is_unchanged: known)
        monkeypatch.setattr(build, "_left", lambda *_: set())
        monkeypatch.setattr(build_log, "still_built", lambda *_: None)
        context = SimpleNamespace(is_subset=is_subset, selected_asset_keys=(), selected_asset_check_keys=())
        list(build.build(context, Settings(home=tmp_path)))  # type: ignore[arg-type]
    assert runs == [(build.ALL_BUT_VIEWS, ()), (None, ("--full-refresh",)), (("--select",), ())]

"""A build works out what its months, rates and tables changed, leaves all else as it was, and comes to the same."""

from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from orchestration.dbt import build, unchanged_views, worker
from orchestration.settings import Settings
from testing.detail_home import PAIRS, DetailHome, said

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
    """Return the rows of a table in the order in which they were written, each behind its month or period."""
    of = "period_label" if table == AGGREGATES else "strftime(month, '%Y-%m')"
    return home.rows(f"select {of}, * from {table} order by rowid")


def contents(home: DetailHome) -> dict[str, list[tuple[Any, ...]]]:
    """Return every row of the models that keep what they have."""
    return {table: home.rows(f"select * from {table} order by all") for table in KEPT}


def touched(before: DetailHome, after: DetailHome) -> dict[str, set[str]]:
    """Return the months and periods whose rows were written again: those stand behind all that were left."""
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
    """The home as it was, and with two months changed."""
    months = detail.copy(tmp_path_factory.mktemp("stages") / "months")
    months.give("July 2026", [said("2026-07", "854231", "156", 7_000)])
    months.give("February 2025 again", [said("2025-02", "010121", "156", 150)])
    months.build()
    return {"before": detail, "months": months}


@pytest.fixture(scope="module")
def rates(stages: Stages, tmp_path_factory: pytest.TempPathFactory) -> DetailHome:
    home = stages["months"].copy(tmp_path_factory.mktemp("rates") / "home")
    home.execute("update marts.fct_hkd_peg_monthly set hkd_per_usd = 7.75 where month = '2025-06-01'")
    home.execute("""
        insert into marts.fct_hkd_peg_monthly
        select * replace (date '2031-01-01' as month) from marts.fct_hkd_peg_monthly where month = '2025-06-01'
    """)
    home.build()
    return home


@pytest.fixture(scope="module")
def bridged(stages: Stages, tmp_path_factory: pytest.TempPathFactory) -> DetailHome:
    """With a table that no longer gives the shared code to the last of its three."""
    home = stages["months"].copy(tmp_path_factory.mktemp("bridged") / "home")
    home.correlate({**PAIRS, ("HS2022", "HS2017"): PAIRS["HS2022", "HS2017"][:-1]})
    home.build()
    return home


@pytest.mark.soak
def test_a_build_with_nothing_new_writes_no_row_again(detail: DetailHome, tmp_path: Path) -> None:
    same = detail.copy(tmp_path / "same")
    same.build()
    assert touched(detail, same) == {table: set() for table in KEPT}


def test_a_new_and_a_revised_month_touch_their_rows_and_the_periods_that_look_at_them(stages: Stages) -> None:
    changed = touched(stages["before"], stages["months"])
    for table in BY_MONTH:
        of_ai_goods = table == "intermediate.int_ai_goods"
        assert changed[table] == ({"2026-07"} if of_ai_goods else {"2025-02", "2026-07"}), table
    assert changed[AGGREGATES] == {"2025-02", "2025-Q1", "2026-02", "2026-Q1", "2026-07"}


def test_what_a_revised_month_says_is_in_its_own_and_the_next_years_figures(stages: Stages) -> None:
    query = f"""
        select period_label, value_hkd_mn::double, yoy_pct from {AGGREGATES}
        where classification = 'total' and flow = 'imports' and period_label in ('2025-02', '2026-02') order by 1
    """
    assert stages["before"].rows(query) == [("2025-02", 0.1, None), ("2026-02", 0.2, pytest.approx(100))]
    assert stages["months"].rows(query) == [("2025-02", 0.15, None), ("2026-02", 0.2, pytest.approx(100 / 3))]


def test_the_older_vintage_of_a_revised_month_is_in_the_history(stages: Stages) -> None:
    query = """
        select value::double, known_until is null, is_served from marts.fct_trade_detail_history
        where month = '2025-02-01' order by known_until nulls last
    """
    assert stages["months"].rows(query) == [(100_000.0, False, False), (150_000.0, True, True)]


def test_a_build_of_what_changed_comes_to_the_same_as_a_build_of_all(stages: Stages, tmp_path: Path) -> None:
    assert contents(refreshed(stages["months"], tmp_path / "again")) == contents(stages["months"])


def test_what_is_of_no_month_and_no_period_goes(detail: DetailHome, tmp_path: Path) -> None:
    home = detail.copy(tmp_path / "home")
    for table in KEPT:
        label = "'1999-01' as period_label" if table == AGGREGATES else "date '1999-01-01' as month"
        home.execute(f"insert into {table} select * replace ({label}) from {table} limit 1")
    home.build()
    assert contents(home) == contents(detail)


@pytest.mark.soak
def test_a_changed_rate_touches_the_months_in_dollars_and_wakes_those_that_waited(
    stages: Stages, rates: DetailHome
) -> None:
    changed = touched(stages["months"], rates)
    assert {table: changed[table] for table in BY_MONTH} == {table: {"2025-06", "2031-01"} for table in BY_MONTH}
    assert changed[AGGREGATES] == {"2025-06", "2026-06", "2031-01"}
    totals = rates.rows(
        f"select value_hkd_mn::double from {AGGREGATES} where classification = 'total'"
        " and period_label in ('2025-06', '2031-01')"
    )
    assert totals == [(7.75,), (7.75,)]


@pytest.mark.soak
def test_a_changed_correlation_table_works_out_every_month_anew(stages: Stages, bridged: DetailHome) -> None:
    changed = touched(stages["months"], bridged)
    for table in ("intermediate.int_detail_goods", AGGREGATES):
        assert changed[table] == {row[0] for row in rows(bridged, table)}
    headings = bridged.rows(
        f"select member_code, value_hkd_mn::double from {AGGREGATES}"
        " where classification = 'hs_heading' and period_label = '2026-01' and member_code like '5%' order by 1"
    )
    assert headings == [("5100", 50.0), ("5200", 50.001)]


@pytest.mark.soak
def test_with_another_table_too_it_comes_to_the_same(bridged: DetailHome, tmp_path: Path) -> None:
    assert contents(refreshed(bridged, tmp_path / "again")) == contents(bridged)


def test_another_version_of_the_project_builds_all_anew(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    asked: list[tuple[Any, ...]] = []

    def run(context: Any, settings: Any, selection: Any = None, how: Any = None, flags: Any = ()) -> Iterator[Any]:
        asked.append((selection, flags))
        return iter(())

    monkeypatch.setattr(build, "run", run)
    monkeypatch.setattr(build, "project", lambda _: SimpleNamespace(manifest_path=None))
    monkeypatch.setattr(build, "manifest", lambda _: {"nodes": {}})
    monkeypatch.setattr(unchanged_views, "remember", lambda *_: None)
    monkeypatch.setattr(unchanged_views, "is_lake_empty", lambda _: False)
    monkeypatch.setattr(worker, "fingerprint", lambda: "the project")
    for is_unchanged, is_subset in ((True, False), (False, False), (False, True)):
        monkeypatch.setattr(unchanged_views, "are_unchanged", lambda *_, known=is_unchanged: known)
        list(build.build(SimpleNamespace(is_subset=is_subset), Settings(home=tmp_path)))  # type: ignore[arg-type]
    assert asked == [(build.ALL_BUT_VIEWS, ()), (None, ("--full-refresh",)), (None, ())]

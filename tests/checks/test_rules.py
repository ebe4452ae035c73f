"""The rules: true data pass, each fault is found and named with what to do."""

from collections.abc import Iterator

import duckdb
import pytest

from orchestration.checks import rules
from orchestration.checks.finding import DomainRule, listed
from orchestration.settings import Settings
from testing.tiny_marts import PRESS, TinyMarts


def yearly_balances(**published: int) -> TinyMarts:
    """Years that sum to a deficit of 400,000 on exports of 4,000,000, beside published balances to HK$0.1 bn."""
    marts = TinyMarts()
    for year, balance in published.items():
        marts.months(year.strip("y"), 4_000_000, 4_400_000)
        marts.observe("balance", year.strip("y"), balance, rounding_unit=100, url=PRESS)
    return marts


def test_usual_late_corrections_pass_with_their_numbers() -> None:
    marts = yearly_balances(y2021=-404_500, y2022=-406_000, y2023=-403_000, y2024=-401_500)
    finding = rules.late_corrections_within_envelope(marts.connection)
    assert finding.passed
    assert "2024, by -1,500 HK$ mn, 0.036 % of exports" in finding.sentence
    assert "by 0.149 % at most (2022), which allows 0.223 %" in finding.sentence


def test_cumulative_figure_far_from_its_months_fails() -> None:
    marts = yearly_balances(y2021=-404_000, y2022=-406_000, y2023=-403_000, y2024=-412_000)
    finding = rules.late_corrections_within_envelope(marts.connection)
    assert (finding.passed, finding.severity) == (False, "error")
    assert finding.sentence.startswith("2024 balance: -412,000 HK$ mn published, -12,000 from the sum of its months")
    assert PRESS in finding.sentence
    assert "trade_totals_cumulative.csv" in finding.sentence


def test_widest_year_is_not_judged_by_itself() -> None:
    wide = yearly_balances(y2021=-401_000, y2022=-401_000, y2023=-406_000, y2024=-401_000)
    assert not rules.late_corrections_within_envelope(wide.connection).passed


def test_rounding_to_ten_billion_is_not_a_late_correction() -> None:
    marts = yearly_balances(y2021=-404_000, y2022=-406_000, y2023=-403_000)
    marts.months("2024", 4_000_000, 4_400_000)
    marts.observe("balance", "2024", -410_000, rounding_unit=10_000, url=PRESS)
    assert rules.late_corrections_within_envelope(marts.connection).passed


def test_too_few_periods_are_a_warning() -> None:
    finding = rules.late_corrections_within_envelope(yearly_balances(y2024=-401_500).connection)
    assert (finding.passed, finding.severity) == (False, "warn")


@pytest.mark.parametrize(("balance", "passes"), [(-16_008, True), (-16_007, True), (-16_006, False), (16_008, False)])
def test_published_balance_in_millions_may_differ_by_one(balance: int, passes: bool) -> None:
    marts = TinyMarts()
    marts.month("2025-04", 434_464, 450_472)
    marts.observe("balance", "2025-04", balance)
    assert rules.balance_equals_exports_less_imports(marts.connection).passed is passes


@pytest.mark.parametrize(("balance", "passes"), [(-63_300, True), (-63_200, True), (-63_100, True), (-63_000, False)])
def test_rounded_figures_may_differ_by_three_roundings(balance: int, passes: bool) -> None:
    marts = TinyMarts()
    for series, value in (("total_exports", 512_800), ("imports", 576_000), ("balance", balance)):
        marts.observe(series, "2025-12", value, rounding_unit=100, url=PRESS)
    finding = rules.balance_equals_exports_less_imports(marts.connection)
    assert finding.passed is passes
    problem = "2025-12: exports less imports is -63,200 HK$ mn, the published balance -63,000"
    assert (problem in finding.sentence) is not passes


def merchandise_2018() -> TinyMarts:
    marts = TinyMarts()
    marts.observe("imports", "2018", 4_721_399)
    marts.group("776", 1_000_000)
    marts.group("others", 3_721_398.667)
    return marts


def test_groups_that_add_up_to_the_total_exclude_gold() -> None:
    assert rules.gold_outside_merchandise_totals(merchandise_2018().connection).passed


def test_gold_added_to_one_side_is_found() -> None:
    marts = merchandise_2018()
    marts.group("885", 124_000)
    finding = rules.gold_outside_merchandise_totals(marts.connection)
    assert not finding.passed
    assert "2018 imports: the SITC groups add up to 4,845,399 HK$ mn" in finding.sentence
    assert "keep gold in fct_gold_trade" in finding.sentence


@pytest.mark.parametrize("code", ["971", "71081210", "7108"])
def test_gold_code_among_the_categories_is_found(code: str) -> None:
    marts = merchandise_2018()
    marts.group(code, 0, name="Gold")
    finding = rules.gold_outside_merchandise_totals(marts.connection)
    assert not finding.passed
    assert f"category {code} (Gold) of sitc_group is gold" in finding.sentence


def test_monthly_level_that_includes_gold_is_found() -> None:
    marts = merchandise_2018()
    marts.month("2026-07", 672_500, 677_400)
    marts.gold("2026-07", "imports", 15_967)
    assert rules.gold_outside_merchandise_totals(marts.connection).passed
    marts.connection.execute("update marts.fct_trade_balance_monthly set imports_hkd_mn = imports_hkd_mn + 124540")
    finding = rules.gold_outside_merchandise_totals(marts.connection)
    assert not finding.passed
    assert "2026-07 imports: 801,940 HK$ mn served, 677,400 published without gold" in finding.sentence


@pytest.mark.parametrize(
    ("rate", "passes"), [(7.75, True), (7.7497, True), (7.8498, True), (7.748, False), (0.1278, False)]
)
def test_peg_is_checked_to_a_thousandth(rate: float, passes: bool) -> None:
    marts = TinyMarts()
    marts.exchange_rate("2026-03", rate)
    finding = rules.peg_within_band(marts.connection)
    assert finding.passed is passes
    assert passes or f"2026-03: {rate}" in finding.sentence


def test_rates_before_the_band_are_not_checked() -> None:
    marts = TinyMarts()
    marts.exchange_rate("1983-09", 8.0)
    marts.exchange_rate("2026-03", 7.8268)
    assert rules.peg_within_band(marts.connection).passed


def test_long_list_of_problems_is_cut_and_counted() -> None:
    assert listed([f"p{number}" for number in range(7)]) == "p0; p1; p2; p3; p4; and 2 more"


@pytest.fixture(scope="module")
def warehouse(built: Settings) -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect(str(built.current / "warehouse.duckdb"), read_only=True) as connection:
        yield connection


@pytest.mark.parametrize(
    "rule",
    [
        rules.late_corrections_within_envelope,
        rules.balance_equals_exports_less_imports,
        rules.gold_outside_merchandise_totals,
        rules.peg_within_band,
    ],
)
def test_embedded_record_passes_every_rule(warehouse: duckdb.DuckDBPyConnection, rule: DomainRule) -> None:
    finding = rule(warehouse)
    assert finding.passed, finding.sentence

"""The figures of a record: those of the marts, and rules shown on tiny records."""

from decimal import Decimal

import duckdb
import pytest

from orchestration import periods
from orchestration.claims import metrics
from orchestration.claims.figures import figures
from orchestration.claims.record import Record
from testing.tiny_record import TinyRecord

COLUMNS = {
    "exports": "total_exports_hkd_mn",
    "imports": "imports_hkd_mn",
    "trade_deficit": "-balance_hkd_mn",
    "imports_yoy": "imports_yoy_pct",
    "exports_yoy": "exports_yoy_pct",
    "deficit_pct_of_imports": "deficit_pct_of_imports",
}
MONTHLY = {**COLUMNS, "imports_mom": "imports_mom_pct", "exports_mom": "exports_mom_pct"}


def figures_of(record: Record, metric: str, label: str) -> list[tuple[str, Decimal]]:
    return [(each.basis, each.value) for each in figures(record, metrics.parse(metric), periods.parse(label))]


@pytest.mark.parametrize(("metric", "column"), MONTHLY.items())
def test_record_has_every_figure_of_the_monthly_mart(
    warehouse: duckdb.DuckDBPyConnection, released: Record, metric: str, column: str
) -> None:
    rows = warehouse.execute(
        f"select strftime(month, '%Y-%m'), {column} from marts.fct_trade_balance_monthly where {column} is not null"
    ).fetchall()
    missing = [
        (label, value)
        for label, value in rows
        if not any(abs(float(found) - float(value)) < 1e-6 for _, found in figures_of(released, metric, label))
    ]
    assert len(rows) > 90
    assert missing == []


@pytest.mark.parametrize(("metric", "column"), COLUMNS.items())
def test_record_has_every_figure_of_the_period_mart_on_its_basis(
    warehouse: duckdb.DuckDBPyConnection, released: Record, metric: str, column: str
) -> None:
    rows = warehouse.execute(
        f"select period_label, basis, {column} from marts.fct_trade_balance_period"
        f" where {column} is not null and frequency <> 'month'"
    ).fetchall()
    missing = [
        (label, basis, value)
        for label, basis, value in rows
        if not any(
            found_basis == basis and abs(float(found) - float(value)) < 1e-6
            for found_basis, found in figures_of(released, metric, label)
        )
    ]
    assert len(rows) > 100
    assert missing == []


def test_printed_levels_come_before_computed_ones() -> None:
    tiny = TinyRecord().month("2025-04", 434_464, 450_472).add("balance", "2025-04", -16_007)
    assert figures_of(tiny.record, "trade_deficit", "2025-04") == [
        ("published", Decimal(16_007)),
        ("published", Decimal(16_008)),
    ]


def test_total_exports_are_computed_if_not_printed() -> None:
    tiny = TinyRecord().add("domestic_exports", "2006-08", 11_893).add("re_exports", "2006-08", 197_307)
    assert figures_of(tiny.record, "exports", "2006-08") == [("published", Decimal(209_200))]


def test_period_with_a_missing_month_has_no_sum() -> None:
    tiny = TinyRecord().add("imports", "2026-01", 534_659).add("imports", "2026-03", 707_484)
    assert figures_of(tiny.record, "imports", "2026-Q1") == []


def test_price_is_averaged_over_months() -> None:
    tiny = TinyRecord()
    for label, price in (("2026-01", 4_700), ("2026-02", 5_000), ("2026-03", 4_850)):
        tiny.add("gold_price", label, price)
    [figure] = figures(tiny.record, metrics.parse("gold_price"), periods.parse("2026-Q1"), "USD")
    assert (figure.basis, figure.value) == ("average_of_months", Decimal(4_850))


def test_growth_is_not_computed_from_levels_in_whole_billions() -> None:
    tiny = TinyRecord().add("imports", "2015-01", 319_000, unit=1_000).add("imports", "2016-01", 300_000, unit=1_000)
    assert figures_of(tiny.record, "imports_yoy", "2016-01") == []


def test_share_has_the_sign_of_the_deficit() -> None:
    tiny = TinyRecord().month("2025-01", 408_000, 406_000).add("deficit_pct_of_imports", "2025-01", "0.5", unit="0.1")
    assert [value < 0 for _, value in figures_of(tiny.record, "deficit_pct_of_imports", "2025-01")] == [True, True]


def test_contribution_is_a_change_in_percent_of_the_whole_a_year_earlier() -> None:
    member = ("partner", "704")
    tiny = TinyRecord().add("total_exports", "2024", 4_000_000)
    for label, value in (("2024", 100_000), ("2025", 140_000)):
        tiny.add("partner_value", label, value, member=member, flow="total_exports")
    [figure] = figures(tiny.record, metrics.parse("partner_exports_contribution"), periods.parse("2025"), "HKD", member)
    assert figure.value == 1


def test_growth_of_a_partner_needs_levels_of_one_source() -> None:
    def growth(source: str) -> int:
        member = ("partner", "704")
        tiny = TinyRecord().add("partner_value", "2024", 100_000, member=member, flow="total_exports")
        tiny.add("partner_value", "2025", 140_000, member=member, flow="total_exports", source=source)
        return len(figures(tiny.record, metrics.parse("partner_exports_yoy"), periods.parse("2025"), "HKD", member))

    assert (growth("source"), growth("another")) == (1, 0)


def test_gold_of_trade_idds_is_the_sum_of_its_subheadings() -> None:
    """`int_gold_observations` writes partner and HS code with a space between; `fct_gold_trade` prefers the sum."""
    tiny = TinyRecord().rate("2026-07", 7.8)
    tiny.add("gold_value", "2026-07", 90, member=("gold_partner", "757"), flow="imports")
    for code, kg, hkd_mn in (("710812", 900, 780), ("710813", 100, 78)):
        tiny.add("gold_weight", "2026-07", kg, member=("gold_partner_hs6", f"757 {code}"), flow="imports")
        tiny.add("gold_value_hkd", "2026-07", hkd_mn, member=("gold_partner_hs6", f"757 {code}"), flow="imports")
    tiny.add("gold_weight", "2026-07", 5_000, member=("gold_partner_hs6", "0 710812"), flow="imports")

    def levels(metric: str, currency: str, code: str) -> list[Decimal]:
        found = figures(tiny.record, metrics.parse(metric), periods.parse("2026-07"), currency, ("partner", code))
        return [round(each.value, 9) for each in found]

    assert levels("gold_imports_weight", "", "757") == [1_000]
    assert levels("gold_imports_weight", "", "0") == [5_000]
    assert levels("gold_imports", "USD", "757") == [110, 90]
    assert levels("gold_imports", "HKD", "757") == [858, 702]

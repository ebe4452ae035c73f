"""Sources held against each other: what agrees passes, what differs is listed, and nothing is gated."""

from typing import Any

import duckdb
import pytest

from orchestration.checks import reconciliation
from testing.tiny_marts import TinyMarts


def observe(marts: TinyMarts, connector: str, series: str, value: float, **more: Any) -> None:
    row = {
        "series": series,
        "flow": "imports",
        "period_label": "2026-07",
        "period_start": "2026-07-01",
        "value": value,
        "unit": "hkd_mn",
        "rounding_unit": 1,
        "source_id": f"synthetic_{connector}",
        "connector": connector,
        "selection_order": 1,
        "selection_rank": 1,
        "is_usable": True,
        "is_served": True,
        **more,
    }
    names, places = ", ".join(row), ", ".join("?" for _ in row)
    marts.connection.execute(f"insert into marts.fct_observations ({names}) values ({places})", list(row.values()))


@pytest.mark.parametrize(("live", "step", "agrees"), [(102_450, 100, True), (102_551, 100, False), (102_502, 1, False)])
def test_live_figure_is_compared_with_the_record_at_the_coarser_precision(
    live: float, step: float, agrees: bool
) -> None:
    marts = TinyMarts()
    observe(marts, "record", "imports", 102_500, rounding_unit=step)
    observe(marts, "csd", "imports", live)
    finding = reconciliation.live_agrees_with_record(marts.connection)
    assert (finding.passed, finding.severity) == ((True, "warn") if agrees else (False, "warn"))
    assert finding.figures["figures_compared"] == 1
    if not agrees:
        assert f"2026-07 imports (imports, total): {live:,}" in finding.sentence


def gold(kg: float, hkd_mn: float, other_kg: float, usd_mn: float) -> duckdb.DuckDBPyConnection:
    marts = TinyMarts()
    marts.connection.execute("insert into marts.fct_hkd_peg_monthly values ('2026-07-01', 7.8)")
    of_idds = {"classification": "gold_partner_hs6", "member_code": "0 710812"}
    of_comtrade = {"classification": "gold_partner", "member_code": "0"}
    observe(marts, "idds", "gold_weight", kg, **of_idds)
    observe(marts, "idds", "gold_value_hkd", hkd_mn, **of_idds)
    # Monetary gold is not reported to Comtrade, so it is not held against it.
    observe(marts, "idds", "gold_weight", 5_000, classification="gold_partner_hs6", member_code="0 710820")
    observe(marts, "comtrade", "gold_weight", other_kg, **of_comtrade)
    observe(marts, "comtrade", "gold_value", usd_mn, **of_comtrade)
    return marts.connection


def test_gold_of_idds_and_comtrade_agrees_within_one_and_two_percent() -> None:
    finding = reconciliation.idds_gold_agrees_with_comtrade(gold(100_900, 7_950, 100_000, 1_000))
    assert finding.passed
    assert finding.figures["months_and_flows_compared"] == 1


@pytest.mark.parametrize(("kg", "hkd_mn"), [(101_100, 7_800), (100_000, 7_970), (100, 7_800)])
def test_gold_that_differs_by_more_is_a_warning(kg: float, hkd_mn: float) -> None:
    finding = reconciliation.idds_gold_agrees_with_comtrade(gold(kg, hkd_mn, 100_000, 1_000))
    assert (finding.passed, finding.severity) == (False, "warn")
    assert f"2026-07 imports: {kg:,.0f} kg against 100,000" in finding.sentence


@pytest.mark.parametrize(("gap", "passes"), [(-9.9, True), (10.1, False), (-10.1, False)])
def test_implied_gold_price_is_near_the_market(gap: float, passes: bool) -> None:
    marts = TinyMarts()
    columns = "period_label, period_start, flow, partner_code, implied_usd_per_troy_oz, price_gap_pct, source_id"
    marts.connection.execute(
        f"insert into marts.fct_gold_trade ({columns})"
        f" values ('2026-07', '2026-07-01', 'imports', '0', 4200, {gap}, 'synthetic')"
    )
    finding = reconciliation.implied_gold_price_near_market(marts.connection)
    assert (finding.passed, finding.severity) == ((True, "warn") if passes else (False, "warn"))

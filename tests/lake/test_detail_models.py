"""The detail models on a tiny lake: every expected figure is computed manually from the rows in detail_home.py."""

from decimal import Decimal

import pytest

from testing.detail_home import DetailHome

pytestmark = pytest.mark.xdist_group("detail")

HKD = "from marts.fct_trade_aggregates where flow = 'imports' and "


def bridge(detail: DetailHome, edition: str, code: str, classification: str = "hs_heading") -> list[tuple[str, ...]]:
    return detail.rows(
        "select member_code, share_from::varchar, share_to::varchar, basis from intermediate.int_hs_bridge"
        f" where (hs_edition, hs_code, classification) = ('{edition}', '{code}', '{classification}') order by 2"
    )


def value(detail: DetailHome, classification: str, member: str, period: str = "2026-01") -> float:
    [(found,)] = detail.rows(
        f"select value_hkd_mn::double {HKD} (classification, member_code, period_label)"
        f" = ('{classification}', '{member}', '{period}')"
    )
    return float(found)


ZERO, ONE = "0.000000000", "1.000000000"


def test_code_with_one_successor_is_exact(detail: DetailHome) -> None:
    for edition in ("HS2012", "HS2017", "HS2022"):
        assert bridge(detail, edition, "010121") == [("0101", ZERO, ONE, "exact")]
    assert bridge(detail, "HS2022", "010121", "sitc_division") == [("00", ZERO, ONE, "exact")]
    assert bridge(detail, "HS2022", "010121", "bec") == [("41", ZERO, ONE, "exact")]


def test_code_goes_to_the_only_successor_that_converts_back_to_it(detail: DetailHome) -> None:
    assert bridge(detail, "HS2017", "111100") == [("3333", ZERO, ONE, "nearest")]
    assert bridge(detail, "HS2017", "111100", "sitc_division") == [("28", ZERO, ONE, "nearest")]


def test_equal_successors_get_adjacent_shares_from_zero_to_one(detail: DetailHome) -> None:
    assert bridge(detail, "HS2017", "444400") == [
        ("5100", ZERO, "0.333333333", "equal_split"),
        ("5200", "0.333333333", "0.666666666", "equal_split"),
        ("5300", "0.666666666", ONE, "equal_split"),
    ]
    assert bridge(detail, "HS2022", "510000", "sitc_division") == [
        ("26", ZERO, "0.500000000", "equal_split"),
        ("65", "0.500000000", ONE, "equal_split"),
    ]


def test_code_of_hs2012_is_converted_to_hs2022_through_hs2017(detail: DetailHome) -> None:
    assert bridge(detail, "HS2012", "888800") == bridge(detail, "HS2017", "444400")
    assert bridge(detail, "HS2012", "999900") == [
        ("0101", ZERO, "0.500000000", "equal_split"),
        ("5100", "0.500000000", "0.666666667", "equal_split"),
        ("5200", "0.666666667", "0.833333334", "equal_split"),
        ("5300", "0.833333334", ONE, "equal_split"),
    ]


def test_bec_table_with_fewer_categories_is_used(detail: DetailHome) -> None:
    assert bridge(detail, "HS2022", "520000", "bec") == [("61", ZERO, ONE, "exact")]
    assert bridge(detail, "HS2022", "530000", "bec") == [("unclassified", ZERO, ONE, "exact")]


def test_shares_of_every_code_have_no_gap(detail: DetailHome) -> None:
    gaps = """
        select * from (
            select *, lag(share_to, 1, 0) over codes as before, lead(share_from, 1, 1) over codes as after
            from intermediate.int_hs_bridge
            window codes as (partition by hs_edition, hs_code, classification order by share_from)
        ) where share_from <> before or share_to <> after
    """
    assert detail.rows(gaps) == []


def test_rounded_equal_shares_add_up_to_the_whole(detail: DetailHome) -> None:
    parts = [value(detail, "hs_heading", member) for member in ("5100", "5200", "5300")]
    assert parts == [33.333, 33.334, 33.334]
    assert round(sum(parts), 3) == 100.001
    assert [value(detail, "sitc_division", member) for member in ("26", "65", "unclassified")] == [
        16.666,
        50.001,
        33.384,
    ]


def test_every_classification_adds_up_to_the_same_total(detail: DetailHome) -> None:
    sums = detail.rows(
        f"select classification, sum(value_hkd_mn) {HKD} period_label = '2026-01' group by all order by 1"
    )
    names = ("bec", "end_use", "gold_basis", "hs_chapter", "hs_heading", "partner", "region", "sitc_division", "total")
    assert sums == [(name, Decimal("512.051")) for name in names]


def test_unknown_code_keeps_its_heading_and_is_unclassified_elsewhere(detail: DetailHome) -> None:
    assert value(detail, "hs_heading", "9901") == value(detail, "hs_chapter", "99") == 0.05
    assert value(detail, "bec", "unclassified") == pytest.approx(0.05 + 33.334)  # and the third that has no category


def test_gold_basis_separates_gold_and_specie_from_merchandise(detail: DetailHome) -> None:
    assert value(detail, "gold_basis", "gold_and_specie") == 4
    assert value(detail, "gold_basis", "merchandise") == 508.051


def test_end_uses_are_sums_of_categories(detail: DetailHome) -> None:
    assert value(detail, "end_use", "capital_goods") == 400
    assert value(detail, "end_use", "consumer_goods") == 33.334
    assert value(detail, "end_use", "raw_materials_semi_manufactures") == 8 + 4 + 33.333


def test_growth_share_and_contribution_of_a_month(detail: DetailHome) -> None:
    [(change, yoy, share, contribution)] = detail.rows(
        f"select change_hkd_mn::double, yoy_pct, share_pct, contribution_pp {HKD}"
        " (classification, member_code, period_label) = ('hs_chapter', '01', '2026-01')"
    )
    assert (change, yoy) == (200, pytest.approx(100))
    assert share == pytest.approx(100 * 400_000 / 512_051)
    assert contribution == pytest.approx(100 * 200_000 / 210_000)


def test_contributions_add_up_to_the_growth_of_the_total(detail: DetailHome) -> None:
    growth = 100 * (512_051 / 210_000 - 1)
    sums = detail.rows(f"select classification, sum(contribution_pp) {HKD} period_label = '2026-01' group by all")
    assert len(sums) == 9
    assert [each for _, each in sums] == [pytest.approx(growth)] * 9


def test_concentration_and_unit_value(detail: DetailHome) -> None:
    [(hhi, unit_value, weight)] = detail.rows(
        f"select hhi, unit_value_hkd_per_kg, weight_kg::double {HKD}"
        " (classification, member_code, period_label) = ('hs_chapter', '01', '2026-01')"
    )
    assert hhi == pytest.approx(6_250)  # three quarters and one quarter
    assert (unit_value, weight) == (pytest.approx(300_000), 1_000)  # of the row that has a weight
    quarter = f"select hhi, value_hkd_mn::double {HKD} (classification, member_code, period_label)"
    [(hhi, quarter_value)] = detail.rows(f"{quarter} = ('hs_chapter', '01', '2026-Q1')")
    assert quarter_value == 400.8
    assert hhi == pytest.approx(10_000 * (300_200**2 + 100_600**2) / 400_800**2)


def test_shared_out_pct_is_the_share_from_split_codes(detail: DetailHome) -> None:
    shares = detail.rows(
        f"select member_code, shared_out_pct {HKD} classification = 'hs_heading' and period_label = '2026-01'"
        " order by 1"
    )
    assert shares == [("0101", 0), ("5100", 100), ("5200", 100), ("5300", 100), ("7108", 0), ("8542", 0), ("9901", 0)]


def test_periods_need_every_month(detail: DetailHome) -> None:
    labels = detail.rows("select period_label, has_year_before from intermediate.int_detail_periods order by 1")
    assert labels == [
        ("2025-01", False),
        ("2025-02", False),
        ("2025-03", False),
        ("2025-06", False),
        ("2025-07", False),
        ("2025-Q1", False),
        ("2026-01", True),
        ("2026-02", True),
        ("2026-03", True),
        ("2026-06", False),
        ("2026-Q1", True),
    ]


def test_no_growth_between_two_sources(detail: DetailHome) -> None:
    growth = detail.rows(
        f"select period_label, source_id, yoy_pct, change_hkd_mn, contribution_pp {HKD} classification = 'total'"
        " and period_label in ('2025-06', '2026-06') order by 1"
    )
    assert growth == [("2025-06", "un_comtrade", None, None, None), ("2026-06", "csd_trade_idds", None, None, None)]


def test_six_digits_are_preferred_to_two_and_then_csd_to_comtrade(detail: DetailHome) -> None:
    served = detail.rows(
        "select strftime(month, '%Y-%m'), source_id, hs_digits from marts.fct_trade_detail_vintages"
        " where is_served and month in ('2025-06-01', '2025-07-01') order by 1"
    )
    assert served == [("2025-06", "un_comtrade", 6), ("2025-07", "csd_trade_idds", 6)]


def test_dollars_are_converted_at_the_months_rate_and_left_out_without_one(detail: DetailHome) -> None:
    [(rate,)] = detail.rows("select hkd_per_usd::double from marts.fct_hkd_peg_monthly where month = '2025-06-01'")
    assert 7.75 <= rate <= 7.85
    assert value(detail, "total", "all", "2025-06") == round(rate * 1_000) / 1_000
    months = detail.rows("select month from intermediate.int_detail_months where month < '1980-01-01'")
    assert months == []
    vintages = detail.rows("select is_served from marts.fct_trade_detail_vintages where month = '1979-01-01'")
    assert vintages == [(False,)]


def test_ai_goods_are_marked_as_a_proxy_and_counted_once(detail: DetailHome) -> None:
    query = """
        select product_group, partner_code, value_hkd_mn::double, yoy_pct, list
        from marts.fct_ai_enabling_goods_monthly where month = '2026-01-01' and flow = 'imports' order by 1, 2
    """
    assert detail.rows(query) == [
        (group, partner, 8.0, pytest.approx(-20), "proxy")
        for group in ("all", "semiconductors")
        for partner in ("0", "156")
    ]


def test_share_of_ai_goods_is_of_the_published_headline(detail: DetailHome) -> None:
    [(imports, before)] = detail.rows("""
        select
            any_value(imports_hkd_mn::double) filter (month = '2026-01-01'),
            any_value(imports_hkd_mn::double) filter (month = '2025-01-01')
        from marts.fct_trade_balance_monthly
    """)
    [found] = detail.rows("""
        select share_pct, contribution_pp, share_of_growth_pct from marts.fct_ai_enabling_goods_monthly
        where month = '2026-01-01' and flow = 'imports' and product_group = 'all' and partner_code = '0'
    """)
    assert imports == pytest.approx(534_659, abs=1)
    assert found == (
        pytest.approx(100 * 8 / imports),
        pytest.approx(100 * -2 / before),
        pytest.approx(100 * -2 / (imports - before)),
    )


def test_mirror_flows_are_reversed_and_have_both_valuations(detail: DetailHome) -> None:
    [(rate,)] = detail.rows("select hkd_per_usd::double from marts.fct_hkd_peg_monthly where month = '2026-01-01'")
    query = """
        select
            flow, partner_code, hs_code, reported_hkd_mn::double, reported_valuation, mirrored_hkd_mn::double,
            mirrored_valuation, gap_hkd_mn::double, gap_pct
        from marts.fct_trade_mirror_monthly order by 1, 2, 3
    """
    chapter, total, exports, least = (millions * rate for millions in (9, 10, 3, 2))
    assert detail.rows(query) == [
        ("imports", "842", "01", 100, "cif", about(chapter), "fob", *gap(chapter)),
        ("imports", "842", "TOTAL", 100, "cif", about(total), "fob", *gap(total)),
        ("total_exports", "36", "TOTAL", None, "fob", about(least), "fob", None, None),
        ("total_exports", "842", "TOTAL", None, "fob", about(exports), "cif", None, None),
    ]


def about(millions: float) -> object:
    """Return a figure to within the HK$ 1,000 to which it is rounded."""
    return pytest.approx(millions, abs=0.001)


def gap(mirrored: float) -> tuple[object, object]:
    return about(100 - mirrored), pytest.approx(100 * (100 - mirrored) / mirrored, abs=0.01)

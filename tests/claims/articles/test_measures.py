"""What a number measures: levels, growth and its sign, shares, adjusted changes, volumes, records, months in a row."""

from testing.article_reading import proposed, skipped


def test_percent_after_rose_by_is_growth_on_a_year_earlier() -> None:
    assert proposed("Imports rose by 41.2 percent in March 2026.") == ["imports_yoy 2026-03 41.2 pct"]


def test_percent_after_a_fall_is_negative() -> None:
    assert proposed("Total exports dropped 36.7% in January 2023.") == ["exports_yoy 2023-01 -36.7 pct"]
    assert proposed("January 2023 saw a 36.7 per cent fall in exports.") == ["exports_yoy 2023-01 -36.7 pct"]


def test_slowing_growth_is_positive_and_easing_decline_is_negative() -> None:
    assert proposed("Export growth slowed to 14.5 percent in August 2025.") == ["exports_yoy 2025-08 14.5 pct"]
    assert proposed("The decline of exports eased to 3.3 percent in March.") == ["exports_yoy 2026-03 -3.3 pct"]


def test_amount_after_to_is_the_level_and_after_by_the_change() -> None:
    assert proposed("Imports rose 41.2% to HK$707.5 billion in March.") == [
        "imports_yoy 2026-03 41.2 pct",
        "imports 2026-03 707.5 HKD bn",
    ]
    assert proposed("Imports rose by HK$206.6 billion in March.") == ["imports_change 2026-03 206.6 HKD bn"]


def test_amount_right_after_a_verb_is_ambiguous_and_skipped() -> None:
    assert skipped("Imports rose HK$206.6 billion in March.") == [
        ("HK$206.6 billion", "it may be the change or the level")
    ]


def test_percent_of_imports_is_the_deficit_share() -> None:
    text = (
        "A visible trade deficit of HK$50.2 billion, equivalent to 9.8% of the value of imports, was recorded in May."
    )
    assert proposed(text) == ["trade_deficit 2025-05 50.2 HKD bn", "deficit_pct_of_imports 2025-05 9.8 pct"]


def test_month_on_month_applies_to_adjacent_numbers_or_the_whole_sentence() -> None:
    assert proposed("Exports rose 11.9% year-on-year and 4.7% month-on-month in March.") == [
        "exports_yoy 2026-03 11.9 pct",
        "exports_mom 2026-03 4.7 pct",
    ]
    assert proposed("On a month-on-month basis, exports fell 6.4% and imports dropped 11.5% in March.") == [
        "exports_mom 2026-03 -6.4 pct",
        "imports_mom 2026-03 -11.5 pct",
    ]


def test_adjusted_change_is_of_the_three_months_named() -> None:
    text = (
        "Comparing the three-month period ending April 2025 with the preceding three months on a seasonally adjusted"
        " basis, exports increased by 13.8%. Meanwhile, imports increased by 12.6%."
    )
    assert proposed(text) == [
        "exports_sa_change 2025-02..2025-04 13.8 pct",
        "imports_sa_change 2025-02..2025-04 12.6 pct",
    ]


def test_volumes_and_prices_have_their_own_metrics() -> None:
    text = "The volume of exports rose 20.1% in March while import prices were up 5.5%. The terms of trade fell 0.9%."
    assert proposed(text) == [
        "exports_volume_yoy 2026-03 20.1 pct",
        "imports_price_yoy 2026-03 5.5 pct",
        "terms_of_trade_yoy 2026-03 -0.9 pct",
    ]


def test_share_of_exports_belongs_to_the_partner() -> None:
    assert proposed("The mainland accounted for 59.0% of exports in April 2024.") == [
        "partner_exports_share:mainland 2024-04 59.0 pct"
    ]


def test_volumes_of_two_flows_stay_volumes() -> None:
    text = "The volume of exports and imports increased by 32 percent and 24.4 percent respectively in Q1 2021."
    assert proposed(text) == ["exports_volume_yoy 2021-Q1 32 pct", "imports_volume_yoy 2021-Q1 24.4 pct"]
    text = "The volume of exports fell 2.2% in January 2019, while that of imports dropped 7.7%."
    assert proposed(text) == ["exports_volume_yoy 2019-01 -2.2 pct", "imports_volume_yoy 2019-01 -7.7 pct"]


def test_adjusted_changes_of_volumes_or_re_exports_are_skipped() -> None:
    text = "On a seasonally adjusted basis, the volume of exports rose 17.9% in the first quarter of 2021."
    assert skipped(text) == [("17.9%", "the record has adjusted changes of total exports and imports only")]


def test_adjusted_changes_of_one_month_are_skipped() -> None:
    text = "Seasonally adjusted, exports rose 7.9% in November 2016."
    assert skipped(text) == [("7.9%", "the record has adjusted changes of three months and of quarters only")]


def test_worst_performance_is_ambiguous_and_skipped() -> None:
    text = "It was the worst export performance since 1954 in November 2022."
    assert proposed(text) == []


def test_negative_growth_and_widening_decline_are_falls() -> None:
    assert proposed("Exports logged a negative growth of 8.6 percent in 2022.") == ["exports_yoy 2022 -8.6 pct"]
    assert proposed("The decline of exports widened to 28.9% in December 2022.") == ["exports_yoy 2022-12 -28.9 pct"]


def test_largest_since_a_month_is_a_record_of_the_preceding_change() -> None:
    text = "Imports rose 18.9% in May 2025. That marked the largest growth since January last year."
    assert proposed(text) == ["imports_yoy 2025-05 18.9 pct", "imports_yoy_record 2025-05 2024-01 since_month"]


def test_largest_gap_since_1952_is_a_record_of_the_deficit() -> None:
    text = "The trade deficit reached HK$89.1 billion in March, the largest gap since 1952."
    assert proposed(text) == ["trade_deficit 2026-03 89.1 HKD bn", "trade_deficit_record 2026-03 1952 since_year"]


def test_figure_after_lowest_since_a_month_belongs_to_that_month() -> None:
    text = "Imports plunged to HK$316.3 billion in January 2023, the lowest since February 2020's HK$277.1 billion."
    assert proposed(text) == [
        "imports 2023-01 316.3 HKD bn",
        "imports_record 2023-01 2020-02 since_month",
        "imports 2020-02 277.1 HKD bn",
    ]


def test_record_since_records_began_names_their_first_year() -> None:
    text = "Exports fell 36.7% in January 2023, the biggest drop since records began in 1953."
    assert proposed(text) == ["exports_yoy 2023-01 -36.7 pct", "exports_yoy_record 2023-01 1953 since_year"]


def test_record_in_almost_two_years_is_inexact_and_skipped() -> None:
    text = "Exports rose 18.8% in November 2025, the fastest pace in almost two years."
    assert skipped(text) == [("fastest pace in almost two years", "the years are not exact")]


def test_months_in_a_row_are_read_from_words_and_digits() -> None:
    assert proposed("Exports rose for the 21st month in a row in November 2025.") == [
        "exports_yoy_streak 2025-11 21 months"
    ]
    assert proposed("Imports rose for a fourth consecutive month in March.") == ["imports_yoy_streak 2026-03 4 months"]
    assert proposed("Exports climbed 16.1% in September 2025, marking nineteen consecutive months of growth.") == [
        "exports_yoy 2025-09 16.1 pct",
        "exports_yoy_streak 2025-09 19 months",
    ]


def test_approximate_numbers_are_kept_and_bounds_and_ranges_skipped() -> None:
    assert proposed("The deficit was nearly 10% of the value of imports in March.") == [
        "deficit_pct_of_imports 2026-03 10 pct_approx"
    ]
    assert proposed("The trade deficit was almost HK$16 billion in April 2025.") == [
        "trade_deficit 2025-04 16 HKD bn approx"
    ]
    assert skipped("Exports rose more than 35% in March.") == [("35%", "it is a bound, not a figure")]
    assert skipped("Exports rose between 30 and 35% in March.") == [
        ("between 30 and 35%", "it is a range, not a figure")
    ]


def test_expected_figures_are_skipped_but_those_that_beat_them_are_not() -> None:
    text = "In March, economists had expected exports to grow 20 percent."
    assert skipped(text) == [("20 percent", "it was expected, not measured")]
    assert proposed("The 35.8 percent rise in exports in March beat market expectations.") == [
        "exports_yoy 2026-03 35.8 pct"
    ]

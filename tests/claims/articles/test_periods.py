"""The period of a number: months and their years, cumulative periods, comparisons with earlier periods."""

from datetime import date

from testing.article_reading import found, proposed, skipped


def test_month_without_a_year_is_the_latest_before_the_article() -> None:
    assert proposed("Exports rose 26.1% in December.") == ["exports_yoy 2025-12 26.1 pct"]
    assert proposed("Exports rose 35.8% in March.") == ["exports_yoy 2026-03 35.8 pct"]


def test_month_in_an_undated_article_takes_the_year_of_another_month() -> None:
    text = "Exports rose 35.8% in March 2026. In February, they had grown 24.7%. Imports rose 30.6% in December."
    assert proposed(text, None) == [
        "exports_yoy 2026-03 35.8 pct",
        "imports_yoy 2025-12 30.6 pct",
    ]


def test_article_is_dated_by_the_latest_day_at_its_head() -> None:
    text = "A photograph of Oct 5, 2019.\n\nJanuary 28, 2022\n\nIn December, exports rose 24.8 percent."
    assert proposed(text, None) == ["exports_yoy 2021-12 24.8 pct"]


def test_article_without_any_year_proposes_nothing() -> None:
    assert proposed("Exports rose 35.8% in March.", None) == []
    assert skipped("Exports rose 35.8% in March.", None) == [("35.8%", "no period is given")]


def test_last_month_is_the_month_before_the_article() -> None:
    assert proposed("Exports rose 35.8% last month.") == ["exports_yoy 2026-03 35.8 pct"]
    assert proposed("Exports rose 26.1% last month.", date(2026, 1, 27)) == ["exports_yoy 2025-12 26.1 pct"]


def test_day_is_read_from_a_dateline_or_the_address() -> None:
    assert proposed("28 April 2026\n\nExports rose 35.8% in March.", None) == ["exports_yoy 2026-03 35.8 pct"]
    assert proposed("Exports rose 35.8% in March.", None, "https://a.example/2026/04/28/x") == [
        "exports_yoy 2026-03 35.8 pct"
    ]
    assert proposed("Exports rose 35.8% in March.", None, "https://a.example/k2/99999999-x") == []


def test_first_months_quarters_halves_and_years_are_periods() -> None:
    assert proposed("For the first eight months of 2025, exports grew 13.0%.") == [
        "exports_yoy 2025-01..2025-08 13.0 pct"
    ]
    assert proposed("The first-quarter trade deficit was HK$168.4 billion.".replace("-", " ")) == [
        "trade_deficit 2026-Q1 168.4 HKD bn"
    ]
    assert proposed("The deficit for Q1 2026 was HK$168.4 billion.") == ["trade_deficit 2026-Q1 168.4 HKD bn"]
    assert proposed("In the first half of 2025, the deficit was HK$183.6 billion.") == [
        "trade_deficit 2025-H1 183.6 HKD bn"
    ]
    assert proposed("For 2025 as a whole, the trade deficit was HK$446.6 billion.") == [
        "trade_deficit 2025 446.6 HKD bn"
    ]
    assert proposed("From January to May 2026, exports reached HK$2,776.6 billion.") == [
        "exports 2026-01..2026-05 2,776.6 HKD bn"
    ]


def test_number_of_months_in_words_is_read() -> None:
    assert proposed("Exports fell 12% in the first two months of 2020.") == ["exports_yoy 2020-01..2020-02 -12 pct"]


def test_last_year_is_the_year_before_the_article_or_the_base_of_a_comparison() -> None:
    assert proposed("Exports fell 4.1% last year.", date(2020, 1, 30)) == ["exports_yoy 2019 -4.1 pct"]
    assert proposed("The deficit was HK$33.1 billion in August 2024, up from HK$25.9 billion last year.") == [
        "trade_deficit 2024-08 33.1 HKD bn",
        "trade_deficit 2023-08 25.9 HKD bn",
    ]


def test_year_is_named_by_in_over_and_throughout() -> None:
    assert proposed("Throughout 2023, the deficit widened to HK$467.6 billion from HK$395.8 billion.") == [
        "trade_deficit 2023 467.6 HKD bn",
        "trade_deficit 2022 395.8 HKD bn",
    ]
    assert proposed("Over 2015, exports decreased 1.8 percent.") == ["exports_yoy 2015 -1.8 pct"]
    assert proposed("Exports decreased 1.8 percent over 2014 in 2015.") == ["exports_yoy 2015 -1.8 pct"]


def test_year_or_month_before_can_have_its_own_figure() -> None:
    assert proposed(
        "The deficit rose to HK$59.9 billion in December 2023, up from the previous year's HK$51.6 billion."
    ) == [
        "trade_deficit 2023-12 59.9 HKD bn",
        "trade_deficit 2022-12 51.6 HKD bn",
    ]
    assert proposed("The deficit of December 2022 was bigger than November's deficit of HK$27.1 billion.") == [
        "trade_deficit 2022-11 27.1 HKD bn"
    ]


def test_figure_in_brackets_belongs_to_the_month_before_them() -> None:
    assert proposed("Imports fell 4.6% in December 2015, half that in November (8.1%).") == [
        "imports_yoy 2015-12 -4.6 pct",
        "imports_yoy 2015-11 -8.1 pct",
    ]


def test_first_months_without_a_number_are_not_a_period() -> None:
    assert proposed("Exports rose 14.7% in April 2025.\n\nFor the first months of the year, exports grew 11.9%.") == [
        "exports_yoy 2025-04 14.7 pct"
    ]


def test_this_period_is_that_of_the_previous_sentence() -> None:
    text = (
        "Exports grew 13.0% in the first eight months of 2025.\n\nDuring this period, the deficit was HK$243.3 billion."
    )
    assert proposed(text) == ["exports_yoy 2025-01..2025-08 13.0 pct", "trade_deficit 2025-01..2025-08 243.3 HKD bn"]


def test_sentence_without_a_period_takes_the_first_month_of_the_article() -> None:
    text = (
        "Figures for March 2026.\n\nExports rose 35.8%.\n\nFor the first quarter, they rose 32%.\n\nImports rose 41.2%."
    )
    assert proposed(text)[-1] == "imports_yoy 2026-03 41.2 pct"


def test_concurrently_keeps_the_period_in_a_new_paragraph() -> None:
    text = "Exports rose 18.2% in June 2004.\n\nIn the first half of 2004, 15.5%.\n\nConcurrently, imports rose 19%."
    assert proposed(text)[-1] == "imports_yoy 2004-H1 19 pct"


def test_cumulative_period_continues_within_a_paragraph() -> None:
    text = "Exports rose 14.7% in April 2025.\n\nFor the first four months, exports rose 11.9%. Imports rose 11.4%."
    assert proposed(text)[-1] == "imports_yoy 2025-01..2025-04 11.4 pct"


def test_from_and_after_introduce_the_earlier_figure() -> None:
    assert proposed(
        "The deficit fell to HK$35.1 billion in April 2019 from HK$46.9 billion in the same month last year."
    ) == [
        "trade_deficit 2019-04 35.1 HKD bn",
        "trade_deficit 2018-04 46.9 HKD bn",
    ]
    assert proposed("Imports fell 5.5 percent in April 2019, following a 0.1 percent fall in the previous month.") == [
        "imports_yoy 2019-04 -5.5 pct",
        "imports_yoy 2019-03 -0.1 pct",
    ]
    assert proposed("Exports fell 36.7% in January 2023, after dropping 28.9% in December.") == [
        "exports_yoy 2023-01 -36.7 pct",
        "exports_yoy 2022-12 -28.9 pct",
    ]


def test_earlier_figure_without_a_period_is_skipped() -> None:
    text = "The first quarter deficit shrank to HK$143.7 billion from HK$144.9 billion."
    assert skipped(text) == [("HK$144.9 billion", "no period is given for the earlier figure")]


def test_base_of_growth_is_not_its_period() -> None:
    assert proposed("For the first four months of 2025, exports rose 11.9% over the same period in 2024.") == [
        "exports_yoy 2025-01..2025-04 11.9 pct"
    ]
    assert proposed("Comparing April 2025 with April 2024, exports to Asia grew by 20.8%.") == [
        "partner_exports_yoy:Asia 2025-04 20.8 pct"
    ]


def test_days_and_the_words_may_and_march_are_not_months() -> None:
    assert proposed("C&SD released on May 26 that exports rose 14.7% in April 2025.") == [
        "exports_yoy 2025-04 14.7 pct"
    ]
    assert found("Exports may march on.").rows == []

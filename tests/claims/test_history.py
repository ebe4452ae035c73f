"""Records, ranks and streaks: which months were compared, and when that proves nothing."""

from decimal import Decimal

import pytest

from orchestration import periods
from orchestration.claims.history import UNBROKEN_MONTHS
from orchestration.claims.verdicts import Verdict
from testing.tiny_record import TinyRecord


def deficits(sizes: dict[str, int]) -> TinyRecord:
    tiny = TinyRecord()
    for label, size in sizes.items():
        tiny.add("balance", label, -size)
    return tiny


def unbroken(first: str, last: str, size: int) -> dict[str, int]:
    span = periods.Period(periods.parse(first).first_index, periods.parse(last).last_index)
    return {month.label: size for month in span.each_month}


def record_since(tiny: TinyRecord, since: str, period: str = "2026-03", unit: str = "since_year") -> Verdict:
    return tiny.judge("trade_deficit_record", period, since, unit)


def test_record_since_1952_is_confirmed_and_its_gaps_are_named() -> None:
    held = {"2002-02": 2_796} | unbroken("2018-01", "2026-02", 60_000) | {"2026-03": 89_083}
    verdict = record_since(deficits(held), "1952")
    assert (verdict.outcome, verdict.official_value, verdict.difference) == ("confirmed", "1952", Decimal(0))
    assert verdict.sentence == (
        "HK$89.083 bn in March 2026 is the largest deficit of the months held: 100 of the 891 since January 1952,"
        " without a gap since January 2018, which says nothing of the others."
    )


def test_larger_deficit_within_the_span_contradicts_a_record() -> None:
    held = unbroken("2018-01", "2026-02", 60_000) | {"2022-06": 90_000, "2026-03": 89_083}
    verdict = record_since(deficits(held), "1952")
    assert (verdict.outcome, verdict.official_value) == ("contradicted", "2022")
    assert "HK$90.000 bn in June 2022 was at least as large" in verdict.sentence


def test_larger_deficit_before_the_span_does_not_matter() -> None:
    held = {"2017-12": 90_000} | unbroken("2018-01", "2026-02", 60_000) | {"2026-03": 89_083}
    verdict = record_since(deficits(held), "2018")
    assert verdict.outcome == "confirmed"
    assert "all 99 since January 2018, which proves it" in verdict.sentence


def test_since_a_year_excludes_that_year() -> None:
    held = unbroken("2018-01", "2026-02", 60_000) | {"2022-06": 90_000, "2026-03": 89_083}
    assert record_since(deficits(held), "2022").outcome == "confirmed"
    assert record_since(deficits(held), "2021").outcome == "contradicted"


def test_record_with_too_many_gaps_is_unverifiable() -> None:
    held = {"2014-12": 59_300, "2016-12": 46_000, "2017-02": 56_300}
    assert record_since(deficits(held), "2015", "2017-02").outcome == "unverifiable"


def test_record_needs_five_years_without_a_gap() -> None:
    assert UNBROKEN_MONTHS == 60
    enough = unbroken("2021-04", "2026-02", 60_000) | {"2026-03": 89_083}
    assert record_since(deficits(enough), "1952").outcome == "confirmed"
    too_few = unbroken("2021-05", "2026-02", 60_000) | {"2026-03": 89_083}
    assert record_since(deficits(too_few), "1952").outcome == "unverifiable"


def test_record_of_a_missing_month_is_unverifiable() -> None:
    assert record_since(deficits({"2026-02": 64_151}), "1952").outcome == "unverifiable"


@pytest.mark.parametrize(
    ("since", "outcome"), [("2024-09", "confirmed"), ("2024-08", "contradicted"), ("2024-10", "confirmed")]
)
def test_largest_since_a_month_excludes_that_month(since: str, outcome: str) -> None:
    held = unbroken("2024-01", "2025-02", 30_000) | {"2024-09": 53_204, "2025-03": 45_357}
    verdict = record_since(deficits(held), since, "2025-03", "since_month")
    assert (verdict.outcome, verdict.official_value) == (outcome, "2024-09")


@pytest.mark.parametrize(("years", "outcome"), [("3", "confirmed"), ("4", "contradicted")])
def test_highest_in_years_counts_months(years: str, outcome: str) -> None:
    held = unbroken("2018-01", "2026-02", 60_000) | {"2022-06": 90_000, "2026-03": 89_083}
    assert record_since(deficits(held), years, unit="years").outcome == outcome


def growth(rates: dict[str, float]) -> TinyRecord:
    tiny = TinyRecord()
    for label, rate in rates.items():
        tiny.add("exports_yoy", label, rate, unit=0.1)
    return tiny


RATES = {"2025-03": 18.5, "2025-04": 14.7, "2025-05": 15.5, "2025-06": 11.9, "2025-07": 14.3, "2025-08": 14.5}
RATES |= {"2025-09": 16.1, "2025-10": 17.5}


@pytest.mark.parametrize(
    ("text", "outcome"),
    [
        ("the strongest growth since March", "confirmed"),
        ("the strongest growth since March 2025", "confirmed"),
        ("the strongest growth in seven months", "confirmed"),
        ("the strongest growth in eight months", "contradicted"),
        ("the weakest growth since March", "contradicted"),
        ("the strongest growth on record", "contradicted"),
    ],
)
def test_span_of_a_record_is_read_from_the_words_of_the_claim(text: str, outcome: str) -> None:
    assert growth(RATES).judge("exports_yoy_record", "2025-10", "17.5", "pct", text=text).outcome == outcome


def test_record_with_a_wrong_number_is_judged_by_the_number() -> None:
    found = growth(RATES).judge("exports_yoy_record", "2025-10", "19.5", "pct", text="the fastest since March")
    assert (found.outcome, found.official_value) == ("contradicted", "17.5")


def test_fall_is_a_record_if_no_other_was_as_deep() -> None:
    falls = growth({"2022-11": -24.1, "2022-12": -28.9, "2023-01": -36.7})
    found = falls.judge("exports_yoy_record", "2023-01", "-36.7", "pct", text="the largest fall in three months")
    assert found.outcome == "confirmed"
    assert "the lowest rate of the months held" in found.sentence


@pytest.mark.parametrize(("rank", "outcome"), [("1", "contradicted"), ("2", "confirmed"), ("3", "unverifiable")])
def test_rank_counts_the_larger_months(rank: str, outcome: str) -> None:
    held = unbroken("2018-01", "2026-02", 60_000) | {"2022-06": 90_000, "2026-03": 89_083}
    verdict = deficits(held).judge("trade_deficit_rank", "2026-03", rank, "rank")
    assert (verdict.outcome, verdict.official_value) == (outcome, "2")
    assert "99 of the 891 since January 1952" in verdict.sentence


@pytest.mark.parametrize(("months", "outcome"), [("3", "confirmed"), ("2", "contradicted"), ("4", "contradicted")])
def test_streak_counts_months_of_growth(months: str, outcome: str) -> None:
    tiny = growth({"2024-02": -0.8, "2024-03": 4.7, "2024-04": 11.9, "2024-05": 14.8})
    verdict = tiny.judge("exports_streak", "2024-05", months, "months")
    assert (verdict.outcome, verdict.official_value) == (outcome, "3")
    assert verdict.sentence == (
        "14.8 % in May 2024 is the 3rd month in a row above zero: -0.8 % in February 2024 was not so."
    )


def test_streak_that_begins_in_a_gap_is_unverifiable() -> None:
    tiny = growth({"2024-03": 4.7, "2024-04": 11.9})
    assert tiny.judge("exports_streak", "2024-04", "21", "months").outcome == "unverifiable"
    assert tiny.judge("exports_streak", "2024-04", "1", "months").outcome == "contradicted"
    assert "at least the 2nd month" in tiny.judge("exports_streak", "2024-04", "2", "months").sentence

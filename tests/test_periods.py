"""Period labels: what they mean, their one form, and what is refused."""

from datetime import date

import pytest

from orchestration import periods


@pytest.mark.parametrize(
    ("label", "first", "last", "words"),
    [
        ("2026-03", date(2026, 3, 1), date(2026, 3, 1), "March 2026"),
        ("2026-Q1", date(2026, 1, 1), date(2026, 3, 1), "the first quarter of 2026"),
        ("2025-H2", date(2025, 7, 1), date(2025, 12, 1), "the second half of 2025"),
        ("2025", date(2025, 1, 1), date(2025, 12, 1), "2025"),
        ("2026-01..2026-05", date(2026, 1, 1), date(2026, 5, 1), "January to May 2026"),
        ("2019-11..2020-10", date(2019, 11, 1), date(2020, 10, 1), "November 2019 to October 2020"),
    ],
)
def test_label_is_parsed_into_months_and_words(label: str, first: date, last: date, words: str) -> None:
    period = periods.parse(label)
    assert (period.start, period.last_month, period.words, period.label) == (first, last, words, label)


@pytest.mark.parametrize(
    ("written", "label"),
    [("2026-01..2026-03", "2026-Q1"), ("2025-01..2025-06", "2025-H1"), ("2025-01..2025-12", "2025")],
)
def test_equal_periods_have_the_same_label(written: str, label: str) -> None:
    assert periods.parse(written).label == label


def test_period_a_year_earlier_has_the_same_length() -> None:
    assert periods.parse("2026-Q1").back(12).label == "2025-Q1"
    assert periods.parse("2026-01").back(1).label == "2025-12"


@pytest.mark.parametrize(
    "label", ["", "2026-13", "2026-00", "2026-Q5", "26-03", "2026-3", "2026-05..2026-01", "2026-03..2026-03", "0000"]
)
def test_impossible_period_is_an_error(label: str) -> None:
    with pytest.raises(ValueError, match="is no period"):
        periods.parse(label)


@pytest.mark.parametrize(
    ("rank", "shown"), [(1, "1st"), (2, "2nd"), (3, "3rd"), (11, "11th"), (112, "112th"), (23, "23rd")]
)
def test_ordinal_has_its_english_suffix(rank: int, shown: str) -> None:
    assert periods.ordinal(rank) == shown

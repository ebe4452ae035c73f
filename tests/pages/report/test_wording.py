"""Figures as a reader sees them."""

from decimal import Decimal

import pytest

from orchestration.pages.report import wording
from orchestration.pages.report.wording import NBSP


@pytest.mark.parametrize(
    ("value", "decimals", "signed", "shown"),
    [
        (None, 1, True, "·"),
        (0, 0, False, "0"),
        (-0.04, 1, True, "0.0"),
        (0.04, 1, True, "0.0"),
        (-1234.56, 1, False, "\u22121,234.6"),
        (Decimal("1071.000"), 0, True, "+1,071"),
    ],
)
def test_a_number_is_grouped_signed_and_never_minus_zero(
    value: Decimal | float | None, decimals: int, signed: bool, shown: str
) -> None:
    assert wording.number(value, decimals, signed=signed) == shown


def test_a_missing_figure_is_a_dot_and_never_0() -> None:
    assert wording.billions(None) == wording.percent(None) == wording.day(None) == "·"
    assert wording.number_cell(None).sort == ""
    assert wording.text_cell(None).text == "·"


def test_growth_is_said_in_words() -> None:
    assert wording.change(52.96) == f"up 53.0{NBSP}%"
    assert wording.change(-0.71) == f"down 0.7{NBSP}%"
    assert wording.change(0.0) == "unchanged"
    assert wording.change(None) == "no growth rate is held"


def test_a_list_reads_as_a_sentence_does() -> None:
    assert [wording.listed(["a", "b", "c"][:n]) for n in range(4)] == ["", "a", "a and b", "a, b and c"]


def test_a_period_that_is_no_label_of_ours_is_shown_as_it_is() -> None:
    assert wording.period("2026-Q1") == "the first quarter of 2026"
    assert wording.period("<b>") == "<b>"

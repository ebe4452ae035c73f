"""How figures, dates and periods are written for readers."""

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
def test_number_is_grouped_and_signed_and_never_minus_zero(
    value: Decimal | float | None, decimals: int, signed: bool, shown: str
) -> None:
    assert wording.number(value, decimals, signed=signed) == shown


def test_missing_figure_is_a_dot_and_never_0() -> None:
    assert wording.billions(None) == wording.percent(None) == wording.day(None) == "·"
    assert wording.number_cell(None).sort == ""
    assert wording.text_cell(None).text == "·"


def test_growth_is_written_in_words() -> None:
    assert wording.change(52.96) == f"up 53.0{NBSP}%"
    assert wording.change(-0.71) == f"down 0.7{NBSP}%"
    assert wording.change(0.0) == "unchanged"
    assert wording.change(None) == "no growth rate is held"


def test_list_is_joined_with_commas_and_a_final_and() -> None:
    assert [wording.listed(["a", "b", "c"][:n]) for n in range(4)] == ["", "a", "a and b", "a, b and c"]


def test_unknown_period_label_is_shown_unchanged() -> None:
    assert wording.period("2026-Q1") == "the first quarter of 2026"
    assert wording.period("<b>") == "<b>"

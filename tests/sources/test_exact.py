"""Figures that a column can hold, and months that can have figures, in every connector."""

from datetime import date

import pytest

from orchestration.periods import is_data_month, is_past
from orchestration.settings import FIGURES_DIR
from orchestration.sources import record, record_schema
from orchestration.sources.connector import Refused
from orchestration.sources.exact import is_exact, long_number

TODAY = date(2026, 9, 25)


@pytest.mark.parametrize("printed", ["0", "-0.0", "7.844000", "999999999999.999999", "1.50000000000", "1e3", "0e99"])
def test_number_that_fits_is_exact(printed: str) -> None:
    assert is_exact(printed)


@pytest.mark.parametrize("printed", ["1e400", "1e-400", "1e12", "0.0000001", "NaN", "Infinity", "true", "", "1,5"])
def test_number_that_would_lose_digits_or_is_none_is_not(printed: str) -> None:
    assert not is_exact(printed)


def test_number_longer_than_a_double_is_found_in_json() -> None:
    assert long_number(b'{"figure": 0.123456789012345678901}') == "0.123456789012345678901"
    assert long_number(b'{"figure": 123456.7, "code": "123456789012345678901"}') is None


def test_months_with_figures_are_from_1900_to_now() -> None:
    months = {
        (1899, 12): False,
        (1900, 1): True,
        (2026, 9): True,
        (2026, 10): False,
        (9999, 12): False,
        (2026, 13): False,
    }
    assert {month: is_data_month(*month, TODAY) for month in months} == months
    assert (is_past(date(1, 1, 1), TODAY), is_past(TODAY, TODAY), is_past(date(2026, 9, 26), TODAY)) == (
        False,
        True,
        False,
    )


@pytest.mark.hostile
@pytest.mark.parametrize(
    ("spoil", "reason"),
    [
        (("1997,", "0001,"), "is not within 1900 and 2026-09"),
        (("1997,", "9999,"), "is not within 1900 and 2026-09"),
        (("1997,", "\u0661\u0669\u0669\u0667,"), "must be a period label"),
        (("1615.1", "1615.1234567"), "must have at most 9 digits before the point and 6 after it"),
        (("1615.1", "99999999999999999999"), "must have at most 9 digits"),
        (("1615.1", "true"), "must be a plain decimal number"),
        ((",,yearbook", ",9999-12-31,yearbook"), "is no day of the past"),
        (("yearbook 2002", "table of 2026-13-45"), "names no day, month or year of the past"),
        (("yearbook 2002", "yearbook 0000"), "names no day, month or year of the past"),
    ],
)
def test_impossible_value_of_the_record_is_refused(spoil: tuple[str, str], reason: str) -> None:
    dataset = record.DATASETS["trade_by_end_use"]
    row = "1997,imports,Total,value,1615.1,hkd_bn,0.1,,yearbook 2002,hk_yearbook,https://example.org/a,,"
    payload = "\n".join([",".join(dataset.columns), row.replace(*spoil), ""]).encode()
    with pytest.raises(Refused, match=reason):
        record.parse(dataset.name, payload, TODAY)


def test_clock_behind_the_record_does_not_refuse_it() -> None:
    days = set()
    for name in record.DATASETS:
        frame = record.parse(name, (FIGURES_DIR / f"{name}.csv").read_bytes(), date(1970, 1, 1))
        days |= {*frame["published_on"], *frame["vintage"].str.extract(r"(\d{4}-\d\d-\d\d)$")[0].dropna()}
    assert max(days) == record_schema.COMPILED_ON.isoformat()

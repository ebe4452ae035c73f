"""Record claims: which months were compared, and when that proves nothing."""

from decimal import Decimal

from orchestration import periods
from orchestration.claims.records import UNBROKEN_MONTHS, Month, judge_record
from orchestration.claims.register import Claim, parse_claim
from orchestration.claims.verdicts import Outcome


def claim(since: str, period: str = "2026-03") -> Claim:
    row = {"claim_id": "X1", "claim": "a record", "metric": "trade_deficit_record", "period": period}
    return parse_claim(row | {"claimed_value": since, "claimed_unit": "since_year", "source_url": "https://a.example"})


def months(sizes: dict[str, int]) -> list[Month]:
    return [
        Month(periods.parse(label), Decimal(size), "https://b.example", "official") for label, size in sizes.items()
    ]


def unbroken(first: str, last: str, size: int) -> dict[str, int]:
    span = periods.Period(periods.parse(first).first_index, periods.parse(last).last_index)
    return {month.label: size for month in span.each_month}


def test_the_largest_of_many_unbroken_months_is_a_record_since_1952_and_the_gaps_are_named() -> None:
    held = {"2002-02": 2_796} | unbroken("2018-01", "2026-02", 60_000) | {"2026-03": 89_083}
    verdict = judge_record(claim("1952"), months(held))
    assert (verdict.outcome, verdict.official_value, verdict.difference) == (
        Outcome.CONFIRMED,
        Decimal(1952),
        Decimal(0),
    )
    assert verdict.sentence == (
        "HK$89.083 bn in March 2026 is the largest deficit of the months held:"
        " 100 of the 891 since January 1952, without a gap since January 2018."
    )


def test_a_larger_deficit_within_the_span_contradicts() -> None:
    held = unbroken("2018-01", "2026-02", 60_000) | {"2022-06": 90_000, "2026-03": 89_083}
    verdict = judge_record(claim("1952"), months(dict(sorted(held.items()))))
    assert (verdict.outcome, verdict.official_value) == (Outcome.CONTRADICTED, Decimal(2022))
    assert "HK$90.000 bn in June 2022 was at least as large" in verdict.sentence


def test_a_larger_deficit_before_the_span_does_not_matter() -> None:
    held = {"2017-12": 90_000} | unbroken("2018-01", "2026-02", 60_000) | {"2026-03": 89_083}
    verdict = judge_record(claim("2018"), months(held))
    assert verdict.outcome is Outcome.CONFIRMED
    assert "all 99 since January 2018" in verdict.sentence


def test_months_with_gaps_prove_no_record() -> None:
    held = {"2014-12": 59_300, "2016-12": 46_000, "2017-02": 56_300}
    assert judge_record(claim("2015", "2017-02"), months(held)).outcome is Outcome.UNVERIFIABLE


def test_five_unbroken_years_are_what_it_takes() -> None:
    assert UNBROKEN_MONTHS == 60
    enough = unbroken("2021-04", "2026-02", 60_000) | {"2026-03": 89_083}
    assert judge_record(claim("1952"), months(enough)).outcome is Outcome.CONFIRMED
    too_few = unbroken("2021-05", "2026-02", 60_000) | {"2026-03": 89_083}
    assert judge_record(claim("1952"), months(too_few)).outcome is Outcome.UNVERIFIABLE


def test_a_month_that_is_not_held_is_unverifiable() -> None:
    assert judge_record(claim("1952"), months({"2026-02": 64_151})).outcome is Outcome.UNVERIFIABLE

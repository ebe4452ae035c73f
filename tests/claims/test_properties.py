"""What holds for every claim that can be made from a release, true or spoilt, and how often a diagnosis is right."""

from collections import Counter
from decimal import ROUND_HALF_EVEN, ROUND_HALF_UP, Decimal

from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from orchestration.claims import units
from orchestration.claims.claim import Claim
from orchestration.claims.judge import judge
from orchestration.claims.other_figures import compared
from orchestration.claims.record import TOTAL, Record
from orchestration.claims.units import Unit
from orchestration.claims.verdicts import Outcome
from orchestration.periods import Period
from testing.generated_claims import (
    AMOUNTS,
    HKD_BN,
    LONGER,
    MONTHS,
    PERCENT,
    RATES,
    claim_of,
    near_misses,
    printed,
    random_claims,
    true_claims,
    with_a_lost_label,
)

# The record is read once and never changes: examples may share it.
made = settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
amounts, rates = st.sampled_from(AMOUNTS), st.sampled_from(RATES)
months, periods_of_any_length = st.sampled_from(MONTHS), st.sampled_from([*MONTHS, *LONGER])
decimals = st.integers(0, 3)
scales = st.sampled_from(["mn", "bn", "tn"])
currencies = st.sampled_from(["HKD", "USD"])


def is_equal_under_its_own_label(record: Record, claim: Claim) -> bool:
    return any(each.is_equal for each in compared(record, claim, TOTAL))


@made
@given(amounts, periods_of_any_length, currencies, scales, decimals, st.sampled_from([ROUND_HALF_EVEN, ROUND_HALF_UP]))
def test_an_amount_of_the_record_is_confirmed_in_any_unit_and_precision(
    released: Record, metric: str, period: Period, currency: str, scale: str, places: int, rounding: str
) -> None:
    unit = units.money(currency, scale)
    value = printed(released, metric, period, unit, 9)
    assume(value is not None)
    assert value is not None
    rounded = value.quantize(Decimal(1).scaleb(-places), rounding)
    assert judge(released, claim_of(metric, period, rounded, unit)).outcome == "confirmed"


@made
@given(rates, months, decimals)
def test_a_rate_of_the_record_is_confirmed_at_any_precision(
    released: Record, metric: str, period: Period, places: int
) -> None:
    value = printed(released, metric, period, PERCENT, places)
    assume(value is not None)
    assert value is not None
    assert judge(released, claim_of(metric, period, value, PERCENT)).outcome == "confirmed"


def spoilt_is_never_confirmed(record: Record, claim: Claim) -> None:
    assume(not is_equal_under_its_own_label(record, claim))
    assert judge(record, claim).outcome not in (Outcome.CONFIRMED, Outcome.UNVERIFIABLE)


@made
@given(st.sampled_from([*RATES, "trade_deficit"]), months, decimals)
def test_with_a_lost_sign_it_is_never_confirmed(released: Record, metric: str, period: Period, places: int) -> None:
    unit = HKD_BN if metric in AMOUNTS else PERCENT
    value = printed(released, metric, period, unit, places)
    assume(value is not None)
    assert value is not None
    spoilt_is_never_confirmed(released, claim_of(metric, period, -value, unit))


@made
@given(amounts, months, decimals, st.sampled_from(["USD bn", "HKD mn", "HKD tn", "USD mn"]))
def test_with_a_swapped_currency_or_a_shifted_scale_it_is_never_confirmed(
    released: Record, metric: str, period: Period, places: int, unit: str
) -> None:
    value = printed(released, metric, period, HKD_BN, places)
    assume(value is not None and value != 0 and printed(released, metric, period, units.parse(unit), 1) is not None)
    assert value is not None
    spoilt_is_never_confirmed(released, claim_of(metric, period, value, units.parse(unit)))


@made
@given(st.sampled_from([*AMOUNTS, *RATES]), months, decimals, st.sampled_from([1, -1, 12]))
def test_the_figure_of_a_neighbouring_month_is_never_confirmed(
    released: Record, metric: str, period: Period, places: int, shift: int
) -> None:
    unit: Unit = HKD_BN if metric in AMOUNTS else PERCENT
    value, here = (printed(released, metric, each, unit, places) for each in (period.back(shift), period))
    assume(value is not None and here is not None)
    assert value is not None
    spoilt_is_never_confirmed(released, claim_of(metric, period, value, unit))


def test_every_claim_made_from_the_release_is_confirmed(released: Record) -> None:
    claims = list(true_claims(released))
    wrong = [claim for claim in claims if judge(released, claim).outcome != "confirmed"]
    assert len(claims) > 4_000
    assert wrong == []


def test_the_lost_label_is_named_in_95_of_100_claims_with_digits_enough(released: Record) -> None:
    made_wrong, named = Counter[str](), Counter[str]()
    for lost in with_a_lost_label(released):
        verdict = judge(released, lost.claim)
        if verdict.outcome in (Outcome.MISLABELLED, Outcome.CONTRADICTED):
            made_wrong[lost.label] += 1
            named[lost.label] += lost.names(verdict.diagnosis)
    assert made_wrong.total() > 1_500
    assert {label: named[label] / count for label, count in made_wrong.items() if named[label] / count < 0.95} == {}


def test_of_wrong_numbers_without_a_reason_few_are_given_one(released: Record) -> None:
    for claims in (random_claims(1_000), near_misses(released, 1_000)):
        outcomes = Counter(judge(released, claim).outcome for claim in claims)
        assert outcomes[Outcome.CONTRADICTED] > 900
        assert outcomes[Outcome.MISLABELLED] <= 50

"""The names that claims use: units, metrics, and the partner or category that a claim is about."""

from decimal import Decimal

import pytest

from orchestration.claims import metrics, units
from orchestration.claims.claim import ClaimError
from orchestration.claims.members import member_of
from orchestration.claims.metrics import MetricError
from orchestration.claims.units import UnitError
from testing.tiny_record import TinyRecord, claim


@pytest.mark.parametrize(
    ("name", "written"),
    [
        ("HKD bn", "HK$89.1 bn"),
        ("hk$ billion", "HK$89.1 bn"),
        ("US$ million", "US$89.1 mn"),
        ("HKD tn", "HK$89.1 tn"),
        ("HKD", "HK$89.1"),
        ("CNY bn", "CNY 89.1 bn"),
        ("percent", "89.1 %"),
        ("pp", "89.1 percentage points"),
        ("tonnes", "89.1 tonnes"),
        ("usd per troy oz", "US$89.1 per troy ounce"),
    ],
)
def test_unit_is_parsed_and_written(name: str, written: str) -> None:
    assert units.parse(name).write(Decimal("89.1")) == written


def test_minus_sign_comes_before_the_currency() -> None:
    assert units.parse("HKD bn").write(Decimal("-89.1")) == "-HK$89.1 bn"


@pytest.mark.parametrize("name", ["pct_approx", "HKD bn approx", "HKD bn approximately"])
def test_approximate_unit_allows_a_twentieth(name: str) -> None:
    assert units.parse(name).tolerance_pct == 5


@pytest.mark.parametrize("name", ["", "bn", "HKD gazillion", "XYZ bn", "approx"])
def test_unknown_unit_error_shows_examples(name: str) -> None:
    with pytest.raises(UnitError, match="HKD bn, USD mn"):
        units.parse(name)


def test_every_metric_has_a_name_and_words() -> None:
    every = metrics.every()
    assert {"imports", "re_exports_yoy", "balance_change", "trade_deficit_record", "exports_streak"} <= set(every)
    assert {"deficit_pct_of_imports", "partner_exports_share", "gold_imports_weight", "services_cover"} <= set(every)
    assert all(metric.words and metric.kinds for metric in every.values())
    assert all(metric.measured.name == metric.name.removesuffix(f"_{metric.view}") for metric in every.values())


def test_unknown_metric_error_names_the_nearest() -> None:
    with pytest.raises(MetricError, match="did you mean imports_yoy"):
        metrics.parse("import_yoy")


@pytest.mark.parametrize(
    ("metric", "text", "member"),
    [
        ("partner_exports:Vietnam", "", ("partner", "704")),
        ("partner_exports:704", "", ("partner", "704")),
        ("partner_exports:VN", "", ("partner", "704")),
        ("partner_exports:U.S.", "", ("partner", "842")),
        ("partner_exports", "Exports to Vietnam rose", ("partner", "704")),
        ("partner_exports", "Vietnam's share", ("partner", "704")),
        ("partner_exports", "Exports to the United States", ("partner", "842")),
        ("category_exports:75", "", ("sitc_division", "75")),
        ("category_exports", "Exports of office machines", ("sitc_division", "75")),
        ("gold_exports", "Gold to somebody", ("partner", "0")),
        ("exports", "Exports to Vietnam", ("", "")),
    ],
)
def test_partner_or_category_is_read_after_a_colon_or_in_words(metric: str, text: str, member: tuple[str, str]) -> None:
    assert member_of(claim(metric, "2025", "1", text=text), TinyRecord().record) == member


@pytest.mark.parametrize(
    ("metric", "text", "reason"),
    [
        ("partner_exports", "Exports rose", "no partner in 'Exports rose'; name it after a colon"),
        ("partner_exports:Atlantis", "", "no partner 'Atlantis'"),
        ("partner_exports", "Exports to Vietnam and the United States", "may be United States, Vietnam"),
        ("partner_exports:Korea", "", "may be North Korea, South Korea"),
        ("category_exports:Vietnam", "", "no category 'Vietnam'"),
        ("exports:Vietnam", "", "exports is of all partners and goods"),
    ],
)
def test_claim_about_no_or_several_members_is_refused(metric: str, text: str, reason: str) -> None:
    with pytest.raises(ClaimError) as error:
        member_of(claim(metric, "2025", "1", text=text), TinyRecord().record)
    assert reason in str(error.value)

"""Which wrong label a diagnosis names, and when it names none."""

import pytest

from orchestration import periods
from orchestration.claims.relabellings import neighbours, overlapping, siblings
from testing.tiny_record import NEWS, PRESS, TinyRecord


@pytest.fixture(scope="module")
def year() -> TinyRecord:
    """March of two years as published, the months around them, and the exchange rate."""
    tiny = TinyRecord().rate("2026-03", 7.8268)
    for label, exports, imports in (
        *(("2025-02", 352_810, 389_130), ("2025-03", 455_534, 500_891), ("2025-04", 434_464, 450_472)),
        *(("2026-01", 519_031, 534_659), ("2026-02", 410_330, 472_948), ("2026-03", 618_401, 707_484)),
        ("2026-04", 620_871, 650_355),
    ):
        tiny.month(label, exports, imports)
    return tiny


@pytest.mark.parametrize(
    ("metric", "period", "value", "unit", "diagnosis"),
    [
        ("imports", "2026-03", "707.5", "USD bn", "currency: HKD, not USD"),
        ("imports", "2026-03", "90.39", "HKD bn", "currency: USD, not HKD"),
        ("imports", "2026-03", "707.5", "CNY bn", "currency: HKD, not CNY"),
        ("trade_deficit", "2026-03", "-89.08", "HKD bn", "sign: the minus sign is wrong"),
        ("balance", "2026-03", "89.08", "HKD bn", "sign: a minus sign is lost"),
        ("imports_yoy", "2026-03", "-41.2", "pct", "sign: the minus sign is wrong"),
        ("imports", "2026-03", "707.5", "HKD mn", "scale: bn, not mn"),
        ("imports", "2026-03", "707.48", "HKD tn", "scale: bn, not tn"),
        ("imports", "2026-03", "650.4", "HKD bn", "period: 2026-04, not 2026-03"),
        ("imports", "2026-03", "500.9", "HKD bn", "period: 2025-03, not 2026-03"),
        ("imports_yoy", "2026-03", "35.8", "pct", "metric: exports_yoy, not imports_yoy"),
        ("imports_yoy", "2026-03", "49.6", "pct", "metric: imports_mom, not imports_yoy"),
        ("imports_yoy", "2026-03", "12.6", "pct", "metric: deficit_pct_of_imports, not imports_yoy"),
        ("exports", "2026-03", "707.48", "HKD bn", "metric: imports, not exports"),
        ("imports", "2026-03", "7074.8", "HKD bn", "scale: 0.1 times the printed number"),
        ("imports", "2026-Q1", "1830.8", "HKD bn", "period: 2026-02..2026-04, not 2026-Q1"),
    ],
)
def test_diagnosis_names_the_wrong_label(
    year: TinyRecord, metric: str, period: str, value: str, unit: str, diagnosis: str
) -> None:
    found = year.judge(metric, period, value, unit)
    assert (found.outcome, found.diagnosis) == ("mislabelled", diagnosis)
    assert diagnosis in found.sentence


def test_unexplained_number_is_contradicted_with_the_nearest_figures(year: TinyRecord) -> None:
    found = year.judge("imports", "2026-03", "693.1")
    assert (found.outcome, found.diagnosis) == ("contradicted", None)
    assert "the claim's HK$693.1 bn is HK$14.384 bn below that" in found.sentence
    assert "nearest figures beside it: imports in April 2026 at HK$650.355 bn" in found.sentence


def test_equally_good_explanations_are_all_named() -> None:
    tiny = TinyRecord().add("imports", "2026-03", 707_484)
    tiny.add("imports", "2026-02", 650_355).add("imports", "2026-04", 650_401)
    found = tiny.judge("imports", "2026-03", "650.4")
    assert (found.outcome, found.diagnosis) == (
        "mislabelled",
        "period: 2026-02, not 2026-03 or 2026-04, not 2026-03",
    )
    assert "fit several figures equally well" in found.sentence


def test_single_digit_gets_no_diagnosis() -> None:
    tiny = TinyRecord().month("2026-03", 7_000, 3_000).month("2025-03", 5_000, 4_000)
    assert tiny.judge("exports", "2026-03", "5", "HKD bn").outcome == "contradicted"
    assert tiny.judge("exports", "2026-03", "5.00", "HKD bn").outcome == "mislabelled"


def test_diagnosis_ignores_the_claims_own_page() -> None:
    tiny = TinyRecord().add("imports", "2026-03", 707_484, url=PRESS).add("imports", "2026-02", 472_948, url=NEWS)
    assert tiny.judge("imports", "2026-03", "472.9").outcome == "contradicted"
    assert tiny.judge("imports", "2026-03", "472.9", url=PRESS).outcome == "unverifiable"


def test_amount_1000_times_off_other_periods_of_a_partner_has_the_wrong_scale() -> None:
    tiny = TinyRecord().add("partner_value", "2025-05", 23_740, member=("partner", "842"), flow="total_exports")
    wrong = tiny.judge("partner_exports:US", "2025-04", "27.9", "HKD mn")
    assert (wrong.outcome, wrong.diagnosis) == ("mislabelled", "scale: a thousand times too small")
    assert tiny.judge("partner_exports:US", "2025-04", "27.9", "HKD bn").outcome == "unverifiable"


def test_overlapping_periods_of_a_quarter() -> None:
    quarter = periods.parse("2026-Q1")
    assert [each.label for each in neighbours(quarter)] == ["2025-Q4", "2026-Q2", "2025-Q1", "2027-Q1"]
    assert [each.label for each in overlapping(quarter)] == [
        *("2026-03", "2025-04..2026-03", "2026-H1", "2026"),
        *("2025-12..2026-02", "2026-02..2026-04"),
    ]


def test_siblings_of_a_growth_rate() -> None:
    assert siblings("imports_yoy")[:3] == ("imports_mom", "exports_yoy", "trade_deficit_yoy")
    assert "deficit_pct_of_imports" in siblings("imports_yoy")
    assert siblings("partner_exports_yoy")[0] == "partner_exports_share"

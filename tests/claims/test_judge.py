"""Verdicts on made-up claims, from figures written out here, and the press's claims by the figures of a release."""

from datetime import date
from decimal import Decimal

import pytest

from orchestration.claims import register
from orchestration.claims.judge import judge
from orchestration.claims.record import Record
from orchestration.claims.register import Registered
from testing.tiny_record import NEWS, PRESS, TABLE, TinyRecord, claim


@pytest.fixture
def march() -> TinyRecord:
    tiny = TinyRecord().month("2025-03", 455_534, 500_891).month("2026-03", 618_401, 707_484)
    return tiny.rate("2026-03", 7.8268)


def test_level_is_official_and_balance_is_derived(march: TinyRecord) -> None:
    level = march.judge("imports", "2026-03", "707.5")
    assert (level.outcome, level.evidence, level.source_urls) == ("confirmed", "official", (TABLE,))
    deficit = march.judge("trade_deficit", "2026-03", "89.1")
    assert (deficit.outcome, deficit.evidence, deficit.official_value) == ("confirmed", "derived", "89.083")
    assert deficit.difference == Decimal("0.017")
    assert deficit.sentence == (
        "The record has the trade deficit in March 2026 at HK$89.083 bn (worked out from official figures),"
        " which is HK$89.1 bn at the precision printed."
    )


def test_growth_cites_both_months(march: TinyRecord) -> None:
    growth = march.judge("imports_yoy", "2026-03", "41.2", "pct")
    assert (growth.outcome, growth.evidence, growth.official_value) == ("confirmed", "derived", "41.245")


def test_us_dollars_are_converted_at_the_average_rate_of_the_period(march: TinyRecord) -> None:
    dollars = march.judge("trade_deficit", "2026-03", "11.4", "USD bn")
    assert (dollars.outcome, dollars.evidence, dollars.official_value) == ("confirmed", "derived", "11.382")
    assert "https://www.federalreserve.gov/h10" in dollars.source_urls


def test_claim_in_us_dollars_without_an_exchange_rate_is_unverifiable(march: TinyRecord) -> None:
    assert march.judge("imports", "2025-03", "64.4", "USD bn").outcome == "unverifiable"


@pytest.mark.parametrize("printed", ["443", "443.3", "443.27", "443.273"])
def test_each_precision_of_a_figure_is_confirmed(printed: str) -> None:
    assert TinyRecord().add("imports", "2025-08", 443_273).judge("imports", "2025-08", printed).outcome == "confirmed"


@pytest.mark.parametrize("printed", ["446.2", "446.3"])
def test_tie_may_be_rounded_up_or_down(printed: str) -> None:
    assert TinyRecord().add("imports", "2025-08", 446_250).judge("imports", "2025-08", printed).outcome == "confirmed"


def test_truncated_figure_is_a_rounding_difference() -> None:
    tiny = TinyRecord().add("total_exports", "2025-08", 436_591)
    assert tiny.judge("exports", "2025-08", "436.5").outcome == "rounding"


def test_claim_finer_than_the_record_is_compared_at_the_records_precision() -> None:
    tiny = TinyRecord().add("balance", "2026-Q1", -168_400, unit=100)
    assert tiny.judge("trade_deficit", "2026-Q1", "168.44").outcome == "confirmed"
    assert tiny.judge("trade_deficit", "2026-Q1", "168.5").outcome == "rounding"


def test_approximate_claim_holds_within_a_twentieth() -> None:
    def share(imports: int) -> TinyRecord:
        return TinyRecord().month("2026-03", 900_000, imports)

    close = share(997_000).judge("deficit_pct_of_imports", "2026-03", "10", "pct_approx")
    assert (close.outcome, close.official_value) == ("confirmed", "9.73")
    assert "within 5 % of the 10 % claimed" in close.sentence
    assert share(993_000).judge("deficit_pct_of_imports", "2026-03", "10", "pct_approx").outcome != "confirmed"


def test_claim_without_a_figure_is_unverifiable() -> None:
    found = TinyRecord().judge("trade_deficit", "2026-Q1", "168.4")
    assert (found.outcome, found.official_value, found.evidence) == ("unverifiable", None, None)


@pytest.mark.parametrize("address", [NEWS, "http://www.news.example/story/", "https://NEWS.example/story#top"])
def test_page_never_confirms_itself(address: str) -> None:
    tiny = TinyRecord().add("balance", "2026-Q1", -168_400, unit=100, evidence="reported", url=address)
    found = tiny.judge("trade_deficit", "2026-Q1", "168.4")
    assert found.outcome == "unverifiable"
    assert "only from the claim's own page" in found.sentence


def test_claim_with_an_impossible_address_is_judged() -> None:
    record = TinyRecord().month("2026-03", 618_401, 707_484).record
    assert judge(record, claim("imports", "2026-03", "707.5", url="http://[")).outcome == "confirmed"


def test_another_page_with_the_same_figure_confirms() -> None:
    tiny = TinyRecord().add("balance", "2026-Q1", -168_400, unit=100, evidence="reported", url=NEWS)
    tiny.add("balance", "2026-Q1", -168_400, unit=100, evidence="reported", url=PRESS)
    found = tiny.judge("trade_deficit", "2026-Q1", "168.4")
    assert (found.outcome, found.evidence, found.source_urls) == ("confirmed", "reported", (PRESS,))


def test_figures_computed_from_the_claims_own_page_are_no_evidence() -> None:
    tiny = TinyRecord().add("total_exports", "2026-03", 618_401).add("imports", "2026-03", 707_484, url=NEWS)
    assert tiny.judge("trade_deficit", "2026-03", "89.1").outcome == "unverifiable"
    assert tiny.judge("trade_deficit", "2026-03", "89.1", url=PRESS).outcome == "confirmed"


def years_with_late_corrections() -> TinyRecord:
    """Three years whose published deficits are 6,000, 1,000 and 1,200 wider than their months, and a quarter."""
    tiny = TinyRecord()
    for year, balance in (("2022", -396_000), ("2023", -391_000), ("2024", -391_200)):
        tiny.months(year, 4_500_000, 4_890_000).add("balance", year, balance, unit=100, url=PRESS)
    return tiny.months("2026-Q1", 1_547_760, 1_715_089)


def test_late_corrections_explain_the_first_quarter_deficit() -> None:
    tiny = years_with_late_corrections().add("balance", "2026-Q1", -168_400, unit=100, evidence="reported", url=NEWS)
    found = tiny.judge("trade_deficit", "2026-Q1", "168.4")
    assert (found.outcome, found.basis) == ("basis_difference", "sum_of_months")
    assert (found.official_value, found.difference) == ("167.329", Decimal("1.071"))
    assert "HK$1.071 bn above that" in found.sentence
    assert "came to 0.13 % of exports at most (2022), which allows 0.20 %" in found.sentence
    assert "the published figure is held only from the claim's own page" in found.sentence


def test_difference_larger_than_late_corrections_contradicts() -> None:
    assert years_with_late_corrections().judge("trade_deficit", "2026-Q1", "175.0").outcome == "contradicted"
    alone = TinyRecord().months("2026-Q1", 1_547_760, 1_715_089)
    assert alone.judge("trade_deficit", "2026-Q1", "168.4").outcome == "contradicted"


def test_sum_of_months_is_a_basis_difference_from_the_published_figure() -> None:
    tiny = TinyRecord().months("2025", 5_247_000, 5_690_273).add("balance", "2025", -446_600, unit=100, url=PRESS)
    found = tiny.judge("trade_deficit", "2025", "443.3")
    assert (found.outcome, found.official_value, found.basis) == ("basis_difference", "443.273", "sum_of_months")
    assert "the figure as published is HK$446.6 bn" in found.sentence


def test_claim_between_published_figure_and_sum_is_contradicted() -> None:
    tiny = years_with_late_corrections().add("balance", "2026-Q1", -168_400, unit=100, url=PRESS)
    assert tiny.judge("trade_deficit", "2026-Q1", "167.9").outcome == "contradicted"


def test_published_share_is_not_taken_for_a_share_of_sums_off_by_one() -> None:
    tiny = years_with_late_corrections()
    tiny.months("2025", 5_247_680, 5_690_953).add("balance", "2025", -446_600, unit=100, url=PRESS)
    assert tiny.judge("deficit_pct_of_imports", "2025", "7.9", "pct").outcome == "rounding"
    tiny.add("deficit_pct_of_imports", "2025", "7.9", unit="0.1", url=NEWS)
    assert tiny.judge("deficit_pct_of_imports", "2025", "7.9", "pct").outcome == "basis_difference"


def restated() -> TinyRecord:
    first = (date(2026, 4, 28), date(2026, 6, 1))
    tiny = TinyRecord().add("imports", "2026-03", 707_484, known=first)
    return tiny.add("imports", "2026-03", 709_900, known=(date(2026, 6, 1), None))


def test_restated_figure_is_a_basis_difference_with_its_day() -> None:
    found = restated().judge("imports", "2026-03", "707.5")
    assert (found.outcome, found.basis, found.official_value) == ("basis_difference", "earlier_vintage", "707.484")
    assert found.sentence.startswith("Until 2026-05-31 the record had imports in March 2026 at HK$707.484 bn")
    assert restated().judge("imports", "2026-03", "709.9").outcome == "confirmed"


def test_as_of_judges_by_what_was_published_then() -> None:
    in_may, in_june = (restated().record.as_of(date(2026, month, 15)) for month in (5, 6))
    printed, revised = claim("imports", "2026-03", "707.5"), claim("imports", "2026-03", "709.9")
    assert judge(in_may, printed).outcome == "confirmed"
    assert judge(in_may, printed).sentence.startswith("By what had been published on 2026-05-15: ")
    assert judge(in_may, revised).outcome == "contradicted"
    assert (judge(in_june, printed).outcome, judge(in_june, revised).outcome) == ("basis_difference", "confirmed")
    assert judge(restated().record.as_of(date(2026, 4, 27)), printed).outcome == "unverifiable"


def test_earlier_vintage_of_the_claims_own_page_is_no_evidence() -> None:
    first = (date(2026, 4, 28), date(2026, 6, 1))
    tiny = TinyRecord().add("imports", "2026-03", 707_484, known=first, url=NEWS).add("imports", "2026-03", 709_900)
    assert tiny.judge("imports", "2026-03", "707.5").outcome == "contradicted"


ARTICLE = {
    "C001": ("confirmed", "89.083", "published", "derived"),
    "C002": ("confirmed", "11.382", "published", "derived"),
    "C003": ("confirmed", "1952", "published", "derived"),
    "C004": ("confirmed", "41.245", "published", "derived"),
    "C005": ("confirmed", "707.484", "published", "official"),
    "C006": ("confirmed", "35.753", "published", "derived"),
    "C007": ("basis_difference", "167.329", "sum_of_months", "derived"),
    "C008": ("confirmed", "9.76", "sum_of_months", "derived"),
}
DIAGNOSES = {
    "C023": "currency: HKD, not USD",
    "C025": "currency: HKD, not USD",
    "C027": "sign: the minus sign is wrong",
    "C039": "scale: a thousand times too small",
    "C053": "currency: HKD, not CNY, and with late corrections",
    "C059": "sign: the minus sign is wrong",
    "C061": "currency: HKD, not USD",
}


@pytest.mark.parametrize("registered", register.read(), ids=lambda registered: registered.claim.claim_id)
def test_registered_claim_has_its_settled_verdict(released: Record, registered: Registered) -> None:
    verdict = judge(released, registered.claim)
    claim_id = registered.claim.claim_id
    if claim_id in ARTICLE:
        found = (verdict.outcome, verdict.official_value, verdict.basis, verdict.evidence)
        assert found == ARTICLE[claim_id]
    else:
        assert verdict.outcome == registered.settled
    assert verdict.diagnosis == DIAGNOSES.get(claim_id)
    assert registered.claim.source_url not in verdict.source_urls
    assert verdict.sentence.endswith(".")

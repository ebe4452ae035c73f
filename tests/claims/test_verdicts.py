"""Verdicts on made-up claims, from figures written out here."""

from decimal import Decimal

import pytest

from orchestration.claims.evidence import Basis, Evidence, Figure
from orchestration.claims.late_corrections import Allowance
from orchestration.claims.register import Claim, parse_claim
from orchestration.claims.verdicts import Outcome, Verdict, judge

NEWS = "https://news.example/story"
OTHER = "https://other.example/page"


def claim(value: str, unit: str = "HKD bn", metric: str = "trade_deficit", period: str = "2026-Q1") -> Claim:
    cells = ("X1", "a claim", metric, period, value, unit, NEWS)
    names = ("claim_id", "claim", "metric", "period", "claimed_value", "claimed_unit", "source_url")
    return parse_claim(dict(zip(names, cells, strict=True)))


def figure(
    value: str, rounding_unit: str = "1", basis: Basis = "published", evidence: Evidence = "official", url: str = OTHER
) -> Figure:
    return Figure(Decimal(value), Decimal(rounding_unit), basis, evidence, (url,))


def verdict(claimed: Claim, *figures: Figure, allowed: str | None = None) -> Verdict:
    return judge(claimed, figures, allowance(allowed) if allowed else None)


def allowance(share: str) -> Allowance:
    from datetime import date

    from orchestration.claims.late_corrections import Correction, Envelope

    of_2022 = ("balance", "2022", date(2022, 12, 31), Decimal(-395_800), Decimal(-389_854), Decimal(4_531_650))
    return Allowance(Decimal(share), Envelope(12, Correction(*of_2022, Decimal(100), OTHER)))


def test_a_figure_that_rounds_to_the_printed_digits_confirms() -> None:
    found = verdict(claim("89.1", period="2026-03"), figure("89083"))
    assert found.outcome is Outcome.CONFIRMED
    assert (found.official_value, found.difference, found.evidence) == (Decimal("89.083"), Decimal("0.017"), "official")
    assert found.sentence == (
        "The record has the trade deficit in March 2026 at HK$89.083 bn (an official figure),"
        " which is HK$89.1 bn at the precision printed."
    )


@pytest.mark.parametrize("printed", ["446", "446.3", "446.25"])
def test_each_printed_precision_of_the_same_figure_is_confirmed(printed: str) -> None:
    assert verdict(claim(printed), figure("446250")).outcome is Outcome.CONFIRMED


@pytest.mark.parametrize("printed", ["446.2", "446.3"])
def test_a_tie_may_be_rounded_either_way(printed: str) -> None:
    assert verdict(claim(printed), figure("446250")).outcome is Outcome.CONFIRMED


def test_a_truncated_figure_is_a_rounding_difference() -> None:
    assert verdict(claim("436.5", metric="exports"), figure("436591")).outcome is Outcome.ROUNDING


def test_a_claim_finer_than_the_record_is_held_to_the_precision_of_the_record() -> None:
    assert verdict(claim("168.44"), figure("168400", rounding_unit="100")).outcome is Outcome.CONFIRMED
    assert verdict(claim("168.5"), figure("168400", rounding_unit="100")).outcome is Outcome.ROUNDING


def test_a_lost_sign_contradicts() -> None:
    found = verdict(claim("-30.6", "pct", "imports_yoy", "2025-12"), figure("30.572", "0.0001"))
    assert found.outcome is Outcome.CONTRADICTED
    assert found.sentence.endswith("the claim's -30.6 % is 61.172 percentage points below that.")


def test_about_ten_percent_holds_within_a_twentieth() -> None:
    share = figure("9.756", "0.0001", "sum_of_months", "derived")
    about = claim("10", "pct_approx", "deficit_pct_of_imports")
    assert verdict(about, share).outcome is Outcome.CONFIRMED
    assert verdict(about, figure("9.4", "0.0001")).outcome is not Outcome.CONFIRMED
    assert "within 5 % of the 10 % claimed" in verdict(about, share).sentence


def test_a_claim_without_a_figure_is_unverifiable() -> None:
    found = verdict(claim("168.4"))
    assert (found.outcome, found.official_value, found.evidence) == (Outcome.UNVERIFIABLE, None, None)


@pytest.mark.parametrize("address", [NEWS, "http://www.news.example/story/", "https://NEWS.example/story#top"])
def test_a_page_never_confirms_itself(address: str) -> None:
    found = verdict(claim("168.4"), figure("168400", "100", evidence="reported", url=address))
    assert found.outcome is Outcome.UNVERIFIABLE
    assert "only from the claim's own page" in found.sentence


def test_another_page_with_the_same_figure_does_confirm() -> None:
    own = figure("168400", "100", evidence="reported", url=NEWS)
    found = verdict(claim("168.4"), own, figure("168400", "100", evidence="reported"))
    assert (found.outcome, found.evidence, found.source_urls) == (Outcome.CONFIRMED, "reported", (OTHER,))


def test_first_quarter_deficit_differs_from_the_sum_of_months_as_late_corrections_do() -> None:
    own = figure("168400", "100", evidence="reported", url=NEWS)
    months = figure("167329", "1", "sum_of_months", "derived")
    found = verdict(claim("168.4"), own, months, allowed="0.018")
    assert (found.outcome, found.basis) == (Outcome.BASIS_DIFFERENCE, "sum_of_months")
    assert (found.official_value, found.difference) == (Decimal("167.329"), Decimal("1.071"))
    assert "HK$1.071 bn above that" in found.sentence
    assert "the published figure is held only from the claim's own page" in found.sentence


def test_a_difference_wider_than_late_corrections_contradicts() -> None:
    months = figure("167329", "1", "sum_of_months", "derived")
    assert verdict(claim("175.0"), months, allowed="0.018").outcome is Outcome.CONTRADICTED
    assert verdict(claim("168.4"), months).outcome is Outcome.CONTRADICTED


def test_the_sum_of_months_is_another_official_basis_once_the_published_figure_is_held() -> None:
    published, months = figure("446600", "100"), figure("443273", "1", "sum_of_months", "derived")
    found = verdict(claim("443.3", period="2025"), published, months)
    assert (found.outcome, found.official_value) == (Outcome.BASIS_DIFFERENCE, Decimal("443.273"))
    assert "the figure as published is HK$446.6 bn" in found.sentence


def test_with_the_published_figure_held_a_claim_between_the_bases_is_contradicted_outright() -> None:
    published, months = figure("446600", "100"), figure("443273", "1", "sum_of_months", "derived")
    assert verdict(claim("445.0", period="2025"), published, months, allowed="0.018").outcome is Outcome.CONTRADICTED


def test_a_published_share_is_told_from_a_share_of_sums_off_by_one() -> None:
    own, months = figure("7.9", "0.1", url=NEWS), figure("7.789", "0.0001", "sum_of_months", "derived")
    about_2025 = claim("7.9", "pct", "deficit_pct_of_imports", "2025")
    assert verdict(about_2025, own, months, allowed="0.02").outcome is Outcome.BASIS_DIFFERENCE
    assert verdict(about_2025, months, allowed="0.02").outcome is Outcome.ROUNDING

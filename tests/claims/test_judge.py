"""Claims held against tiny marts, and the article's eight against the real ones."""

from collections.abc import Iterator
from decimal import Decimal

import duckdb
import pytest

from orchestration.claims import register
from orchestration.claims.judge import judge
from orchestration.claims.register import parse_claim
from orchestration.claims.verdicts import Verdict
from orchestration.settings import Settings
from tests.tiny_marts import PRESS, TABLE, TinyMarts

NEWS = "https://news.example/story"


def judged(marts: TinyMarts, metric: str, period: str, value: str, unit: str, url: str = NEWS) -> Verdict:
    row = {"claim_id": "X1", "claim": "a claim", "metric": metric, "period": period, "source_url": url}
    return judge(marts.connection, parse_claim(row | {"claimed_value": value, "claimed_unit": unit}))


@pytest.fixture
def march() -> TinyMarts:
    marts = TinyMarts()
    marts.month("2025-03", 455_534, 500_891)
    marts.month("2026-03", 618_401, 707_484, imports_yoy=100 * (707_484 / 500_891 - 1))
    marts.exchange_rate("2026-03", 7.8268)
    return marts


def test_a_level_is_official_and_a_balance_is_derived_from_official_levels(march: TinyMarts) -> None:
    level = judged(march, "imports", "2026-03", "707.5", "HKD bn")
    assert (level.outcome, level.evidence, level.source_urls) == ("confirmed", "official", (TABLE,))
    deficit = judged(march, "trade_deficit", "2026-03", "89.1", "HKD bn")
    assert (deficit.outcome, deficit.evidence, deficit.official_value) == ("confirmed", "derived", Decimal("89.083"))


def test_growth_rests_on_both_months(march: TinyMarts) -> None:
    growth = judged(march, "imports_yoy", "2026-03", "41.2", "pct")
    assert (growth.outcome, growth.evidence, growth.official_value) == ("confirmed", "derived", Decimal("41.245"))


def test_dollars_are_converted_at_the_average_rate_of_the_period(march: TinyMarts) -> None:
    dollars = judged(march, "trade_deficit", "2026-03", "11.4", "USD bn")
    assert (dollars.outcome, dollars.evidence, dollars.official_value) == ("confirmed", "derived", Decimal("11.382"))
    assert "https://www.federalreserve.gov/h10" in dollars.source_urls


def test_without_an_exchange_rate_a_claim_in_dollars_is_unverifiable(march: TinyMarts) -> None:
    assert judged(march, "imports", "2025-03", "64.4", "USD bn").outcome == "unverifiable"


def test_billions_for_millions_are_contradicted(march: TinyMarts) -> None:
    assert judged(march, "imports", "2026-03", "707.5", "HKD mn").outcome == "contradicted"


def test_growth_that_is_printed_only_on_the_claims_own_page_is_unverifiable() -> None:
    marts = TinyMarts()
    marts.observe("exports_yoy", "2026-Q1", 32, evidence="reported", url=NEWS)
    marts.published_growth("2026-Q1", 32.0)
    assert judged(marts, "exports_yoy", "2026-Q1", "32", "pct").outcome == "unverifiable"
    assert judged(marts, "exports_yoy", "2026-Q1", "32", "pct", url="https://b.example").outcome == "confirmed"


def test_a_cumulative_figure_within_the_envelope_of_other_years_is_a_basis_difference() -> None:
    marts = TinyMarts()
    for year, published in (("2022", -395_800), ("2023", -390_800), ("2024", -391_000)):
        marts.sum_of_months(year, 4_500_000, 4_890_000)
        marts.observe("balance", year, published, rounding_unit=100, url=PRESS)
    marts.sum_of_months("2026-Q1", 1_547_760, 1_715_089)
    within = judged(marts, "trade_deficit", "2026-Q1", "168.4", "HKD bn")
    assert (within.outcome, within.difference) == ("basis_difference", Decimal("1.071"))
    assert judged(marts, "trade_deficit", "2026-Q1", "172.4", "HKD bn").outcome == "contradicted"


@pytest.fixture(scope="module")
def warehouse(built: Settings) -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect(str(built.current / "warehouse.duckdb"), read_only=True) as connection:
        yield connection


EXPECTED = {
    "C001": ("confirmed", "89.083", "published", "derived"),
    "C002": ("confirmed", "11.382", "published", "derived"),
    "C003": ("confirmed", "1952", "published", "derived"),
    "C004": ("confirmed", "41.245", "published", "derived"),
    "C005": ("confirmed", "707.484", "published", "official"),
    "C006": ("confirmed", "35.753", "published", "derived"),
    "C007": ("basis_difference", "167.329", "sum_of_months", "derived"),
    "C008": ("confirmed", "9.76", "sum_of_months", "derived"),
}


@pytest.mark.parametrize("claim", register.read(), ids=lambda claim: claim.claim_id)
def test_the_articles_claims_are_judged_as_they_were_by_hand(
    warehouse: duckdb.DuckDBPyConnection, claim: register.Claim
) -> None:
    verdict = judge(warehouse, claim)
    found = (verdict.outcome, str(verdict.official_value), verdict.basis, verdict.evidence)
    assert found == EXPECTED[claim.claim_id]
    assert claim.source_url not in verdict.source_urls
    assert verdict.sentence.endswith(".")

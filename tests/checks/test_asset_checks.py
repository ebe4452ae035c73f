"""The rules and claims as Dagster sees them."""

import dagster as dg
import pytest

from orchestration.checks.asset_checks import CHECKS, SPECS, _of_verdict
from orchestration.claims.register import read
from orchestration.claims.verdicts import Outcome, Verdict

CLAIM = read()[0]
SPEC = next(spec for spec in SPECS if spec.name.startswith("claim_c001"))


def test_each_rule_and_each_claim_is_a_blocking_check_under_its_own_name() -> None:
    assert [spec.name for spec in SPECS] == [
        "late_corrections_within_envelope",
        "balance_equals_exports_less_imports",
        "gold_outside_merchandise_totals",
        "peg_within_band",
        "row_counts_as_recorded",
        "live_agrees_with_record",
        "idds_gold_agrees_with_comtrade",
        "implied_gold_price_near_market",
        "claim_c001_march_2026_visible_trade_deficit",
        "claim_c002_march_2026_deficit_in_us_dollars",
        "claim_c003_march_2026_gap_is_the_largest_recorded_since_1952",
        "claim_c004_imports_rose_in_march_2026",
        "claim_c005_imports_level_in_march_2026",
        "claim_c006_exports_rose_in_march_2026",
        "claim_c007_first_quarter_2026_trade_deficit",
        "claim_c008_first_quarter_2026_deficit_is_nearly_10_of_imports",
    ]
    assert all(spec.blocking and spec.description for spec in SPECS)
    assert [check.check_keys for check in CHECKS] == [{spec.key for spec in SPECS}]


@pytest.mark.parametrize(
    ("outcome", "passed", "severity"),
    [
        (Outcome.CONFIRMED, True, "ERROR"),
        (Outcome.ROUNDING, True, "ERROR"),
        (Outcome.BASIS_DIFFERENCE, True, "ERROR"),
        (Outcome.CONTRADICTED, False, "ERROR"),
        (Outcome.UNVERIFIABLE, False, "WARN"),
    ],
)
def test_a_wrong_claim_blocks_and_an_unverifiable_one_warns(outcome: Outcome, passed: bool, severity: str) -> None:
    result = _of_verdict(SPEC, Verdict(CLAIM, outcome, "A sentence."))
    assert (result.passed, result.severity) == (passed, dg.AssetCheckSeverity[severity])
    assert result.description == f"{outcome}: A sentence."

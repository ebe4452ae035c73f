"""The Dagster checks of rules and claims."""

from decimal import Decimal

import dagster as dg
import pytest

from orchestration.claims import table
from orchestration.claims.register import Registered, read
from orchestration.claims.verdicts import Outcome
from orchestration.defs.checks import CHECKS, SPECS, _of_verdict

CLAIM = read()[0]
SPEC = next(spec for spec in SPECS if spec.name.startswith("claim_c001"))


def test_each_rule_and_claim_is_a_check_with_its_own_name() -> None:
    names = [spec.name for spec in SPECS]
    assert names[:16] == [
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
    assert len(names) == 8 + 38
    assert all(spec.description for spec in SPECS)
    assert [spec.name for spec in SPECS if spec.blocking] == names[:16]
    assert [check.check_keys for check in CHECKS] == [{spec.key for spec in SPECS}]


@pytest.mark.parametrize(
    ("settled", "outcome", "passed", "severity"),
    [
        (None, "confirmed", True, "ERROR"),
        (None, "rounding", True, "ERROR"),
        (None, "basis_difference", True, "ERROR"),
        (None, "mislabelled", False, "ERROR"),
        (None, "contradicted", False, "ERROR"),
        (None, "unverifiable", False, "WARN"),
        ("contradicted", "contradicted", True, "WARN"),
        ("contradicted", "confirmed", False, "WARN"),
        ("confirmed", "contradicted", False, "WARN"),
    ],
)
def test_wrong_claim_blocks_unless_settled_as_wrong_and_a_change_warns(
    settled: str | None, outcome: str, passed: bool, severity: str
) -> None:
    registered = Registered(CLAIM.claim, Outcome(settled) if settled else None)
    row = {**dict.fromkeys(table.REGISTERED_COLUMNS), "verdict": outcome, "sentence": "A sentence."}
    result = _of_verdict(SPEC, registered, {**row, "source_url": "https://a.example"})
    assert (result.passed, result.severity) == (passed, dg.AssetCheckSeverity[severity])
    assert result.description == f"{outcome}: A sentence."
    assert result.metadata["verdict"].value == outcome


def test_metadata_omits_missing_values_and_trailing_zeros() -> None:
    row = {**dict.fromkeys(table.REGISTERED_COLUMNS), "verdict": "unverifiable", "sentence": "A sentence."}
    row |= {"claimed_value": "59.3", "claimed_unit": "HKD bn", "source_url": "https://a.example"}
    bare = _of_verdict(SPEC, CLAIM, row).metadata
    assert set(bare) == {"verdict", "claimed", "claimed_by"}
    held = {"official_value": "59.1", "official_unit": "HKD bn", "difference": Decimal("0.200000000")}
    shown = _of_verdict(SPEC, CLAIM, {**row, **held}).metadata
    assert (shown["official_value"].value, shown["difference"].value) == ("59.1 HKD bn", "0.2")

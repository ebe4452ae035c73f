"""The rules and the registered claims as Dagster asset checks, in one step: the build file is opened once.

All of them gate the release. A wrong claim does too: registered claims are of settled months, so one that is no longer
confirmed means that the record or a model changed for the worse. A claim that can't be judged only warns.
"""

import inspect
import re
from collections.abc import Iterator

import dagster as dg

from orchestration.checks import reconciliation, rules
from orchestration.checks.finding import Finding
from orchestration.checks.row_counts import row_counts_as_recorded
from orchestration.checks.rules import Rule
from orchestration.claims import register
from orchestration.claims.judge import judge
from orchestration.claims.register import Claim
from orchestration.claims.verdicts import Outcome, Verdict
from orchestration.resources import Warehouse

OBSERVATIONS = dg.AssetKey(["marts", "fct_observations"])
GOLD_TRADE = dg.AssetKey(["marts", "fct_gold_trade"])
MONTHLY = dg.AssetKey(["marts", "fct_trade_balance_monthly"])
PERIOD = dg.AssetKey(["marts", "fct_trade_balance_period"])

RULES: dict[Rule, dg.AssetKey] = {
    rules.late_corrections_within_envelope: PERIOD,
    rules.balance_equals_exports_less_imports: MONTHLY,
    rules.gold_outside_merchandise_totals: dg.AssetKey(["marts", "fct_trade_by_category"]),
    rules.peg_within_band: dg.AssetKey(["marts", "fct_hkd_peg_monthly"]),
    row_counts_as_recorded: OBSERVATIONS,
    reconciliation.live_agrees_with_record: OBSERVATIONS,
    reconciliation.idds_gold_agrees_with_comtrade: GOLD_TRADE,
    reconciliation.implied_gold_price_near_market: GOLD_TRADE,
}

SEVERITIES = {"error": dg.AssetCheckSeverity.ERROR, "warn": dg.AssetCheckSeverity.WARN}
PASSING = {Outcome.CONFIRMED, Outcome.ROUNDING, Outcome.BASIS_DIFFERENCE}


def _rule_check(rule: Rule, asset: dg.AssetKey) -> dg.AssetCheckSpec:
    return dg.AssetCheckSpec(rule.__name__, asset=asset, description=inspect.getdoc(rule), blocking=True)


def _claim_check(claim: Claim) -> dg.AssetCheckSpec:
    slug = re.sub(r"[^a-z0-9]+", "_", f"{claim.claim_id} {claim.text}".lower()).strip("_")
    return dg.AssetCheckSpec(
        f"claim_{slug}",
        asset=MONTHLY if claim.period.months == 1 else PERIOD,
        description=f"{claim.text}: {claim.printed.value} {claim.unit.name}, by {claim.source_url}",
        additional_deps=[OBSERVATIONS],
        blocking=True,
    )


RULE_CHECKS = [(_rule_check(rule, asset), rule) for rule, asset in RULES.items()]
CLAIM_CHECKS = [(_claim_check(claim), claim) for claim in register.read()]
SPECS = [spec for spec, _ in (*RULE_CHECKS, *CLAIM_CHECKS)]


@dg.multi_asset_check(specs=SPECS, name="rules_and_claims", pool="duckdb", can_subset=True)
def rules_and_claims(context: dg.AssetCheckExecutionContext, warehouse: Warehouse) -> Iterator[dg.AssetCheckResult]:
    """Hold the rules of the domain, and the registered claims, against the build file."""
    selected = context.selected_asset_check_keys
    with warehouse.connect(read_only=True) as connection:
        for spec, rule in RULE_CHECKS:
            if spec.key in selected:
                yield _of_finding(spec, rule(connection))
        for spec, claim in CLAIM_CHECKS:
            if spec.key in selected:
                yield _of_verdict(spec, judge(connection, claim))


def _of_finding(spec: dg.AssetCheckSpec, finding: Finding) -> dg.AssetCheckResult:
    return dg.AssetCheckResult(
        passed=finding.passed,
        asset_key=spec.asset_key,
        check_name=spec.name,
        severity=SEVERITIES[finding.severity],
        description=finding.sentence,
        metadata=finding.figures,
    )


def _of_verdict(spec: dg.AssetCheckSpec, verdict: Verdict) -> dg.AssetCheckResult:
    is_unverifiable = verdict.outcome is Outcome.UNVERIFIABLE
    return dg.AssetCheckResult(
        passed=verdict.outcome in PASSING,
        asset_key=spec.asset_key,
        check_name=spec.name,
        severity=SEVERITIES["warn" if is_unverifiable else "error"],
        description=f"{verdict.outcome}: {verdict.sentence}",
        metadata={
            "verdict": verdict.outcome.value,
            "claimed": f"{verdict.claim.printed.value} {verdict.claim.unit.name}",
            "official_value": f"{verdict.official_value}",
            "difference": f"{verdict.difference}",
            "basis": f"{verdict.basis}",
            "evidence": f"{verdict.evidence}",
            "claimed_by": dg.MetadataValue.url(verdict.claim.source_url),
            "sources": dg.MetadataValue.md("\n".join(f"- {url}" for url in verdict.source_urls)),
        },
    )


CHECKS = [rules_and_claims]

"""The rules and the registered claims as Dagster asset checks, in one step, so that the build file is opened once.

Rules block the release, and so do claims that must be confirmed: they are about months that no longer change, so a
different verdict means that the record or a model got worse. The other claims were settled when they were registered,
some of them as wrong; a verdict that changes is a warning. So is a claim that can't be judged.
"""

import inspect
import re
from collections.abc import Collection, Iterator
from typing import Any

import dagster as dg
import duckdb

from orchestration.checks import reconciliation, rules
from orchestration.checks.finding import DomainRule, Finding
from orchestration.checks.row_counts import row_counts_as_recorded
from orchestration.claims import register
from orchestration.claims.register import Registered
from orchestration.claims.verdicts import Outcome
from orchestration.defs.resources import Warehouse
from orchestration.warehouse import build_log, contents

OBSERVATIONS = dg.AssetKey(["marts", "fct_observations"])
CLAIM_VERDICTS = dg.AssetKey(["marts", "fct_claim_verdicts"])
GOLD_TRADE = dg.AssetKey(["marts", "fct_gold_trade"])
MONTHLY = dg.AssetKey(["marts", "fct_trade_balance_monthly"])
PERIOD = dg.AssetKey(["marts", "fct_trade_balance_period"])

RULES: dict[DomainRule, dg.AssetKey] = {
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
VERDICTS = "select * from marts.fct_claim_verdicts"


def _rule_check(rule: DomainRule, asset: dg.AssetKey) -> dg.AssetCheckSpec:
    return dg.AssetCheckSpec(rule.__name__, asset=asset, description=inspect.getdoc(rule), blocking=True)


def _claim_check(registered: Registered) -> dg.AssetCheckSpec:
    claim = registered.claim
    slug = re.sub(r"[^a-z0-9]+", "_", f"{claim.claim_id} {claim.text}".lower()).strip("_")
    settled = f", settled as {registered.settled}" if registered.settled else ""
    return dg.AssetCheckSpec(
        f"claim_{slug}",
        asset=CLAIM_VERDICTS,
        # The URL comes last: Dagster's UI includes text that follows a URL in the link.
        description=f"{claim.text}: {claim.claimed_value} {claim.unit.name}{settled}; by {claim.source_url}",
        blocking=registered.gates,
    )


RULE_CHECKS = [(_rule_check(rule, asset), rule) for rule, asset in RULES.items()]
CLAIM_CHECKS = [(_claim_check(each), each) for each in register.read()]
SPECS = [spec for spec, _ in (*RULE_CHECKS, *CLAIM_CHECKS)]


@dg.multi_asset_check(specs=SPECS, name="rules_and_claims", pool="duckdb", can_subset=True)
def rules_and_claims(
    context: dg.AssetCheckExecutionContext, warehouse: dg.ResourceParam[Warehouse]
) -> Iterator[dg.AssetCheckResult]:
    """Check the rules of the domain, and the registered claims, on the build file."""
    with warehouse.connect() as connection:
        results = run(connection, context.selected_asset_check_keys)
    yield from results


def run(connection: duckdb.DuckDBPyConnection, selected: Collection[dg.AssetCheckKey]) -> list[dg.AssetCheckResult]:
    """Check the selected rules and claims on the build file, and log their outcomes in it."""
    code = build_log.code_version()
    contents.forget_changed(connection)
    results = [_of_finding(spec, rule(connection)) for spec, rule in RULE_CHECKS if spec.key in selected]
    verdicts = _verdicts(connection)
    results += [
        _of_verdict(spec, registered, verdicts[registered.claim.claim_id])
        for spec, registered in CLAIM_CHECKS
        if spec.key in selected
    ]
    build_log.checks_ended(connection, [_outcome(result) for result in results], code)
    return results


def logged_name(key: dg.AssetCheckKey) -> str:
    """Return the name of one of these checks in the log of the build file."""
    return build_log.check_name(key.asset_key.path[-1], key.name)


def _outcome(result: dg.AssetCheckResult) -> build_log.Outcome:
    assert result.asset_key is not None
    assert result.check_name is not None
    blocks = result.severity == SEVERITIES["error"]
    state = "pass" if result.passed else "fail" if blocks else "warn"
    name = logged_name(dg.AssetCheckKey(result.asset_key, result.check_name))
    return build_log.Outcome(name, state, blocks, result.description or "")


def _verdicts(connection: duckdb.DuckDBPyConnection) -> dict[str, dict[str, Any]]:
    result = connection.execute(VERDICTS)
    names = [name for name, *_ in result.description]
    rows = [dict(zip(names, row, strict=True)) for row in result.fetchall()]
    return {row["claim_id"]: row for row in rows}


def _of_finding(spec: dg.AssetCheckSpec, finding: Finding) -> dg.AssetCheckResult:
    return dg.AssetCheckResult(
        passed=finding.passed,
        asset_key=spec.asset_key,
        check_name=spec.name,
        severity=SEVERITIES[finding.severity],
        description=finding.sentence,
        metadata=finding.figures,
    )


def _of_verdict(spec: dg.AssetCheckSpec, registered: Registered, verdict: dict[str, Any]) -> dg.AssetCheckResult:
    outcome = Outcome(verdict["verdict"])
    is_warning = outcome is Outcome.UNVERIFIABLE or not registered.gates
    return dg.AssetCheckResult(
        passed=registered.is_as_settled(outcome),
        asset_key=spec.asset_key,
        check_name=spec.name,
        severity=SEVERITIES["warn" if is_warning else "error"],
        description=f"{outcome}: {verdict['sentence']}",
        metadata={name: value for name, value in _metadata(registered, verdict).items() if value},
    )


def _metadata(registered: Registered, verdict: dict[str, Any]) -> dict[str, Any]:
    """Return the metadata of a verdict; the caller drops empty values."""
    official, difference = verdict["official_value"], verdict["difference"]
    sources = (verdict["evidence_urls"] or "").split()
    return {
        "verdict": verdict["verdict"],
        "settled_verdict": registered.settled and registered.settled.value,
        "diagnosis": verdict["diagnosis"],
        "claimed": f"{verdict['claimed_value']} {verdict['claimed_unit']}",
        "official_value": official and f"{official} {verdict['official_unit']}",
        "difference": difference is not None and f"{difference.normalize():f}",
        "basis": verdict["basis"],
        "evidence": verdict["evidence"],
        "claimed_by": dg.MetadataValue.url(verdict["source_url"]),
        "sources": sources and dg.MetadataValue.md("\n".join(f"- {url}" for url in sources)),
    }


CHECKS = [rules_and_claims]

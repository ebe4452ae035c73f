"""A claim held against the marts of one DuckDB file."""

import duckdb

from orchestration.claims import evidence, late_corrections, records, verdicts
from orchestration.claims.register import Claim
from orchestration.claims.verdicts import Verdict


def judge(connection: duckdb.DuckDBPyConnection, claim: Claim) -> Verdict:
    """Return the verdict on a claim by the figures that this file serves."""
    if claim.metric.kind == "since":
        return records.judge_record(claim, records.deficits(connection, claim))
    figures = evidence.figures(connection, claim.metric, claim.period, claim.unit)
    # The share of the deficit in imports moves as the deficit does: late corrections move imports by 0.1 % at most.
    series = "balance" if claim.metric.series == "deficit_pct_of_imports" else claim.metric.series
    return verdicts.judge(claim, figures, late_corrections.allowance(connection, series, claim.period.label))

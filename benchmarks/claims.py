"""How long 10,000 claims take to judge, compared with looking up each figure in SQL; and how good diagnoses are.

The claims are generated from the marts of the release: half of them are true, the others have a wrong label, a slightly
wrong number or a random one, so most of those are compared with every other label.
"""

import statistics
import time
from collections.abc import Callable, Iterator
from itertools import cycle, islice
from pathlib import Path

import duckdb

from orchestration import releases
from orchestration.claims import record as records
from orchestration.claims.claim import Claim
from orchestration.claims.judge import judge, judge_all
from orchestration.claims.record import Record
from orchestration.claims.verdicts import Outcome
from testing.generated_claims import Number, near_misses, random_claims, totals, true_claims, with_a_wrong_label

CLAIMS = 10_000
ROUNDS = 5
COLUMNS = {
    "imports": "imports_hkd_mn",
    "exports": "total_exports_hkd_mn",
    "trade_deficit": "-balance_hkd_mn",
    "imports_yoy": "imports_yoy_pct",
    "exports_yoy": "exports_yoy_pct",
    "imports_mom": "imports_mom_pct",
    "exports_mom": "exports_mom_pct",
    "deficit_pct_of_imports": "deficit_pct_of_imports",
}
MONTH = "select {} from marts.fct_trade_balance_monthly where month = ?"
PERIOD = "select {} from marts.fct_trade_balance_period where period_label = ?"


def generate(numbers: list[Number]) -> list[Claim]:
    """Return 10,000 claims in a fixed order, in turn a true one and a wrong one."""
    mislabelled = [each.claim for each in with_a_wrong_label(numbers)]
    wrong = cycle([*near_misses(numbers, 2_000), *mislabelled, *random_claims(2_000)])
    pairs = zip(cycle(true_claims(numbers)), wrong, strict=False)
    return list(islice((claim for pair in pairs for claim in pair), CLAIMS))


def _look_up(connection: duckdb.DuckDBPyConnection, claims: list[Claim]) -> None:
    for claim in claims:
        column = COLUMNS[claim.metric.name]
        if claim.period.months == 1:
            connection.execute(MONTH.format(column), [claim.period.start]).fetchall()
        else:
            connection.execute(PERIOD.format(column), [claim.period.label]).fetchall()


def _seconds(work: Callable[[], object]) -> float:
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def measure(home: Path) -> dict[str, float]:
    """Return times and their ratio, medians of alternating rounds, and percentages of right and false diagnoses."""
    release = releases.current_release(home / "current")
    with releases.connect(release) as connection:
        numbers = totals(connection)
        claims = generate(numbers)
        placed = [("generated", claim) for claim in claims]
        judged, looked_up = [], []
        for _ in range(ROUNDS):
            judged.append(_seconds(lambda: judge_all(records.read(connection), placed)))
            looked_up.append(_seconds(lambda: _look_up(connection, claims)))
        record = records.read(connection)
    checking, looking_up = statistics.median(judged), statistics.median(looked_up)
    return {
        "claims": CLAIMS,
        "seconds": round(checking, 2),
        "sql_look_ups_seconds": round(looking_up, 2),
        "ratio_to_sql_look_ups": round(checking / looking_up, 2),
        **dict(_diagnoses(record, numbers)),
    }


def _diagnoses(record: Record, numbers: list[Number]) -> Iterator[tuple[str, float]]:
    """Yield how many of a hundred wrong labels are named, and how many wrong numbers get a diagnosis by chance."""
    judged = [(each, judge(record, each.claim)) for each in with_a_wrong_label(numbers)]
    wrong = [
        (each, verdict) for each, verdict in judged if verdict.outcome in (Outcome.MISLABELLED, Outcome.CONTRADICTED)
    ]
    for label in dict.fromkeys(each.label for each, _ in wrong):
        named = [each.is_named_in(verdict.diagnosis) for each, verdict in wrong if each.label == label]
        yield f"lost {label} named pct", round(100 * sum(named) / len(named), 1)
    for name, claims in (("random numbers", random_claims(5_000)), ("near misses", near_misses(numbers, 5_000))):
        outcomes = [judge(record, claim).outcome for claim in claims]
        yield f"{name} with a diagnosis pct", round(100 * outcomes.count(Outcome.MISLABELLED) / len(outcomes), 2)

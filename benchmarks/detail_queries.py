"""How long random queries take on a release with detail: its mart by chapter and partner, and its rows.

The queries are those of an analyst, with random chapters, partners, codes and months, from a fixed seed.
`python -m benchmarks.detail_queries` runs them on the release of the home, over one connection, and prints the result.
"""

import json
import random
import statistics
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import duckdb

from benchmarks import children
from orchestration import releases
from orchestration.settings import get_settings

QUESTIONS = 200
MART = "marts.fct_trade_by_chapter_and_partner_monthly"
DETAIL = "marts.fct_trade_detail_monthly"
ON_THE_MART = {
    "a chapter with a partner, month by month": f"""
        select month, flow, value_hkd_mn from {MART} where hs_chapter = $chapter and partner_code = $partner
        order by month, flow
    """,
    "the partners of a chapter in a month": f"""
        select partner_code, sum(value_hkd_mn) as value_hkd_mn from {MART}
        where month = $month and hs_chapter = $chapter and flow = $flow group by all order by 2 desc limit 10
    """,
    "the chapters of a partner in a month": f"""
        select hs_chapter, flow, value_hkd_mn from {MART} where month = $month and partner_code = $partner
        order by 3 desc
    """,
}
ON_ROWS = {
    "month_by_chapter": f"""
        select flow, substr(hs_code, 1, 2) as chapter, sum(value_hkd_mn) as value_hkd_mn from {DETAIL}
        where month = $month group by all order by all
    """,
    "code_over_all_months": f"""
        select month, flow, sum(value_hkd_mn) as value_hkd_mn from {DETAIL} where hs_code = $code
        group by all order by all
    """,
    "partners_of_a_code_in_a_year": f"""
        select partner_code, sum(value_hkd_mn) as value_hkd_mn from {DETAIL}
        where month between $year and $year + interval 11 months and hs_code = $code and flow = $flow
        group by all order by 2 desc limit 10
    """,
}
Ask = Callable[[], dict[str, object]]


def asker(connection: duckdb.DuckDBPyConnection) -> Ask:
    """Return a function that gives random parameters from the values in the release."""
    chance = random.Random(1)  # noqa: S311
    held = {
        "month": f"select distinct month from {MART} order by 1",
        "chapter": f"select distinct hs_chapter from {MART} order by 1",
        "partner": f"select distinct partner_code from {MART} order by 1",
        "code": f"select distinct hs_code from {DETAIL} where month = (select max(month) from {DETAIL}) order by 1",
        "flow": f"select distinct flow from {MART} order by 1",
    }
    values = {name: [row[0] for row in connection.execute(query).fetchall()] for name, query in held.items()}
    values["year"] = sorted({month.replace(month=1) for month in values["month"]})
    return lambda: {name: chance.choice(each) for name, each in values.items()}


def latencies(connection: duckdb.DuckDBPyConnection, questions: list[str], ask: Ask, times: int) -> Iterator[float]:
    """Yield the milliseconds of queries in turn, each fetched to its last row."""
    for number in range(times):
        question, values = questions[number % len(questions)], ask()
        bound = {name: value for name, value in values.items() if f"${name}" in question}
        began = time.perf_counter()
        connection.execute(question, bound).fetchall()
        yield 1000 * (time.perf_counter() - began)


def percentiles(name: str, milliseconds: list[float]) -> dict[str, float]:
    cuts = statistics.quantiles(milliseconds, n=100, method="inclusive")
    return {f"{name}_p50_ms": round(cuts[49], 2), f"{name}_p95_ms": round(cuts[94], 2)}


def ask_all(times: int) -> dict[str, float]:
    """Run the queries on the release of the home; return percentiles: of all on the mart, and of each on the rows."""
    settings = get_settings()
    release, limits = releases.current_release(settings.current), {"memory_limit": settings.memory_limit}
    with duckdb.connect(str(release.database), read_only=True, config=dict(limits)) as connection:
        ask = asker(connection)
        found = percentiles("mart", list(latencies(connection, list(ON_THE_MART.values()), ask, times)))
        for name, question in ON_ROWS.items():
            found |= percentiles(name, list(latencies(connection, [question], ask, times)))
    return found


def measure(home: Path) -> dict[str, float]:
    """Return milliseconds, medians and 95th percentiles, and the peak memory of the querying process."""
    cost = children.module("detail_queries", home=home)
    return {"questions_of_each": QUESTIONS, **cost.json(), "peak_mb": round(cost.peak_mb)}


if __name__ == "__main__":
    print(json.dumps(ask_all(QUESTIONS)))

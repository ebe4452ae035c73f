"""What the record holds for a metric and a period: each figure with its basis, its evidence and its addresses."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any, Literal
from urllib.parse import urlsplit

import duckdb

from orchestration.claims.metrics import Metric, Unit
from orchestration.periods import Period

Basis = Literal["published", "sum_of_months"]
Evidence = Literal["official", "derived", "reported"]

# A mart's percentage is a quotient of HK$ million, of at most 7 digits. Its double lies within 1e-12 of the exact
# value, and one that is no tie at a printed precision is more than 1e-10 from one: this rounding restores exact ties.
EXACT_PLACE = Decimal("1e-11")

PRINTED = """
select value, rounding_unit, evidence, source_url
from marts.fct_observations
where series = $series and period_label = $label and classification = 'total' and member_code = 'total' and is_usable
order by selection_rank
"""

INPUTS = """
select distinct source_url, evidence
from marts.fct_observations
where
    list_contains($series, series) and classification = 'total' and member_code = 'total' and is_served
    and period_start >= $start and period_start <= $last_month
    and case when $months_only then frequency = 'month' else period_label = $label end
order by source_url
"""

MONTH = """
select {column}, rounding_unit_hkd_mn, imports_hkd_mn
from marts.fct_trade_balance_monthly
where month = $start
"""

PERIOD = """
select {column}, rounding_unit_hkd_mn, imports_hkd_mn
from marts.fct_trade_balance_period
where period_label = $label and basis = $basis
"""

EXCHANGE_RATE = """
select avg(value), count(*), list(distinct source_url)
from marts.fct_observations
where series = 'hkd_per_usd' and frequency = 'month' and is_served and period_start between $start and $last_month
"""


@dataclass(frozen=True)
class Figure:
    """One figure of the record: HK$ million, US$ million or percent, and why it may be believed."""

    value: Decimal
    rounding_unit: Decimal
    basis: Basis
    evidence: Evidence
    source_urls: tuple[str, ...]

    def stands_on(self, url: str) -> bool:
        """Say whether the page at this address is a source of the figure."""
        return _page(url) in {_page(source) for source in self.source_urls}


def _page(url: str) -> str:
    """Return what names a page, however its address is written."""
    parts = urlsplit(url.strip())
    query = f"?{parts.query}" if parts.query else ""
    return f"{parts.netloc.lower().removeprefix('www.')}{parts.path.rstrip('/')}{query}"


def figures(connection: duckdb.DuckDBPyConnection, metric: Metric, period: Period, unit: Unit) -> list[Figure]:
    """Return the figures that a claim in this unit can be held against, the best first.

    Figures as published come before sums of months; the record's own choice comes first among several pages.
    """
    found = [*_printed(connection, metric, period), *_computed(connection, metric, period)]
    found = [replace(figure, value=figure.value * metric.sign) for figure in found]
    return _in_usd(connection, period, found) if unit.in_usd else found


def _printed(connection: duckdb.DuckDBPyConnection, metric: Metric, period: Period) -> Iterable[Figure]:
    rows = connection.execute(PRINTED, {"series": metric.series, "label": period.label}).fetchall()
    for value, rounding_unit, evidence, url in rows:
        yield Figure(value, rounding_unit, "published", evidence, (url,))


def _computed(connection: duckdb.DuckDBPyConnection, metric: Metric, period: Period) -> Iterable[Figure]:
    """Yield what the marts work out from published levels, and from single months where the period has several."""
    if period.months == 1:
        queries: list[tuple[Basis, str, dict[str, Any]]] = [("published", MONTH, {"start": period.start})]
    else:
        bases: tuple[Basis, ...] = ("published", "sum_of_months")
        queries = [(basis, PERIOD, {"label": period.label, "basis": basis}) for basis in bases]
    for basis, query, parameters in queries:
        row = connection.execute(query.format(column=metric.column), parameters).fetchone()
        if row and row[0] is not None:
            value, rounding_unit, imports = row
            if metric.kind == "pct":
                # Numerator and base may each be off by half a rounding unit, and are of the same order.
                rounding_unit = 2 * 100 * rounding_unit / imports if imports else Decimal("0.1")
            evidence, urls = _inputs(connection, metric, period, basis)
            yield Figure(_exact(value), rounding_unit, basis, evidence, urls)


def _exact(value: Decimal | float) -> Decimal:
    return value if isinstance(value, Decimal) else Decimal(repr(value)).quantize(EXACT_PLACE)


def _inputs(
    connection: duckdb.DuckDBPyConnection, metric: Metric, period: Period, basis: Basis
) -> tuple[Evidence, tuple[str, ...]]:
    """Return the addresses of the figures that a computed figure rests on, and what evidence they make it."""
    sources: dict[str, str] = {}
    for needed in [period, *([period.back(12)] if metric.on_a_year_earlier else [])]:
        parameters = {
            "series": [metric.series, *metric.inputs],
            "label": needed.label,
            "start": needed.start,
            "last_month": needed.last_month,
            "months_only": basis == "sum_of_months",
        }
        sources |= dict(connection.execute(INPUTS, parameters).fetchall())
    is_official = set(sources.values()) == {"official"}
    return "derived" if is_official else "reported", tuple(sources)


def _in_usd(connection: duckdb.DuckDBPyConnection, period: Period, found: list[Figure]) -> list[Figure]:
    """Convert at the average rate of the period's months; without a rate for each of them there is no figure."""
    parameters = {"start": period.start, "last_month": period.last_month}
    [(rate, months, urls)] = connection.execute(EXCHANGE_RATE, parameters).fetchall()
    if months != period.months:
        return []
    hkd_per_usd = Decimal(repr(rate))
    return [
        replace(
            figure,
            value=figure.value / hkd_per_usd,
            rounding_unit=figure.rounding_unit / hkd_per_usd,
            evidence="reported" if figure.evidence == "reported" else "derived",
            source_urls=(*figure.source_urls, *urls),
        )
        for figure in found
    ]

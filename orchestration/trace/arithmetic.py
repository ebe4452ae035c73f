"""The arithmetic from published figures to a served one, written out with its numbers."""

from collections.abc import Mapping
from decimal import Decimal

from orchestration.periods import Period
from orchestration.trace.mart_figures import Served
from orchestration.trace.measures import EXPORTS, Measure
from orchestration.trace.observations import Key


def working(measure: Measure, period: Period, served: Served, used: Mapping[Key, Decimal]) -> str:
    """Return how a served figure follows from the figures used: `618,401 - 707,484`."""
    own = (measure.series[0], period.label)
    if len(used) == 1 and own in used:
        return "as printed"
    months = period.each_month if served.basis == "sum_of_months" else [period]
    if measure.kind == "growth":
        earlier = [month.back(measure.months_back) for month in months]
        return f"100 * ({_level(measure, months, used)} / {_level(measure, earlier, used)} - 1)"
    if measure.kind == "level":
        return " + ".join(f"{value:,.0f}" for value in used.values())
    balance = _balance(months, served, used)
    if measure.kind == "share":
        return f"100 * -({balance}) / {_sum('imports', months, used):,.0f}"
    if "hkd_per_usd" in measure.series:
        return f"({balance}) / {used['hkd_per_usd', period.label].normalize():f}"
    return balance


def _sum(series: str, months: list[Period], used: Mapping[Key, Decimal]) -> Decimal:
    names = EXPORTS if series == "total_exports" else (series,)
    return sum((used.get((name, month.label), Decimal(0)) for name in names for month in months), Decimal(0))


def _level(measure: Measure, months: list[Period], used: Mapping[Key, Decimal]) -> str:
    return f"{_sum('imports' if 'imports' in measure.series else 'total_exports', months, used):,.0f}"


def _balance(months: list[Period], served: Served, used: Mapping[Key, Decimal]) -> str:
    if served.is_balance_printed:
        return f"{_sum('balance', months, used):,.0f}"
    return f"{_sum('total_exports', months, used):,.0f} - {_sum('imports', months, used):,.0f}"

"""Which published figures a served one was computed from, and the formula written out with their numbers."""

from collections.abc import Iterable, Mapping
from decimal import Decimal

from orchestration.claims.measures import MEASURES
from orchestration.periods import Period
from orchestration.trace.mart_figures import MartFigure
from orchestration.trace.measures import EXPORTS, TracedMeasure

# (series, period label)
Key = tuple[str, str]


def labels(traced: TracedMeasure, period: Period, figure: MartFigure) -> list[str]:
    """Return the labels of the periods that a figure rests on, including those it is compared with."""
    spans = [period, *([period.back(traced.months_back)] if traced.months_back else [])]
    if figure.basis == "sum_of_months":
        spans = [month for span in spans for month in span.each_month]
    return [span.label for span in spans]


def keys_used(traced: TracedMeasure, period: Period, figure: MartFigure, held: Iterable[Key]) -> set[Key]:
    """Return which of the held figures a served one was taken or computed from."""
    held = set(held)
    own = (traced.series[0], period.label)
    if traced.kind == "rate" or (traced.kind in ("share", "growth") and own in held and figure.basis == "published"):
        return {own}
    used = set()
    for label in labels(traced, period, figure):
        if figure.is_balance_printed:
            used |= {("balance", label), *([("imports", label)] if traced.kind == "share" else [])}
        else:
            used |= {key for key in _levels(label, held) if key[0] in traced.series}
        if "hkd_per_usd" in traced.series:
            used.add(("hkd_per_usd", label))
    return used & held


def _levels(label: str, held: set[Key]) -> set[Key]:
    exports = EXPORTS[:1] if ("total_exports", label) in held else EXPORTS[1:]
    return {(series, label) for series in (*exports, "imports")}


def working(traced: TracedMeasure, period: Period, figure: MartFigure, values: Mapping[Key, Decimal]) -> str:
    """Return how a served figure follows from published ones, in the marts' units: `618,401 - 707,484`."""
    keys = keys_used(traced, period, figure, values)
    used = {key: value for key, value in values.items() if key in keys}
    if used.keys() == {(traced.series[0], period.label)}:
        return "as printed"
    months = period.each_month if figure.basis == "sum_of_months" else [period]
    if traced.kind == "level":
        return " + ".join(f"{value:,.0f}" for value in used.values())
    if traced.formula and traced.kind == "growth":
        flow = "imports" if "imports" in traced.series else "total_exports"
        earlier = [month.back(traced.months_back) for month in months]
        return traced.formula.write(this=_sum(flow, months, used), earlier=_sum(flow, earlier, used))
    inputs = {name: _sum(name, months, used) for name in ("total_exports", "imports")}
    balance = _sum("balance", months, used) if figure.is_balance_printed else MEASURES["balance"].write(**inputs)
    if traced.formula is None or traced.formula is MEASURES["balance"]:
        return balance
    rate = used.get(("hkd_per_usd", period.label), Decimal(0))
    return traced.formula.write(balance=balance, hkd_per_usd=f"{rate.normalize():f}", **inputs)


def _sum(series: str, months: Iterable[Period], used: Mapping[Key, Decimal]) -> str:
    names = EXPORTS if series == "total_exports" else (series,)
    total = sum((used.get((name, month.label), Decimal(0)) for name in names for month in months), Decimal(0))
    return f"{total:,.0f}"

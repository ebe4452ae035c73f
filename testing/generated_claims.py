"""Generated claims whose numbers come from the marts: true ones, ones with a wrong label, and random numbers."""

import random
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from decimal import ROUND_HALF_EVEN, Decimal

import duckdb

from orchestration import periods
from orchestration.claims import units
from orchestration.claims.claim import COLUMNS, Claim, parse_claim
from orchestration.claims.units import Unit
from orchestration.periods import Period

AMOUNTS = ("imports", "exports", "trade_deficit")
RATES = ("imports_yoy", "exports_yoy", "imports_mom", "exports_mom")
HKD_BN, PERCENT = units.parse("HKD bn"), units.parse("pct")
FIRST, LAST = periods.parse("2019-01").first_index, periods.parse("2026-08").last_index
# With fewer digits a number fits too many figures to tell which one it is.
ENOUGH_DIGITS = 3

# Metric, period label, value in units of the record, rounding unit (null: not known), unit to print it in.
# A period has its published figure where there is one, else the sum of its months; claims prefer them in that order.
TOTALS = """
with periods as (
    unpivot (
        select
            period_label, basis,
            total_exports_hkd_mn as exports, imports_hkd_mn as imports, -balance_hkd_mn as trade_deficit,
            exports_yoy_pct::decimal(18, 9) as exports_yoy, imports_yoy_pct::decimal(18, 9) as imports_yoy,
            deficit_pct_of_imports::decimal(18, 9) as deficit_pct_of_imports
        from marts.fct_trade_balance_period
    ) on columns(* exclude (period_label, basis)) into name metric value value
)
select
    metric, period_label, value,
    case metric
        when 'exports' then exports_rounding_unit_hkd_mn
        when 'imports' then imports_rounding_unit_hkd_mn
        when 'trade_deficit' then rounding_unit_hkd_mn
    end,
    case when metric in ('exports', 'imports', 'trade_deficit') then 'HKD bn' else 'pct' end
from periods inner join marts.fct_trade_balance_period using (period_label, basis)
qualify row_number() over (partition by metric, period_label order by basis) = 1
union all
select 'exports_mom', strftime(month, '%Y-%m'), exports_mom_pct, null, 'pct' from marts.fct_trade_balance_monthly
union all
select 'imports_mom', strftime(month, '%Y-%m'), imports_mom_pct, null, 'pct' from marts.fct_trade_balance_monthly
"""
OTHERS = """
with members as (
    select
        'partner_' || replace(flow, 'total_exports', 'exports') as metric, partner_code as code, period_label,
        value_hkd_mn as value, share_pct as share, coalesce(published_yoy_pct, yoy_pct) as yoy,
        null as change, null as contribution
    from marts.fct_trade_by_partner where flow <> 'retained_imports'
    union all
    select
        'category_' || replace(flow, 'total_exports', 'exports'), category_code, period_label,
        value_hkd_mn, share_pct, coalesce(published_yoy_pct, yoy_pct), change_hkd_mn, contribution_pp
    from marts.fct_trade_by_category
    where flow <> 'retained_imports' and category_code in (
        select category_code from marts.dim_category where category_code <> 'total'
        group by category_code having count(*) = 1 and not bool_or(is_proxy)
    )
)
select metric || ':' || code, period_label, value, null, 'HKD bn' from members
union all
select metric || '_share:' || code, period_label, share, null, 'pct' from members
union all
select metric || '_yoy:' || code, period_label, yoy, null, 'pct' from members
union all
select metric || '_change:' || code, period_label, change, null, 'HKD bn' from members
union all
select metric || '_contribution:' || code, period_label, contribution, null, 'pp' from members
union all
select
    'gold_' || replace(flow, 'total_exports', 'exports') || ':' || partner_code, period_label,
    value_usd_mn, null, 'USD bn'
from marts.fct_gold_trade where flow in ('imports', 'total_exports')
union all
select
    'gold_' || replace(flow, 'total_exports', 'exports') || '_weight:' || partner_code, period_label,
    weight_kg, null, 'tonnes'
from marts.fct_gold_trade where flow in ('imports', 'total_exports', 'net_imports')
union all
select 'gold_price', strftime(month, '%Y-%m'), usd_per_troy_oz, null, 'USD per troy oz'
from marts.fct_gold_price_monthly
union all
-- not the mart's own hkd_per_troy_oz, whose three decimals would be rounded a second time
select 'gold_price', strftime(month, '%Y-%m'), usd_per_troy_oz * hkd_per_usd, null, 'HKD per troy oz'
from marts.fct_gold_price_monthly inner join marts.fct_hkd_peg_monthly using (month)
union all
select 'hkd_per_usd', strftime(month, '%Y-%m'), hkd_per_usd, null, 'HKD per USD' from marts.fct_hkd_peg_monthly
union all
select 'services_balance', quarter, services_balance_hkd_bn * 1000, null, 'HKD bn'
from marts.fct_services_buffer_quarterly
union all
select 'bop_goods_balance', quarter, bop_goods_balance_hkd_bn * 1000, null, 'HKD bn'
from marts.fct_services_buffer_quarterly
union all
select 'services_cover', quarter, services_cover_ratio, null, 'times' from marts.fct_services_buffer_quarterly
"""
RATES_OF_EXCHANGE = """
select period_label, avg(hkd_per_usd)
from marts.fct_trade_balance_period inner join marts.fct_hkd_peg_monthly on month between period_start and period_end
group by period_label, period_start, period_end
having count(*) = count(distinct basis) * (datediff('month', period_start, period_end) + 1)
"""


@dataclass(frozen=True)
class Number:
    """A number of a mart: what it is of, its value in units of the record (HK$ million, percent), its usual unit."""

    metric: str
    period: Period
    value: Decimal
    rounding_unit: Decimal
    unit: Unit

    def printed(self, decimals: int, unit: Unit | None = None, rounding: str = ROUND_HALF_EVEN) -> Decimal:
        """Return the number as a page may print it, in a unit of the same currency."""
        return (self.value / (unit or self.unit).size).quantize(Decimal(1).scaleb(-decimals), rounding)


@dataclass(frozen=True)
class WrongLabel:
    """A true number with one wrong label, and what its diagnosis has to begin with."""

    label: str
    claim: Claim
    diagnosis: str

    def is_named_in(self, diagnosis: str | None) -> bool:
        """Return True if a diagnosis names the wrong label, alone or among equally good ones."""
        label, _, change = self.diagnosis.partition(": ")
        return diagnosis is not None and label in diagnosis and change in diagnosis


def totals(connection: duckdb.DuckDBPyConnection) -> list[Number]:
    """Return the numbers on total trade: months and longer periods since 2019, in a fixed order."""
    return [number for number in _numbers(connection, TOTALS) if number.period.first_index >= FIRST]


def others(connection: duckdb.DuckDBPyConnection) -> list[Number]:
    """Return the numbers on partners, categories, gold, services and the exchange rate, in a fixed order."""
    return _numbers(connection, OTHERS)


def _numbers(connection: duckdb.DuckDBPyConnection, query: str) -> list[Number]:
    rows = connection.execute(f"select * from ({query}) order by all").fetchall()
    return [
        Number(metric, periods.parse(label), Decimal(repr(value) if isinstance(value, float) else value), *rest)
        for metric, label, value, rounding_unit, unit in rows
        if value is not None
        for rest in [(rounding_unit or Decimal(0), units.parse(unit))]
    ]


def rates_of_exchange(connection: duckdb.DuckDBPyConnection) -> dict[Period, Decimal]:
    """Return the average HK$ per US$ of each period that has a rate for every month."""
    rows = connection.execute(RATES_OF_EXCHANGE).fetchall()
    return {periods.parse(label): Decimal(repr(rate)) for label, rate in rows}


def claim_of(metric: str, period: Period, value: Decimal, unit: Unit) -> Claim:
    """Return a claim by a page that the record does not know."""
    cells = ("S1", "synthetic", metric, period.label, f"{value:f}", unit.name, "https://synthetic.example")
    return parse_claim(dict(zip(COLUMNS, cells, strict=True)))


def true_claims(numbers: Iterable[Number]) -> Iterator[Claim]:
    """Yield a claim of each number, at each precision from none to three decimals."""
    for number in numbers:
        for decimals in range(4):
            yield claim_of(number.metric, number.period, number.printed(decimals), number.unit)


def with_a_wrong_label(numbers: Iterable[Number]) -> Iterator[WrongLabel]:
    """Yield claims of months with one wrong label and enough digits to tell which, one decimal as the press prints."""
    for number in numbers:
        value = number.printed(1)
        if number.metric in AMOUNTS + RATES and number.period.months == 1 and _digits(value) >= ENOUGH_DIGITS:
            yield from _wrong_labels(number, value)


def _digits(value: Decimal) -> int:
    return len(f"{abs(value):f}".replace(".", "").lstrip("0"))


def _wrong_labels(number: Number, value: Decimal) -> Iterator[WrongLabel]:
    metric, period, unit = number.metric, number.period, number.unit
    if metric in RATES or metric == "trade_deficit":
        yield WrongLabel("sign", claim_of(metric, period, -value, unit), "sign: ")
    if metric in AMOUNTS:
        in_usd, in_mn = units.money("USD", "bn"), units.money("HKD", "mn")
        yield WrongLabel("currency", claim_of(metric, period, value, in_usd), "currency: HKD, not USD")
        yield WrongLabel("scale", claim_of(metric, period, value, in_mn), "scale: bn, not mn")
    for months in (1, -1, 12):
        other = period.back(-months)
        if other.first_index <= LAST:
            words = f"{period.label}, not {other.label}"
            yield WrongLabel("neighbouring month", claim_of(metric, other, value, unit), f"period: {words}")


def random_claims(count: int, seed: int = 1952) -> Iterator[Claim]:
    """Yield claims with meaningless numbers: amounts over two orders of magnitude, rates within 40 points of zero."""
    chance = random.Random(seed)  # noqa: S311
    months = Period(FIRST, LAST).each_month
    for _ in range(count):
        period = chance.choice(months)
        if chance.random() < 0.5:
            amount = Decimal(f"{10 ** chance.uniform(1, 3):.1f}")
            yield claim_of(chance.choice(AMOUNTS), period, amount, chance.choice([HKD_BN, units.money("USD", "bn")]))
        else:
            yield claim_of(chance.choice(RATES), period, Decimal(f"{chance.uniform(-40, 40):.1f}"), PERCENT)


def near_misses(numbers: Iterable[Number], count: int, seed: int = 1952) -> Iterator[Claim]:
    """Yield claims whose numbers are wrong by up to a fifth of an amount, or 10 points of a rate."""
    chance = random.Random(seed)  # noqa: S311
    months = [each for each in numbers if each.metric in AMOUNTS + RATES and each.period.months == 1]
    for _ in range(count):
        number = chance.choice(months)
        value = float(number.printed(1))
        wrong = value * chance.uniform(0.8, 1.2) if number.metric in AMOUNTS else value + chance.uniform(-10, 10)
        yield claim_of(number.metric, number.period, Decimal(f"{wrong:.1f}"), number.unit)


def by_label(numbers: Iterable[Number]) -> dict[tuple[str, Period], list[Number]]:
    """Return the numbers by metric and period."""
    found = defaultdict(list)
    for number in numbers:
        found[number.metric, number.period].append(number)
    return dict(found)

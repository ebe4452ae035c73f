"""Rules of the domain that need arithmetic across tables."""

from datetime import date
from decimal import Decimal

import duckdb

from orchestration.checks.finding import Finding, listed
from orchestration.claims import late_corrections, record
from orchestration.claims.measures import STRONG_SIDE, WEAK_SIDE

CORRECT_THE_RECORD = "compare the figure with its page and correct its line in orchestration/figures/"

# The first whole month of the convertibility zone.
BAND_START = date(2005, 6, 1)
# A monthly average of H.10 is of New York noon rates: 2009-10 and 2009-11 print 7.7497, outside the zone by 0.0003.
BAND_TOLERANCE = Decimal("0.001")


def late_corrections_within_envelope(connection: duckdb.DuckDBPyConnection) -> Finding:
    """Each cumulative figure differs from the sum of its months by no more than late corrections explain.

    The limit is 1.5 times the widest difference of the other periods, in percent of exports. So the newest period is
    judged by the older ones, and no period by itself.
    """
    history = late_corrections.corrections(record.read(connection))
    judged = [(each, late_corrections.envelope(history, each.series, each.period)) for each in history]
    problems = [
        f"{each.period.label} {each.series}: {each.published:,.0f} HK$ mn published, {each.difference:+,.0f} from the"
        f" sum of its months, {each.pct:.3f} % of exports; {past.periods} other periods differ by"
        f" {past.widest.pct:.3f} % at most ({past.widest.period.label}), which allows {past.limit_pct:.3f} %"
        f" (page: {each.source_url})"
        for each, past in judged
        if past and each.pct > past.limit_pct
    ]
    if problems:
        return Finding(False, f"{listed(problems)}. To fix: {CORRECT_THE_RECORD}trade_totals_cumulative.csv.")
    balances = [(each, past) for each, past in judged if each.series == "balance" and past]
    if not balances:
        return Finding(False, "too few cumulative balances have all their months to judge one", "warn")
    latest, past = balances[-1]
    return Finding(
        passed=True,
        sentence=(
            f"{len(judged)} cumulative figures differ from the sum of their months by late corrections only. The"
            f" latest balance, {latest.period.label}, by {latest.difference:+,.0f} HK$ mn, {latest.pct:.3f} % of"
            f" exports; the other {past.periods} by {past.widest.pct:.3f} % at most ({past.widest.period.label}),"
            f" which allows {past.limit_pct:.3f} %."
        ),
        figures={
            "figures_compared": len(judged),
            "latest_period": latest.period.label,
            "latest_difference_hkd_mn": float(latest.difference),
            "latest_pct_of_exports": round(float(latest.pct), 4),
            "widest_pct_of_exports": round(float(past.widest.pct), 4),
            "limit_pct_of_exports": round(float(past.limit_pct), 4),
        },
    )


# Only figures of one edition are compared: a later payload may correct the totals of an earlier page. The record is
# one edition; each live payload is another.
PUBLISHED_BALANCES = """
with

figures as (
    select
        *,
        case when connector = 'record' then connector else payload_sha256 end as edition,
        row_number() over (
            partition by case when connector = 'record' then connector else payload_sha256 end, series, period_label
            order by selection_order
        ) as place
    from marts.fct_observations
    where classification = 'total' and member_code = 'total' and is_usable
),

totals as (
    select
        edition,
        period_label,
        max(case when series = 'total_exports' then value end) as exports,
        max(case when series = 'imports' then value end) as imports,
        sum(rounding_unit) as rounding_units
    from figures
    where series in ('total_exports', 'imports') and place = 1
    group by edition, period_label
)

select
    period_label,
    value,
    exports - imports as computed,
    (rounding_unit + rounding_units) / 2 as tolerance,
    source_url
from figures
inner join totals using (edition, period_label)
where series = 'balance' and flag is null and exports is not null and imports is not null
order by period_start, period_label
"""


def balance_equals_exports_less_imports(connection: duckdb.DuckDBPyConnection) -> Finding:
    """Exports less imports is the published balance, within the rounding of the three figures.

    Each is off by half its rounding unit at most: together 1.5 for HK$ million, 150 for HK$ billion with one decimal.
    """
    rows = connection.execute(PUBLISHED_BALANCES).fetchall()
    problems = [
        f"{label}: exports less imports is {computed:,.0f} HK$ mn, the published balance {value:,.0f};"
        f" rounding explains {tolerance:,.1f} (page: {url})"
        for label, value, computed, tolerance, url in rows
        if abs(value - computed) > tolerance
    ]
    if problems:
        return Finding(False, f"{listed(problems)}. To fix: {CORRECT_THE_RECORD}.")
    inexact = sum(value != computed for _, value, computed, _, _ in rows)
    return Finding(
        passed=True,
        sentence=f"{len(rows)} published balances are exports less imports, {inexact} of them to rounding only.",
        figures={"balances_compared": len(rows), "equal_to_rounding_only": inexact},
    )


GROUP_SUMS = """
with

groups as (
    select flow, period_label, period_start, sum(value_hkd_mn) as value, count(*) as parts
    from marts.fct_trade_by_category
    where classification = 'sitc_group' and value_hkd_mn is not null
    group by flow, period_label, period_start
)

select groups.period_label, groups.flow, groups.value, totals.value, totals.rounding_unit / 2 + 0.0005 * groups.parts
from groups
inner join marts.fct_observations as totals
    on totals.series = groups.flow and totals.period_label = groups.period_label
where totals.classification = 'total' and totals.member_code = 'total' and totals.is_served
order by groups.period_start, groups.flow
"""

GOLD_CATEGORIES = """
select distinct classification, category_code, category_name
from marts.fct_trade_by_category
where
    (classification like 'sitc%' and (category_code = '97' or category_code like '971%'))
    or category_code like '7108%'
    or category_code in (select hs_code from reference.gold_exclusions)
order by classification, category_code
"""

LEVELS_WITH_GOLD = """
with

gold as (
    select period_start, flow, value_usd_mn
    from marts.fct_gold_trade
    where frequency = 'month' and partner_code = '0' and value_usd_mn is not null
),

levels as (
    select month, 'imports' as flow, imports_hkd_mn as level from marts.fct_trade_balance_monthly
    union all
    select month, 'total_exports', total_exports_hkd_mn from marts.fct_trade_balance_monthly
)

select gold.period_start, gold.flow, levels.level, published.value, gold.value_usd_mn
from gold
inner join levels on gold.period_start = levels.month and gold.flow = levels.flow
inner join marts.fct_observations as published
    on published.series = gold.flow and published.period_start = gold.period_start and published.frequency = 'month'
where published.classification = 'total' and published.member_code = 'total' and published.is_served
order by gold.period_start, gold.flow
"""


def gold_outside_merchandise_totals(connection: duckdb.DuckDBPyConnection) -> Finding:
    """No merchandise total includes gold: C&SD excludes HS 7108 and related headings, and publishes them separately.

    The SITC groups of a flow and year add up to the published total, no category is gold, and the levels of months
    with a gold figure are the published ones.
    """
    sums = connection.execute(GROUP_SUMS).fetchall()
    levels = connection.execute(LEVELS_WITH_GOLD).fetchall()
    problems = [
        f"{label} {flow}: the SITC groups add up to {summed:,.0f} HK$ mn,"
        f" the published total without gold is {total:,.0f}"
        for label, flow, summed, total, tolerance in sums
        if abs(summed - total) > tolerance
    ]
    problems += [
        f"category {code} ({name}) of {classification} is gold; it belongs in gold trade"
        for classification, code, name in connection.execute(GOLD_CATEGORIES).fetchall()
    ]
    problems += [
        f"{month:%Y-%m} {flow}: {level:,.0f} HK$ mn served, {published:,.0f} published without gold;"
        f" that month's gold was US${gold:,.0f} mn"
        for month, flow, level, published, gold in levels
        if level != published
    ]
    if problems:
        return Finding(False, f"{listed(problems)}. To fix: keep gold in fct_gold_trade, and out of every total.")
    if not sums:
        return Finding(False, "no SITC groups have a published total to show that gold is excluded", "warn")
    return Finding(
        passed=True,
        sentence=(
            f"Gold is in no merchandise total: the SITC groups of {len(sums)} flows and periods add up to the totals"
            f" published without it, no category is gold, and levels beside gold figures are as published"
            f" ({len(levels)} compared)."
        ),
        figures={"totals_compared": len(sums), "months_with_gold_compared": len(levels)},
    )


def peg_within_band(connection: duckdb.DuckDBPyConnection) -> Finding:
    """Each monthly average since June 2005 is between 7.75 and 7.85 HKD per USD, with a tolerance of 0.001."""
    query = "select month, hkd_per_usd from marts.fct_hkd_peg_monthly where month >= $start order by month"
    rates = connection.execute(query, {"start": BAND_START}).fetchall()
    low, high = STRONG_SIDE - BAND_TOLERANCE, WEAK_SIDE + BAND_TOLERANCE
    problems = [f"{month:%Y-%m}: {rate.normalize():f}" for month, rate in rates if not low <= rate <= high]
    if problems:
        return Finding(
            passed=False,
            sentence=(
                f"HKD per USD outside {STRONG_SIDE} to {WEAK_SIDE}: {listed(problems)}."
                f" To fix: {CORRECT_THE_RECORD}exchange_rates_monthly.csv;"
                " is it the rate of another currency, or inverted?"
            ),
        )
    if not rates:
        return Finding(False, f"there is no exchange rate since {BAND_START:%Y-%m}", "warn")
    strongest, weakest = min(rate for _, rate in rates), max(rate for _, rate in rates)
    return Finding(
        passed=True,
        sentence=f"{len(rates)} monthly averages since {BAND_START:%Y-%m} lie within"
        f" {STRONG_SIDE} to {WEAK_SIDE} HKD per USD"
        f" (to {BAND_TOLERANCE}): {strongest.normalize():f} to {weakest.normalize():f}.",
        figures={"months": len(rates), "strongest": float(strongest), "weakest": float(weakest)},
    )

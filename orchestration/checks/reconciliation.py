"""Compares sources with each other: figures of the same thing must agree within their rounding.

Differences are warnings and never block a release: which of two publishers is right is for a person to find out.
"""

import duckdb

from orchestration.checks.finding import Finding, listed

# Trade IDDS and Comtrade compile the same declarations, but values are converted at a monthly average rate, and
# imports are valued c.i.f.
WEIGHT_TOLERANCE_PCT = 1.0
VALUE_TOLERANCE_PCT = 2.0
# Shipments are priced when they are contracted: July 2026 was 0.6 % below the average of the month before.
PRICE_TOLERANCE_PCT = 10.0

LIVE_AND_RECORD = """
with

best as (
    select
        *,
        connector <> 'record' as is_live,
        row_number() over (
            partition by connector <> 'record', series, flow, classification, member_code, period_label
            order by selection_order
        ) as place
    from marts.fct_observations
    where is_usable
)

select
    live.series, live.flow, live.member_code, live.period_label, live.value, live.unit, live.source_id,
    record.value, record.source_id, (live.rounding_unit + record.rounding_unit) / 2 as tolerance
from best as live
inner join best as record using (series, flow, classification, member_code, period_label, place)
where live.is_live and not record.is_live and place = 1
order by live.period_start desc, live.series, live.flow, live.member_code
"""

# Heading 7108 in Comtrade is 710811 to 710813 in practice; monetary gold, 710820, is not reported.
GOLD = """
with

idds as (
    select
        period_label, flow,
        sum(case when series = 'gold_weight' then value end) as kg,
        sum(case when series = 'gold_value_hkd' then value end) as hkd_mn
    from marts.fct_observations
    where
        connector = 'idds' and is_usable and classification = 'gold_partner_hs6'
        and member_code in ('0 710811', '0 710812', '0 710813')
    group by period_label, flow
),

comtrade as (
    select
        observations.period_label, observations.flow,
        max(case when series = 'gold_weight' then observations.value end) as kg,
        max(case when series = 'gold_value' then cast(observations.value as double) * rates.hkd_per_usd end) as hkd_mn
    from marts.fct_observations as observations
    left join marts.fct_hkd_peg_monthly as rates on observations.period_start = rates.month
    where
        connector = 'comtrade' and is_usable and classification = 'gold_partner' and member_code = '0'
        and observations.selection_rank = 1
    group by observations.period_label, observations.flow
)

select
    period_label, flow, idds.kg, comtrade.kg, idds.hkd_mn, comtrade.hkd_mn,
    100 * (idds.kg / comtrade.kg - 1) as kg_pct, 100 * (idds.hkd_mn / comtrade.hkd_mn - 1) as hkd_pct
from idds
inner join comtrade using (period_label, flow)
order by period_label desc, flow
"""

IMPLIED_PRICES = """
select period_label, flow, implied_usd_per_troy_oz, price_gap_pct, source_id
from marts.fct_gold_trade
where partner_code = '0' and price_gap_pct is not null
order by period_start desc, flow
"""


def live_agrees_with_record(connection: duckdb.DuckDBPyConnection) -> Finding:
    """A live figure agrees with the embedded record, within half the rounding units of both."""
    rows = connection.execute(LIVE_AND_RECORD).fetchall()
    problems = [
        f"{period} {series} ({flow}, {member}): {live:,} {unit} from {live_source}, {record:,} in the record from"
        f" {record_source}; rounding explains {tolerance:,}"
        for series, flow, member, period, live, unit, live_source, record, record_source, tolerance in rows
        if abs(live - record) > tolerance
    ]
    figures: dict[str, int | float | str] = {"figures_compared": len(rows), "figures_that_differ": len(problems)}
    if problems:
        sentence = f"{len(problems)} of {len(rows)} figures differ: {listed(problems)}."
        return Finding(False, sentence, "warn", figures | {"all_that_differ": "\n".join(problems)})
    return Finding(True, f"{len(rows)} figures of live sources agree with the record.", "warn", figures)


def idds_gold_agrees_with_comtrade(connection: duckdb.DuckDBPyConnection) -> Finding:
    """Gold in Trade IDDS agrees with UN Comtrade: within 1 % by weight and 2 % by value."""
    rows = connection.execute(GOLD).fetchall()
    problems = [
        f"{period} {flow}: {kg:,.0f} kg against {other_kg:,.0f} ({kg_pct:+.2f} %), HK$ {hkd or 0:,.0f} mn against"
        f" {other_hkd or 0:,.0f} ({hkd_pct or 0:+.2f} %)"
        for period, flow, kg, other_kg, hkd, other_hkd, kg_pct, hkd_pct in rows
        if abs(kg_pct or 0) > WEIGHT_TOLERANCE_PCT or abs(hkd_pct or 0) > VALUE_TOLERANCE_PCT
    ]
    figures: dict[str, int | float | str] = {"months_and_flows_compared": len(rows), "that_differ": len(problems)}
    if problems:
        return Finding(False, f"{listed(problems)}.", "warn", figures)
    return Finding(True, f"{len(rows)} months and flows of gold agree.", "warn", figures)


def implied_gold_price_near_market(connection: duckdb.DuckDBPyConnection) -> Finding:
    """Value by weight of gold traded with the world is within 10 % of the Pink Sheet's price of the period."""
    rows = connection.execute(IMPLIED_PRICES).fetchall()
    problems = [
        f"{period} {flow}: {implied:,.0f} US$/oz, {gap:+.1f} % from the market ({source})"
        for period, flow, implied, gap, source in rows
        if abs(gap) > PRICE_TOLERANCE_PCT
    ]
    figures: dict[str, int | float | str] = {"periods_and_flows_compared": len(rows), "that_differ": len(problems)}
    if problems:
        return Finding(False, f"{listed(problems)}.", "warn", figures)
    return Finding(True, f"{len(rows)} implied prices are near the market's.", "warn", figures)

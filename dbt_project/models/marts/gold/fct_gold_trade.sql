-- one row per period, flow and partner
with

{% set kg_per_troy_oz = 0.0311034768 -%}

figures as (
    select
        period_label,
        frequency,
        period_start,
        period_end,
        first_month_index,
        last_month_index,
        flow,
        member_code as partner_code,
        max(case when series = 'gold_weight' then value end) as weight,
        max(case when series = 'gold_value' then value end) as value,
        max(flag) as flag,
        max(source_id) as source_id
    from {{ ref('int_observations') }}
    where is_served and classification = 'gold_partner'
    group by
        period_label,
        frequency,
        period_start,
        period_end,
        first_month_index,
        last_month_index,
        flow,
        member_code
),

partners as (
    select * from {{ ref('dim_partner') }}
),

months as (
    select
        period_start as month,
        max(case when series = 'hkd_per_usd' then value end) as hkd_per_usd,
        max(case when series = 'gold_price' then value end) as gold_price
    from {{ ref('int_observations') }}
    where is_served and series in ('hkd_per_usd', 'gold_price')
    group by period_start
),

periods as (
    select distinct
        period_label,
        period_start,
        period_end,
        last_month_index - first_month_index + 1 as months_in_period
    from figures
),

markets as (
    select
        periods.period_label,
        case
            when count(months.hkd_per_usd) = periods.months_in_period
                then cast(sum(months.hkd_per_usd) as double) / periods.months_in_period
        end as hkd_per_usd,
        case
            when count(months.gold_price) = periods.months_in_period
                then cast(sum(months.gold_price) as double) / periods.months_in_period
        end as gold_price
    from periods
    inner join months on months.month between periods.period_start and periods.period_end
    group by periods.period_label, periods.months_in_period
),

priced as (
    select
        figures.*,
        markets.hkd_per_usd,
        markets.gold_price,
        1000000 * cast(figures.value as double)
        / nullif(cast(figures.weight as double) / {{ kg_per_troy_oz }}, 0) as implied_price
    from figures
    left join markets on figures.period_label = markets.period_label
),

final as (
    select
        cast(priced.period_label as string) as period_label,
        cast(priced.frequency as string) as frequency,
        cast(priced.period_start as date) as period_start,
        cast(priced.period_end as date) as period_end,
        cast(priced.flow as string) as flow,
        cast(priced.partner_code as string) as partner_code,
        cast(coalesce(partners.partner_name, priced.partner_code) as string) as partner_name,
        cast(priced.weight as decimal(18, 3)) as weight_kg,
        cast(priced.value as decimal(18, 6)) as value_usd_mn,
        cast(cast(priced.value as double) * priced.hkd_per_usd as decimal(18, 3)) as value_hkd_mn,
        cast(priced.implied_price as decimal(18, 3)) as implied_usd_per_troy_oz,
        {{ growth_pct('priced.implied_price', 'priced.gold_price') }} as price_gap_pct,
        cast(priced.flag as string) as flag,
        cast(priced.source_id as string) as source_id
    from priced
    left join partners on priced.partner_code = partners.partner_code
)

select * from final

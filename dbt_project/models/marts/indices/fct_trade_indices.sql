-- one row per measure, flow and period: changes as published, newest vintage
with

observations as (
    select * from {{ ref('int_observations') }}
    where
        is_served
        and classification = 'total'
        and series in ('volume_yoy', 'price_yoy', 'terms_of_trade_yoy', 'sa_change', 'gdp_real_yoy')
),

final as (
    select
        cast(series as string) as measure,
        cast(flow as string) as flow,
        cast(period_label as string) as period_label,
        cast(frequency as string) as frequency,
        cast(period_start as date) as period_start,
        cast(period_end as date) as period_end,
        cast(value as double) as value_pct,
        cast(rounding_unit as double) as rounding_unit_pct,
        cast(vintage as string) as vintage,
        frequency = 'month' and extract(month from period_start) <= 2 as is_lunar_new_year_distorted,
        cast(flag as string) as flag,
        cast(published_on as date) as published_on,
        cast(source_id as string) as source_id,
        cast(evidence as string) as evidence,
        cast(source_url as string) as source_url
    from observations
)

select * from final

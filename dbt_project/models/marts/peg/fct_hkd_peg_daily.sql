-- one row per day
with

{% set strong_side = 7.75 -%}
{% set weak_side = 7.85 -%}
{% set band_begins = '2005-06-01' -%}

days as (
    select * from {{ ref('int_peg_days') }}
),

final as (
    select
        cast(day as date) as day,
        cast(hkd_per_usd as decimal(18, 6)) as hkd_per_usd,
        case
            when day >= cast('{{ band_begins }}' as date)
                then (cast(hkd_per_usd as double) - {{ strong_side }}) / ({{ weak_side }} - {{ strong_side }})
        end as band_position,
        cast(closing_balance_hkd_mn as decimal(18, 3)) as closing_balance_hkd_mn,
        hibor_overnight_pct,
        hibor_one_month_pct,
        cast(weak_side_hkd_per_usd as decimal(18, 6)) as weak_side_hkd_per_usd,
        cast(strong_side_hkd_per_usd as decimal(18, 6)) as strong_side_hkd_per_usd,
        cast('hkma' as string) as source_id
    from days
)

select * from final

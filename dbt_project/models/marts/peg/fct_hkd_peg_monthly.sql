-- one row per month since January 1981
with

{% set strong_side = 7.75 -%}
{% set weak_side = 7.85 -%}
{% set band_begins = '2005-06-01' -%}

exchange_rates as (
    select * from {{ ref('int_observations') }}
    where series = 'hkd_per_usd' and is_served
),

placed as (
    select
        *,
        case
            when period_start >= cast('{{ band_begins }}' as date)
                then (cast(value as double) - {{ strong_side }}) / ({{ weak_side }} - {{ strong_side }})
        end as band_position
    from exchange_rates
),

final as (
    select
        cast(period_start as date) as month,
        cast(value as decimal(18, 6)) as hkd_per_usd,
        band_position,
        band_position >= 0.5 as is_weak_side,
        cast(vintage as string) as vintage,
        cast(source_id as string) as source_id
    from placed
)

select * from final

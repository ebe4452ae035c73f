-- one row per month since January 1960
with

{% set grams_per_troy_oz = 31.1034768 -%}
{% set grams_per_tael = 37.429 -%}

gold_prices as (
    select * from {{ ref('int_observations') }}
    where series = 'gold_price' and is_served
),

exchange_rates as (
    select * from {{ ref('int_observations') }}
    where series = 'hkd_per_usd' and is_served
),

priced as (
    select
        gold_prices.*,
        cast(gold_prices.value as double) * cast(exchange_rates.value as double) as hkd_price
    from gold_prices
    left join exchange_rates on gold_prices.period_label = exchange_rates.period_label
),

final as (
    select
        cast(period_start as date) as month,
        cast(value as decimal(18, 3)) as usd_per_troy_oz,
        {{ to_decimal('hkd_price') }} as hkd_per_troy_oz,
        {{ to_decimal('hkd_price * ' ~ grams_per_tael ~ ' / ' ~ grams_per_troy_oz) }} as hkd_per_tael,
        cast(rounding_unit as decimal(18, 3)) as rounding_unit_usd,
        cast(published_on as date) as published_on,
        cast(vintage as string) as vintage,
        cast(source_id as string) as source_id
    from priced
)

select * from final

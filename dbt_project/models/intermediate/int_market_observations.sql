-- one row per figure and payload line: gold price and exchange rate by month, services and balance-of-payments balances
with

gold_prices as (
    select
        series,
        'total' as classification,
        {{ figure_columns() }}
    from {{ ref('stg_record__gold_prices_monthly') }}
),

exchange_rates as (
    select
        series,
        'total' as classification,
        {{ figure_columns() }}
    from {{ ref('stg_record__exchange_rates_monthly') }}
),

pink_sheet as (
    select
        series,
        'total' as classification,
        {{ figure_columns() }}
    from {{ ref('stg_world_bank__commodity_prices') }}
),

hkma as (
    select
        series,
        'total' as classification,
        {{ figure_columns() }}
    from {{ ref('stg_hkma__exchange_rates') }}
    where dataset = 'exchange_rates_monthly'
),

services as (
    select
        series,
        basis as classification,
        {{ figure_columns() }}
    from {{ ref('stg_record__services') }}
),

unioned as (
    select * from gold_prices
    union all
    select * from exchange_rates
    union all
    select * from services
    union all
    select * from pink_sheet
    union all
    select * from hkma
),

final as (
    select
        series,
        'not_applicable' as flow,
        classification,
        'total' as member_code,
        {{ figure_columns() }}
    from unioned
)

select * from final

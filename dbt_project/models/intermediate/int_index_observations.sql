-- one row per figure and payload line: changes in volume, price, terms of trade, adjusted value and GDP terms
with

indices as (
    select
        series,
        flow,
        {{ figure_columns() }}
    from {{ ref('stg_record__trade_indices') }}
    where printed_partner = 'World'
),

seasonally_adjusted as (
    select
        series,
        flow,
        {{ figure_columns() }}
    from {{ ref('stg_record__trade_seasonally_adjusted') }}
),

gdp as (
    select
        series,
        flow,
        {{ figure_columns() }}
    from {{ ref('stg_record__gdp_goods_real_growth') }}
),

web_tables as (
    select
        measure as series,
        flow,
        {{ figure_columns() }}
    from {{ ref('int_csd_figures') }}
    where
        measure in ('volume_yoy', 'price_yoy', 'terms_of_trade_yoy', 'sa_change')
        and member_code is null
),

unioned as (
    select * from indices
    union all
    select * from seasonally_adjusted
    union all
    select * from gdp
    union all
    select * from web_tables
),

final as (
    select
        series,
        flow,
        'total' as classification,
        'total' as member_code,
        {{ figure_columns() }}
    from unioned
)

select * from final

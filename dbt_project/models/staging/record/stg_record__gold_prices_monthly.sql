-- one row per figure and payload line: gold price by month, US$ per troy ounce
with

source as (
    select * from {{ source('raw', 'record__gold_prices_monthly') }}
),

final as (
    select
        measure as series,
        {{ published_figure() }}
    from source
)

select * from final

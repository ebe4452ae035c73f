-- one row per figure and payload line: Hong Kong dollars per US dollar by month
with

source as (
    select * from {{ source('raw', 'record__exchange_rates_monthly') }}
),

final as (
    select
        measure as series,
        {{ published_figure() }}
    from source
)

select * from final

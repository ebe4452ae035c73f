-- one row per figure and payload line: total trade by year since 1973
with

source as (
    select * from {{ source('raw', 'record__trade_totals_annual') }}
),

final as (
    select
        measure as series,
        {{ published_figure() }}
    from source
)

select * from final

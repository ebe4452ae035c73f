-- one row per figure and payload line: total trade by month, HK$ million
with

source as (
    select * from {{ source('raw', 'record__trade_totals_monthly') }}
),

final as (
    select
        measure as series,
        {{ published_figure() }}
    from source
)

select * from final

-- one row per figure and payload line: total trade by month, as press pages print it
with

source as (
    select * from {{ source('raw', 'record__trade_totals_press') }}
),

final as (
    select
        measure as series,
        {{ published_figure() }}
    from source
)

select * from final

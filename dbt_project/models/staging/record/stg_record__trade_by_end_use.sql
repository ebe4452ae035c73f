-- one row per figure and payload line: trade by end-use category, by yearbook edition
with

source as (
    select * from {{ source('raw', 'record__trade_by_end_use') }}
),

final as (
    select
        flow,
        category as printed_category,
        measure,
        {{ published_figure() }}
    from source
)

select * from final

-- one row per figure and payload line: trade by SITC division (2 digits)
with

source as (
    select * from {{ source('raw', 'record__trade_by_sitc_division') }}
),

final as (
    select
        flow,
        division as printed_division,
        measure,
        {{ published_figure() }}
    from source
)

select * from final

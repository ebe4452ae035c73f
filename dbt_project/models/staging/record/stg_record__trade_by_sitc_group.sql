-- one row per figure and payload line: trade by SITC group (3 digits)
with

source as (
    select * from {{ source('raw', 'record__trade_by_sitc_group') }}
),

final as (
    select
        flow,
        sitc_group,
        measure,
        {{ published_figure() }}
    from source
)

select * from final

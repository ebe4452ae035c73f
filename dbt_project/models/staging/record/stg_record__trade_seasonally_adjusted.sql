-- one row per figure and payload line: seasonally adjusted change over the preceding three months, by vintage
with

source as (
    select * from {{ source('raw', 'record__trade_seasonally_adjusted') }}
),

final as (
    select
        flow,
        measure as series,
        {{ published_figure() }}
    from source
)

select * from final

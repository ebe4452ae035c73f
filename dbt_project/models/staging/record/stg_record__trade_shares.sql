-- one row per figure and payload line: shares of trade by partner, commodity, end use and transport mode
with

source as (
    select * from {{ source('raw', 'record__trade_shares') }}
),

final as (
    select
        flow,
        dimension,
        member as printed_member,
        measure,
        {{ published_figure() }}
    from source
)

select * from final

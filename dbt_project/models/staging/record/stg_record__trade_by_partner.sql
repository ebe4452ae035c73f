-- one row per figure and payload line: trade by partner
with

source as (
    select * from {{ source('raw', 'record__trade_by_partner') }}
),

final as (
    select
        flow,
        partner as printed_partner,
        measure,
        {{ published_figure() }}
    from source
)

select * from final

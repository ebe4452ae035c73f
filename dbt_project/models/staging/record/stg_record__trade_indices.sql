-- one row per figure and payload line: changes in volume, price and terms of trade
with

source as (
    select * from {{ source('raw', 'record__trade_indices') }}
),

final as (
    select
        flow,
        partner as printed_partner,
        measure as series,
        {{ published_figure() }}
    from source
)

select * from final

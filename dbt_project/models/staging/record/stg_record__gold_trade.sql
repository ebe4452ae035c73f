-- one row per figure and payload line: gold trade by partner, in kilograms and US$ million
with

source as (
    select * from {{ source('raw', 'record__gold_trade') }}
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

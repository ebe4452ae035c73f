-- one row per day or month and payload line: HKD per US dollar
with

source as (
    select * from {{ source('raw', 'hkma__exchange_rates') }}
),

labelled as (
    select
        *,
        period as period_label,
        usd as figure,
        'hkd_per_usd' as unit,
        'hkd_per_usd' as printed_unit,
        0.001 as rounding_unit,
        'hkma' as source_id,
        'https://api.hkma.gov.hk/public/market-data-and-statistics/monthly-statistical-bulletin/er-ir/' as source_url,
        cast(null as varchar) as flag,
        cast(null as varchar) as vintage,
        cast(null as date) as vintage_on
    from source
),

final as (
    select
        dataset,
        'hkd_per_usd' as series,
        try_cast(period as date) as day,
        {{ live_figure() }}
    from labelled
    where figure is not null
)

select * from final

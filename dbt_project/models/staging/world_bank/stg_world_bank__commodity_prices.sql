-- one row per metal, month and payload line: US dollars per troy ounce, monthly average
with

source as (
    select * from {{ source('raw', 'world_bank__commodity_prices') }}
),

labelled as (
    select
        * replace ('usd_per_troy_oz' as unit),
        period[1:4] || '-' || period[6:7] as period_label,
        price as figure,
        unit as printed_unit,
        {{ printed_step('price') }} as rounding_unit,
        'world_bank_pink_sheet' as source_id,
        'https://www.worldbank.org/en/research/commodity-markets' as source_url,
        cast(null as varchar) as flag,
        updated_on as vintage,
        cast(updated_on as date) as vintage_on
    from source
),

final as (
    select
        commodity,
        commodity || '_price' as series,
        {{ live_figure() }}
    from labelled
    where figure is not null
)

select * from final

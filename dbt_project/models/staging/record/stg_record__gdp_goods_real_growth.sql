-- one row per figure and payload line: real growth of goods trade in GDP releases, by vintage
with

source as (
    select * from {{ source('raw', 'record__gdp_goods_real_growth') }}
),

final as (
    select
        flow,
        'gdp_real_yoy' as series,
        {{ published_figure() }}
    from source
)

select * from final

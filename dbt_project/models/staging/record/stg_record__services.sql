-- one row per figure and payload line: services and balance-of-payments goods balances
with

source as (
    select * from {{ source('raw', 'record__services') }}
),

final as (
    select
        basis,
        case measure when 'goods_balance_bop' then 'bop_goods_balance' else measure end as series,
        {{ published_figure() }}
    from source
)

select * from final

-- one row per quarter for which a services balance is held
with

balances as (
    select
        period_label,
        period_start,
        period_end,
        classification as bop_basis,
        max(case when series = 'services_balance' then value end) as services_balance,
        max(case when series = 'bop_goods_balance' then value end) as bop_goods_balance,
        max(source_id) as source_id
    from {{ ref('int_observations') }}
    where is_served and frequency = 'quarter' and series in ('services_balance', 'bop_goods_balance')
    group by period_label, period_start, period_end, classification
),

merchandise as (
    select
        period_label,
        max(case when basis = 'published' then balance_hkd_mn end) as published_balance,
        max(case when basis = 'sum_of_months' then balance_hkd_mn end) as summed_balance
    from {{ ref('fct_trade_balance_period') }}
    group by period_label
),

joined as (
    select
        balances.*,
        coalesce(merchandise.published_balance, merchandise.summed_balance) as merchandise_balance,
        case
            when merchandise.published_balance is not null then 'published'
            when merchandise.summed_balance is not null then 'sum_of_months'
        end as merchandise_basis
    from balances
    left join merchandise on balances.period_label = merchandise.period_label
    where balances.services_balance is not null
),

final as (
    select
        cast(period_label as string) as quarter,
        cast(period_start as date) as period_start,
        cast(period_end as date) as period_end,
        cast(services_balance * 0.001 as decimal(18, 3)) as services_balance_hkd_bn,
        cast(bop_goods_balance * 0.001 as decimal(18, 3)) as bop_goods_balance_hkd_bn,
        cast(bop_basis as string) as bop_basis,
        cast(merchandise_balance * 0.001 as decimal(18, 3)) as merchandise_balance_hkd_bn,
        cast(merchandise_balance as decimal(18, 3)) as merchandise_balance_hkd_mn,
        cast(merchandise_basis as string) as merchandise_basis,
        case
            when merchandise_balance < 0
                then cast(services_balance as double) / -cast(merchandise_balance as double)
        end as services_cover_ratio,
        cast(source_id as string) as source_id
    from joined
)

select * from final

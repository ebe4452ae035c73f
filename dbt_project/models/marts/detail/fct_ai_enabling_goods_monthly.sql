-- one row per month, flow, product group and partner; `all` and partner 0 hold the sums
with

goods as (
    select * from {{ ref('int_ai_goods') }}
),

balances as (
    select * from {{ ref('fct_trade_balance_monthly') }}
),

totals as (
    select
        month,
        'imports' as flow,
        imports_hkd_mn as total_hkd_mn
    from balances
    union all
    select
        month,
        'total_exports' as flow,
        total_exports_hkd_mn as total_hkd_mn
    from balances
),

summed as (
    select
        month,
        flow,
        coalesce(product_group, 'all') as product_group,
        coalesce(partner_code, '0') as partner_code,
        {{ month_index('month') }} as month_index,
        cast(sum(value_hkd_k) as bigint) as value_hkd_k,
        max(list) as list,
        max(source_id) as source_id,
        max(vintage) as vintage
    from goods
    group by grouping sets (
        (month, flow, product_group, partner_code),
        (month, flow, product_group),
        (month, flow, partner_code),
        (month, flow)
    )
),

-- a year before, by the same source: two sources give no growth
compared as (
    select
        this.*,
        year_before.value_hkd_k as value_before_hkd_k,
        totals.total_hkd_mn,
        totals_before.total_hkd_mn as total_before_hkd_mn,
        cast(this.value_hkd_k - year_before.value_hkd_k as double) / 1000 as change_hkd_mn
    from summed as this
    left join summed as year_before
        on
            this.flow = year_before.flow
            and this.product_group = year_before.product_group
            and this.partner_code = year_before.partner_code
            and this.source_id = year_before.source_id
            and this.month_index = year_before.month_index + 12
    left join totals
        on
            this.month = totals.month
            and this.flow = totals.flow
    left join totals as totals_before
        on
            this.flow = totals_before.flow
            and this.month_index = {{ month_index('totals_before.month') }} + 12
),

final as (
    select
        cast(month as date) as month,
        cast(flow as string) as flow,
        cast(product_group as string) as product_group,
        cast(partner_code as string) as partner_code,
        {{ hkd_mn('value_hkd_k') }} as value_hkd_mn,
        {{ pct_of('cast(value_hkd_k as double) / 1000', 'total_hkd_mn') }} as share_pct,
        {{ growth_pct('value_hkd_k', 'value_before_hkd_k') }} as yoy_pct,
        {{ pct_of('change_hkd_mn', 'total_before_hkd_mn') }} as contribution_pp,
        {{ pct_of('change_hkd_mn', 'total_hkd_mn - total_before_hkd_mn') }} as share_of_growth_pct,
        cast(list as string) as list,
        cast(source_id as string) as source_id,
        cast(vintage as string) as vintage
    from compared
)

select * from final

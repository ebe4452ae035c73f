-- one row per partner, flow and period
with

figures as (
    select * from {{ ref('int_partner_figures') }}
),

totals as (
    select * from {{ ref('int_trade_flow_totals') }}
),

partners as (
    select * from {{ ref('dim_partner') }}
),

final as (
    select
        cast(this.partner_code as string) as partner_code,
        cast(coalesce(partners.partner_name, this.partner_code) as string) as partner_name,
        cast(this.flow as string) as flow,
        cast(this.period_label as string) as period_label,
        cast(this.frequency as string) as frequency,
        cast(this.period_start as date) as period_start,
        cast(this.period_end as date) as period_end,
        cast(this.value as decimal(18, 3)) as value_hkd_mn,
        coalesce(cast(this.share as double), {{ pct_of('this.value', 'totals.value') }}) as share_pct,
        cast(
            case
                when this.share is not null then 'printed'
                when this.value is not null and totals.value is not null then 'computed'
            end as string
        ) as share_basis,
        {{ growth_pct('this.value', 'year_before.value') }} as yoy_pct,
        cast(this.yoy as double) as published_yoy_pct,
        cast(this.volume_yoy as double) as published_volume_yoy_pct,
        cast(this.published_on as date) as published_on,
        cast(this.source_id as string) as source_id,
        cast(this.source_url as string) as source_url
    from figures as this
    left join partners on this.partner_code = partners.partner_code
    left join totals
        on
            this.flow = totals.flow
            and this.period_label = totals.period_label
    left join figures as year_before
        on
            this.partner_code = year_before.partner_code
            and this.flow = year_before.flow
            and this.first_month_index = year_before.first_month_index + 12
            and this.last_month_index = year_before.last_month_index + 12
            and this.source_id = year_before.source_id
)

select * from final

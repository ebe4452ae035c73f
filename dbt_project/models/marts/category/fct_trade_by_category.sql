-- one row per classification, category, flow and period
with

figures as (
    select * from {{ ref('int_category_figures') }}
),

totals as (
    select * from {{ ref('int_category_totals') }}
),

categories as (
    select * from {{ ref('dim_category') }}
),

compared as (
    select
        this.*,
        totals.value as total,
        total_before.value as total_before,
        year_before.value as value_before
    from figures as this
    left join totals
        on
            this.classification = totals.classification
            and this.flow = totals.flow
            and this.period_label = totals.period_label
    left join totals as total_before
        on
            this.classification = total_before.classification
            and this.flow = total_before.flow
            and this.first_month_index = total_before.first_month_index + 12
            and this.last_month_index = total_before.last_month_index + 12
    left join figures as year_before
        on
            this.classification = year_before.classification
            and this.member_code = year_before.member_code
            and this.flow = year_before.flow
            and this.first_month_index = year_before.first_month_index + 12
            and this.last_month_index = year_before.last_month_index + 12
            and this.source_id = year_before.source_id
            and (this.member_code <> 'others' or this.source_url = year_before.source_url)
),

measured as (
    select
        *,
        coalesce(change, value - value_before) as change_in_value,
        coalesce(cast(share as double), {{ pct_of('value', 'total') }}) as share_pct,
        case
            when share is not null then 'printed'
            when value is not null and total is not null then 'computed'
        end as share_basis
    from compared
),

final as (
    select
        cast(measured.classification as string) as classification,
        cast(measured.member_code as string) as category_code,
        cast(coalesce(categories.category_name, measured.member_code) as string) as category_name,
        coalesce(categories.is_proxy, false) as is_proxy,
        cast(measured.flow as string) as flow,
        cast(measured.period_label as string) as period_label,
        cast(measured.frequency as string) as frequency,
        cast(measured.period_start as date) as period_start,
        cast(measured.period_end as date) as period_end,
        cast(measured.value as decimal(18, 3)) as value_hkd_mn,
        measured.share_pct,
        cast(measured.share_basis as string) as share_basis,
        cast(measured.change_in_value as decimal(18, 3)) as change_hkd_mn,
        {{ growth_pct('measured.value', 'measured.value_before') }} as yoy_pct,
        {{ pct_of('measured.change_in_value', 'measured.total_before') }} as contribution_pp,
        cast(measured.yoy as double) as published_yoy_pct,
        cast(measured.volume_yoy as double) as published_volume_yoy_pct,
        cast(measured.price_yoy as double) as published_price_yoy_pct,
        cast(measured.vintage as string) as vintage,
        cast(measured.flag as string) as flag,
        cast(measured.published_on as date) as published_on,
        cast(measured.source_id as string) as source_id,
        cast(measured.source_url as string) as source_url
    from measured
    left join categories
        on
            measured.classification = categories.classification
            and measured.member_code = categories.category_code
)

select * from final

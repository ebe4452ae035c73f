-- one row per classification, flow and period: what its categories are shares of
with

figures as (
    select * from {{ ref('int_category_figures') }}
),

flow_totals as (
    select * from {{ ref('int_trade_flow_totals') }}
),

own_totals as (
    select
        classification,
        flow,
        period_label,
        first_month_index,
        last_month_index,
        sum(value) as value
    from figures
    where classification = 'sitc_group' or (classification = 'end_use' and member_code = 'total')
    group by classification, flow, period_label, first_month_index, last_month_index
),

held as (
    select * from own_totals
    where value is not null
    union all
    select
        'ai_enabling' as classification,
        flow,
        period_label,
        first_month_index,
        last_month_index,
        value
    from own_totals
    where classification = 'sitc_group' and value is not null
),

classifications as (
    select distinct classification from figures
),

borrowed as (
    select
        classifications.classification,
        flow_totals.flow,
        flow_totals.period_label,
        flow_totals.first_month_index,
        flow_totals.last_month_index,
        flow_totals.value
    from flow_totals
    cross join classifications
),

final as (
    select * from held
    union all
    select borrowed.*
    from borrowed
    left join held
        on
            borrowed.classification = held.classification
            and borrowed.flow = held.flow
            and borrowed.period_label = held.period_label
    where held.value is null
)

select * from final

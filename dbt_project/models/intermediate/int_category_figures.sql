-- one row per classification, category, flow and period: its chosen level, share and changes side by side
with

{% set measures = ['value', 'share', 'yoy', 'change', 'volume_yoy', 'price_yoy'] -%}

chosen as (
    select
        *,
        row_number() over (
            partition by classification, member_code, flow, period_label
            order by case when series = 'category_value' then 0 else 1 end, series
        ) as lead_order
    from {{ ref('int_observations') }}
    where is_served and classification in ('end_use', 'sitc_division', 'sitc_group')
),

figures as (
    select
        classification,
        member_code,
        flow,
        {{ period_columns() }},
        {% for measure in measures -%}
        max(case when series = 'category_{{ measure }}' then value end) as {{ measure }},
        {% endfor -%}
        max(case when lead_order = 1 then published_on end) as published_on,
        max(case when lead_order = 1 then vintage end) as vintage,
        max(case when lead_order = 1 then flag end) as flag,
        max(case when lead_order = 1 then source_id end) as source_id,
        max(case when lead_order = 1 then source_url end) as source_url
    from chosen
    group by
        classification,
        member_code,
        flow,
        {{ period_columns() }}
),

proxy_groups as (
    select * from {{ ref('ai_enabling_proxy') }}
),

proxy_size as (
    select count(*) as group_count from proxy_groups
),

proxy as (
    select
        'ai_enabling' as classification,
        'ai_enabling' as member_code,
        figures.flow,
        figures.period_label,
        figures.frequency,
        figures.period_start,
        figures.period_end,
        figures.first_month_index,
        figures.last_month_index,
        sum(figures.value) as value,
        {% for measure in measures[1:] -%}
        cast(null as decimal(18, 6)) as {{ measure }},
        {% endfor -%}
        max(figures.published_on) as published_on,
        max(figures.vintage) as vintage,
        max(figures.flag) as flag,
        max(figures.source_id) as source_id,
        max(figures.source_url) as source_url
    from figures
    inner join proxy_groups on figures.member_code = proxy_groups.sitc_group
    cross join proxy_size
    where figures.classification = 'sitc_group' and figures.value is not null
    group by
        figures.flow,
        figures.period_label,
        figures.frequency,
        figures.period_start,
        figures.period_end,
        figures.first_month_index,
        figures.last_month_index,
        proxy_size.group_count
    having count(*) = proxy_size.group_count
),

final as (
    select * from figures
    union all
    select * from proxy
)

select * from final

-- one row per partner, flow and period: its chosen level, share and changes side by side
with

{% set measures = ['value', 'share', 'yoy', 'volume_yoy'] -%}

chosen as (
    select
        *,
        row_number() over (
            partition by member_code, flow, period_label
            order by case when series = 'partner_value' then 0 else 1 end, series
        ) as lead_order
    from {{ ref('int_observations') }}
    where is_served and classification = 'partner'
),

final as (
    select
        member_code as partner_code,
        flow,
        {{ period_columns() }},
        {% for measure in measures -%}
        max(case when series = 'partner_{{ measure }}' then value end) as {{ measure }},
        {% endfor -%}
        max(case when lead_order = 1 then published_on end) as published_on,
        max(case when lead_order = 1 then source_id end) as source_id,
        max(case when lead_order = 1 then source_url end) as source_url
    from chosen
    group by
        member_code,
        flow,
        {{ period_columns() }}
)

select * from final

-- one row per flow and period: its total, published where held, else the sum of months
with

totals as (
    select * from {{ ref('int_trade_totals') }}
),

sums as (
    select * from {{ ref('int_trade_period_sums') }}
),

published as (
    {% for flow in ['total_exports', 'imports', 'domestic_exports', 're_exports'] -%}
    select
        '{{ flow }}' as flow,
        period_label,
        first_month_index,
        last_month_index,
        {{ flow }} as value
    from totals
    where {{ flow }} is not null
    {% if not loop.last %}union all{% endif %}
    {% endfor %}
),

summed as (
    {% for flow in ['total_exports', 'imports'] -%}
    select
        '{{ flow }}' as flow,
        period_label,
        first_month_index,
        last_month_index,
        {{ flow }} as value
    from sums
    {% if not loop.last %}union all{% endif %}
    {% endfor %}
),

final as (
    select * from published
    union all
    select summed.*
    from summed
    left join published
        on
            summed.flow = published.flow
            and summed.period_label = published.period_label
    where published.flow is null
)

select * from final

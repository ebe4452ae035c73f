-- one row per published period: the chosen totals side by side, as published
with

{% set levels = ['total_exports', 'domestic_exports', 're_exports', 'imports', 'balance'] -%}
{% set rates = ['deficit_pct_of_imports', 'exports_yoy', 'imports_yoy'] -%}

chosen as (
    select
        *,
        row_number() over (
            partition by period_label
            order by
                case series
                    when 'balance' then 1
                    when 'total_exports' then 2
                    when 'imports' then 3
                    when 're_exports' then 4
                    else 5
                end,
                series
        ) as lead_order
    from {{ ref('int_observations') }}
    where
        is_served
        and classification = 'total'
        and series in (
            {% for series in levels + rates -%}
            '{{ series }}'{{ ',' if not loop.last }}
            {% endfor %}
        )
),

pivoted as (
    select
        {{ period_columns() }},
        {% for level in levels -%}
        max(case when series = '{{ level }}' then value end) as {{ level }},
        max(case when series = '{{ level }}' then rounding_unit end) as {{ level }}_rounding_unit,
        {% endfor -%}
        {% for rate in rates -%}
        max(case when series = '{{ rate }}' then value end) as {{ rate }},
        {% endfor -%}
        max(case when lead_order = 1 then published_on end) as published_on,
        max(case when lead_order = 1 then source_id end) as source_id,
        max(case when lead_order = 1 then source_url end) as source_url,
        max(case when lead_order = 1 then evidence end) as evidence
    from chosen
    group by period_label, frequency, period_start, period_end, first_month_index, last_month_index
),

exports_known as (
    select
        *,
        coalesce(total_exports, domestic_exports + re_exports) as exports,
        coalesce(
            total_exports_rounding_unit,
            case
                when domestic_exports_rounding_unit > re_exports_rounding_unit then domestic_exports_rounding_unit
                else re_exports_rounding_unit
            end
        ) as exports_rounding_unit,
        case
            when total_exports is not null then 'printed'
            when domestic_exports + re_exports is not null then 'domestic_plus_re_exports'
        end as exports_basis
    from pivoted
),

final as (
    select
        {{ period_columns() }},
        domestic_exports,
        re_exports,
        exports as total_exports,
        exports_rounding_unit,
        exports_basis,
        imports,
        imports_rounding_unit,
        exports - imports as levels_balance,
        case
            when exports is null or imports_rounding_unit > exports_rounding_unit then imports_rounding_unit
            else exports_rounding_unit
        end as levels_rounding_unit,
        balance,
        balance_rounding_unit,
        deficit_pct_of_imports,
        exports_yoy,
        imports_yoy,
        published_on,
        source_id,
        source_url,
        evidence
    from exports_known
)

select * from final

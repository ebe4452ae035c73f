-- one row per published figure and payload line, chosen or not
with

observations as (
    select * from {{ ref('int_observations') }}
),

final as (
    select
        {% for column in [
            'observation_id', 'dataset', 'series', 'flow', 'classification', 'member_code', 'period_label', 'frequency'
        ] -%}
        cast({{ column }} as string) as {{ column }},
        {% endfor -%}
        cast(period_start as date) as period_start,
        cast(period_end as date) as period_end,
        cast(value as decimal(18, 6)) as value,
        cast(unit as string) as unit,
        cast(rounding_unit as decimal(18, 6)) as rounding_unit,
        cast(printed_value as decimal(18, 6)) as printed_value,
        cast(printed_unit as string) as printed_unit,
        cast(published_on as date) as published_on,
        {% for column in ['vintage', 'source_id', 'evidence', 'source_url', 'flag', 'note', 'payload_sha256'] -%}
        cast({{ column }} as string) as {{ column }},
        {% endfor -%}
        cast(line_number as integer) as line_number,
        is_current,
        is_usable,
        cast(selection_rank as integer) as selection_rank,
        is_served,
        cast(connector as string) as connector,
        cast(known_from as date) as known_from,
        cast(known_until as date) as known_until,
        cast(selection_order as integer) as selection_order
    from observations
)

select * from final

{# What every published figure carries, whatever it measures. DuckDB only: for staging. #}
{% macro published_figure() -%}
    period_label,
    {{ period_start('period_label') }} as period_start,
    {{ period_end('period_label') }} as period_end,
    {{ period_frequency('period_label') }} as frequency,
    {{ in_one_unit('value', 'unit') }} as value,
    {{ one_unit('unit') }} as unit,
    {{ in_one_unit('rounding_unit', 'unit') }} as rounding_unit,
    value as printed_value,
    unit as printed_unit,
    published_on,
    vintage,
    case
        when regexp_full_match(vintage, '(table of )?\d{4}-\d{2}-\d{2}') then cast(vintage[-10:] as date)
        when regexp_full_match(vintage, 'table after \d{4}-\d{2}') then last_day(cast(vintage[-7:] || '-01' as date))
        when regexp_full_match(vintage, 'yearbook \d{4}') then make_date(cast(vintage[-4:] as integer), 12, 31)
        else published_on
    end as vintage_on,
    coalesce(vintage in ('advance estimate', 'first release'), false) as is_first_estimate,
    source_id,
    source_url,
    flag,
    note,
    payload_sha256,
    line_number
{%- endmacro %}

{# The same columns by name, to hand them on. #}
{% macro figure_columns() -%}
    period_label,
    period_start,
    period_end,
    frequency,
    value,
    unit,
    rounding_unit,
    printed_value,
    printed_unit,
    published_on,
    vintage,
    vintage_on,
    is_first_estimate,
    source_id,
    source_url,
    flag,
    note,
    payload_sha256,
    line_number
{%- endmacro %}

{# What says which period a figure is of. #}
{% macro period_columns() -%}
    period_label, frequency, period_start, period_end, first_month_index, last_month_index
{%- endmacro %}

{# Of several figures for one thing and period, the order in which they are chosen. Engines differ on where nulls go. #}
{% macro selection_rule() -%}
    rounding_unit asc nulls last,
    case when evidence = 'official' then 0 else 1 end asc,
    case when flag is null then 0 else 1 end asc,
    case when is_first_estimate then 1 else 0 end asc,
    coalesce(vintage_on, known_from) desc nulls last,
    source_url asc nulls last,
    payload_sha256 asc nulls last,
    line_number asc nulls last
{%- endmacro %}

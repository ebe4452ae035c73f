{# Period labels: `2026-03`, `2026-Q1`, `2025-H1`, `2025`, `2026-01..2026-05`. DuckDB only: for staging. #}

{# The first day of a label's period; null for a text that is no label. #}
{% macro period_start(label) -%}
    case
        when regexp_full_match({{ label }}, '\d{4}')
            then make_date(cast({{ label }} as integer), 1, 1)
        when regexp_full_match({{ label }}, '\d{4}-Q[1-4]')
            then make_date(cast({{ label }}[1:4] as integer), cast({{ label }}[7:7] as integer) * 3 - 2, 1)
        when regexp_full_match({{ label }}, '\d{4}-H[12]')
            then make_date(cast({{ label }}[1:4] as integer), cast({{ label }}[7:7] as integer) * 6 - 5, 1)
        when regexp_full_match({{ label }}, '\d{4}-\d{2}(\.\.\d{4}-\d{2})?')
            then cast({{ label }}[1:7] || '-01' as date)
    end
{%- endmacro %}

{# The last day of a label's period: a quarter ends in month 03, 06, 09 or 12. #}
{% macro period_end(label) -%}
    case
        when regexp_full_match({{ label }}, '\d{4}')
            then make_date(cast({{ label }} as integer), 12, 31)
        when regexp_full_match({{ label }}, '\d{4}-Q[1-4]')
            then last_day(make_date(cast({{ label }}[1:4] as integer), cast({{ label }}[7:7] as integer) * 3, 1))
        when regexp_full_match({{ label }}, '\d{4}-H[12]')
            then last_day(make_date(cast({{ label }}[1:4] as integer), cast({{ label }}[7:7] as integer) * 6, 1))
        when regexp_full_match({{ label }}, '\d{4}-\d{2}(\.\.\d{4}-\d{2})?')
            then last_day(cast({{ label }}[-7:] || '-01' as date))
    end
{%- endmacro %}

{# month, quarter, half, year; a range is year_to_month when it runs from January within one year, else rolling. #}
{% macro period_frequency(label) -%}
    case
        when regexp_full_match({{ label }}, '\d{4}') then 'year'
        when regexp_full_match({{ label }}, '\d{4}-Q[1-4]') then 'quarter'
        when regexp_full_match({{ label }}, '\d{4}-H[12]') then 'half'
        when regexp_full_match({{ label }}, '\d{4}-\d{2}') then 'month'
        when regexp_full_match({{ label }}, '(\d{4})-01\.\.\d{4}-\d{2}') and {{ label }}[1:4] = {{ label }}[10:13]
            then 'year_to_month'
        when regexp_full_match({{ label }}, '\d{4}-\d{2}\.\.\d{4}-\d{2}') then 'rolling'
    end
{%- endmacro %}

{# Months counted from year 0, so that a month's neighbours are plain arithmetic on any engine. #}
{% macro month_index(day) -%}
    cast(extract(year from {{ day }}) * 12 + extract(month from {{ day }}) as integer)
{%- endmacro %}

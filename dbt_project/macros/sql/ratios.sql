{# Percentages are double, in percent, never fractions; null when the base is zero or missing. #}

{% macro pct_of(part, whole) -%}
    100 * cast({{ part }} as double) / nullif(cast({{ whole }} as double), 0)
{%- endmacro %}

{% macro growth_pct(current_value, previous_value) -%}
    100 * (cast({{ current_value }} as double) / nullif(cast({{ previous_value }} as double), 0) - 1)
{%- endmacro %}

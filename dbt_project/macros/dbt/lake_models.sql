{# How a model that keeps what it has replaces what is stale: by month or period, whole. #}
{% macro lake_strategy() -%} {{ 'insert_overwrite' if target.type == 'spark' else 'delete+insert' }} {%- endmacro %}

{# The months that a model has to work out: all that the lake serves, or those that changed since. #}
{% macro stale_months(role) -%}
    select * from {{ ref('int_detail_months') }}
    where role = '{{ role }}'
    {%- if is_incremental() %} and built_from not in (select distinct built_from from {{ this }}) {%- endif %}
{%- endmacro %}

{# The files of those months, as a query. #}
{% macro stale_files(role) -%} select file from ({{ stale_months(role) }}) as stale order by month {%- endmacro %}

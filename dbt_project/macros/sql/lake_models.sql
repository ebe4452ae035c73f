{# How a model that keeps what it has replaces what is stale: by month or period, whole. #}
{% macro lake_strategy() -%} {{ 'insert_overwrite' if target.type == 'spark' else 'delete+insert' }} {%- endmacro %}

{# What a model has to work out: all rows of a model of months or periods, or those that changed since. #}
{% macro stale_rows(model, condition='true') -%}
    select * from {{ ref(model) }}
    where
        {{ condition }}
        {%- if is_incremental() %}
        and built_from not in (select distinct built_from from {{ this }})
        {%- endif %}
{%- endmacro %}

{# The files of those, as a query. #}
{% macro stale_files(model, condition='true') -%}
    select file from ({{ stale_rows(model, condition) }}) as stale order by month
{%- endmacro %}

{# The months of the detail that a model has to work out, and their files. #}
{% macro stale_months() -%} {{ stale_rows('int_detail_months', "role = 'detail'") }} {%- endmacro %}
{% macro stale_month_files() -%} {{ stale_files('int_detail_months', "role = 'detail'") }} {%- endmacro %}

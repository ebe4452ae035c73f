{# Every comment of a relation in one statement. The adapter's own macro describes the relation twice for each model, a
   third of a build of small models; here a documented column that does not exist is an error instead. #}
{% macro duckdb__persist_docs(relation, model, for_relation, for_columns) -%}
    {%- call statement('comments') -%}
        {%- if for_relation and config.persist_relation_docs() and model.description %}
            {{ alter_relation_comment(relation, model.description) }}
        {%- endif -%}
        {%- if for_columns and config.persist_column_docs() %}
            {%- for name, column in model.columns.items() %}
            comment on column {{ relation }}.{{ name }} is {{ duckdb_escape_comment(column.description) }};
            {%- endfor -%}
        {%- endif -%}
        select 1
    {%- endcall -%}
{%- endmacro %}
